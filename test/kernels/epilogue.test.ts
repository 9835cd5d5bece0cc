/** Every element of the output passes through the epilogue once, whatever ranges a kernel finishes it in. */
import { describe, expect, test } from "vitest";
import type { Operand, OpKernel } from "../../ts/compiler/kernel.ts";
import { sizeOf } from "../../ts/core/shape.ts";
import type { CommandWriter } from "../../ts/device/wasm/command.ts";
import { checkIndex, gather, scatterAdd } from "../../ts/device/wasm/gather.ts";
import { iota } from "../../ts/device/wasm/iota.ts";
import * as pool from "../../ts/device/wasm/pool2d.ts";
import { random as randomBits } from "../../ts/device/wasm/random.ts";
import { array, builds, operand, random, runKernel } from "./harness.ts";

interface Case {
  readonly lower: (kernel: OpKernel, out: CommandWriter) => void;
  readonly inputs: readonly Operand[];
  readonly output: Operand;
  readonly attrs: Readonly<Record<string, unknown>>;
}

const window = {
  kernel: [3, 3],
  stride: [2, 2],
  padding: [1, 1, 1, 1],
  dilation: [1, 1],
  countIncludePad: false,
  input: [21, 21],
};
const large = [3, 5, 21, 21];
const small = [3, 5, 11, 11];
const axis = { axis: 1, mode: "elements", size: 50 };
const cases: readonly Case[] = [
  { lower: pool.maxPool2d, inputs: [operand(0, large)], output: operand(1, small), attrs: window },
  { lower: pool.avgPool2d, inputs: [operand(0, large)], output: operand(1, small), attrs: window },
  {
    lower: pool.maxPool2dBackward,
    inputs: [operand(0, large), operand(1, small)],
    output: operand(2, large),
    attrs: window,
  },
  {
    lower: pool.maxPool2dGather,
    inputs: [operand(0, large), operand(1, large)],
    output: operand(2, small),
    attrs: window,
  },
  { lower: pool.avgPool2dBackward, inputs: [operand(0, small)], output: operand(1, large), attrs: window },
  {
    lower: gather,
    inputs: [operand(0, [30, 50, 3]), operand(1, [30, 70, 3], "int32")],
    output: operand(2, [30, 70, 3]),
    attrs: axis,
  },
  {
    lower: gather,
    inputs: [operand(0, [50, 90]), operand(1, [101], "int32")],
    output: operand(2, [101, 90]),
    attrs: { axis: 0, mode: "take" },
  },
  {
    lower: scatterAdd,
    inputs: [operand(0, [30, 70, 3]), operand(1, [30, 70, 3], "int32")],
    output: operand(2, [30, 50, 3]),
    attrs: axis,
  },
  {
    lower: checkIndex,
    inputs: [operand(0, [5003], "int32")],
    output: operand(1, [5003], "int32"),
    attrs: { size: 50 },
  },
  { lower: randomBits, inputs: [operand(0, [2], "int32")], output: operand(1, [5003], "int32"), attrs: {} },
  { lower: iota, inputs: [], output: operand(0, [5003]), attrs: { start: 1, step: 2 } },
];

describe.each(builds)("$name", (build) => {
  test.each(cases)("$lower.name", ({ lower, inputs, output, attrs }) => {
    const buffers = inputs.map(({ dtype, shape }) => {
      const values = random(sizeOf(shape), 4);
      return dtype === "int32" ? Int32Array.from(values, (v) => Math.floor((v + 1) * 25)) : values;
    });
    const raw = array(output.dtype, sizeOf(output.shape));
    const to = { ...output, buffer: output.buffer + 1 };
    const epilogue = {
      shape: output.shape,
      inputs: [output],
      outputs: [{ to, value: 2 }],
      instructions: [{ op: "neg", dtype: output.dtype, args: [0] }],
    };
    const kernel: OpKernel = { kind: "op", op: lower.name, label: "", inputs, output, attrs, epilogue };
    const got = runKernel(build, [...buffers, raw, raw.slice()], (out) => lower(kernel, out));
    const [plain, negated] = got.slice(-2);
    expect(plain?.some((v) => v !== 0)).toBe(true);
    expect(negated).toEqual(plain?.map((v) => -v));
  });
});
