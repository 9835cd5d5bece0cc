/** Which steps of an epilogue a convolution does in registers, and what stays. */
import { describe, expect, it } from "vitest";
import type { Instruction, MapProgram, Operand, OpKernel } from "../../ts/compiler/kernel.ts";
import { takeTail } from "../../ts/device/wasm/conv2d-tail.ts";
import { operand, view } from "../kernels/harness.ts";

const shape = [2, 3, 4, 5];
const raw = operand(2, shape);
const bias = view(3, shape, [0, 1, 0, 0]);
const low = view(4, shape, [0, 0, 0, 0]);
const high = view(5, shape, [0, 0, 0, 0]);
const other = operand(6, shape);
const target = operand(7, shape);

const step = (op: string, ...args: number[]): Instruction => ({ op, dtype: "float32", args });

/** A convolution whose epilogue has these inputs after its own output, and stores the values in `stored`. */
function kernel(inputs: readonly Operand[], instructions: readonly Instruction[], stored: readonly number[]): OpKernel {
  const outputs = stored.map((value) => ({ to: target, value }));
  const epilogue: MapProgram = { shape, inputs: [raw, ...inputs], outputs, instructions };
  return {
    kind: "op",
    op: "conv2d",
    inputs: [operand(0, shape), operand(1, [3, 3, 1, 1])],
    output: raw,
    attrs: {},
    epilogue,
  };
}

describe("the tail of a convolution", () => {
  it("is a bias and both bounds; then it writes where the epilogue did", () => {
    const steps = [step("add", 0, 1), step("maximum", 5, 2), step("minimum", 3, 6)];
    const taken = takeTail(kernel([bias, low, high], steps, [7]), true);
    expect(taken.tail).toEqual({ bias, low, high });
    expect(taken.epilogue).toBe(null);
    expect(taken.output.buffer).toBe(target.buffer);
  });

  it("ends where another step follows", () => {
    const steps = [step("add", 0, 1), step("add", 5, 2), step("maximum", 6, 3)];
    const { tail, epilogue, output } = takeTail(kernel([bias, other, low], steps, [7]), true);
    expect(tail).toEqual({ bias, low: null, high: null });
    expect(output).toBe(raw);
    expect(epilogue?.inputs).toEqual([raw, other, low]);
    expect(epilogue?.instructions).toEqual([step("add", 0, 1), step("maximum", 4, 2)]);
    expect(epilogue?.outputs).toEqual([{ to: target, value: 5 }]);
  });

  it.each([
    ["the raw output is read elsewhere", kernel([bias], [step("add", 0, 1)], [3]), false],
    ["a tensor is added", kernel([other], [step("add", 0, 1)], [3]), true],
    ["the value is read twice", kernel([low], [step("mul", 0, 0), step("maximum", 0, 1)], [4]), true],
    ["another step comes first", kernel([bias], [step("exp", 0), step("add", 3, 1)], [4]), true],
  ])("is nothing where %s", (_, given, free) => {
    expect(takeTail(given, free)).toBe(given);
  });

  it("keeps the order: a bound before the bias stays before it", () => {
    const steps = [step("maximum", 0, 1), step("add", 4, 2)];
    const { tail, epilogue } = takeTail(kernel([low, bias], steps, [5]), true);
    expect(tail).toEqual({ bias: null, low, high: null });
    expect(epilogue?.instructions).toEqual([step("add", 0, 1)]);
  });

  it("lets a value that is stored as well be stored by the epilogue", () => {
    const steps = [step("add", 0, 1), step("maximum", 5, 2)];
    const both = kernel([bias, low], steps, [5, 6]);
    const { tail, epilogue } = takeTail(both, true);
    expect(tail).toEqual({ bias, low: null, high: null });
    expect(epilogue?.instructions).toEqual([step("maximum", 0, 1)]);
    expect(epilogue?.outputs.map(({ value }) => value)).toEqual([0, 4]);
  });

  it("writes through the epilogue into a window with gaps", () => {
    const gaps = { ...target, strides: [120, 20, 5, 1] };
    const one = kernel([bias], [step("add", 0, 1)], [3]);
    const epilogue = { ...(one.epilogue as MapProgram), outputs: [{ to: gaps, value: 3 }] };
    const taken = takeTail({ ...one, epilogue }, true);
    expect(taken.tail?.bias).toBe(bias);
    expect(taken.output).toBe(raw);
    expect(taken.epilogue).toEqual({ ...epilogue, inputs: [raw], outputs: [{ to: gaps, value: 0 }], instructions: [] });
  });
});
