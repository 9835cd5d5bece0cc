/** What the passes make of weights that never change: before and after. */
import { describe, expect, it } from "vitest";
import { padWindows } from "../../ts/compiler/passes/pad-windows.ts";
import { scaleWeights } from "../../ts/compiler/passes/scale-weights.ts";
import { trimWindows } from "../../ts/compiler/passes/trim-windows.ts";
import { makeConstant, type Node, type Source } from "../../ts/graph/node.ts";
import { printGraph } from "../../ts/graph/print.ts";
import { conv2d } from "../../ts/ops/conv2d.ts";
import { add, mul, sub } from "../../ts/ops/elementwise.ts";
import { hostLeaf } from "../../ts/ops/leaf.ts";
import { matmul } from "../../ts/ops/matmul.ts";
import { pad } from "../../ts/ops/movement.ts";
import { Tensor } from "../../ts/tensor/tensor.ts";

const fill = (shape: readonly number[], from: number): Float32Array =>
  Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, (_, i) => Math.sin(from + i));
const data = (...shape: number[]): Node => hostLeaf(fill(shape, 1), shape, "float32");
const constant = (...shape: number[]): Node => {
  const node = hostLeaf(fill(shape, 2), shape, "float32");
  makeConstant(node.source as Source);
  return node;
};
const options = { stride: [1, 1], padding: [1, 1, 1, 1], dilation: [1, 1], groups: 1 } as const;

/** The ops that read something that changes, in order. */
function chain(node: Node): string {
  return printGraph([node])
    .split("\n")
    .map((line) => line.split(" ")[2] as string)
    .filter((op) => op !== "leaf" && op !== "expand" && op !== "reshape")
    .join(" ");
}

async function expectSame(before: Node, after: Node): Promise<void> {
  const [a, b] = [await new Tensor(before).data(), await new Tensor(after).data()];
  for (let i = 0; i < a.length; i++) expect(Math.abs((a[i] as number) - (b[i] as number))).toBeLessThan(1e-5);
}

describe("scale-weights", () => {
  it("a batch normalisation behind a convolution becomes its weights and one shift", async () => {
    const y = conv2d(data(1, 3, 5, 5), constant(4, 3, 3, 3), options);
    const before = add(mul(sub(y, constant(4, 1, 1)), constant(4, 1, 1)), constant(4, 1, 1));
    const [after] = scaleWeights([before]) as [Node];
    expect(chain(before)).toBe("conv2d sub mul add");
    expect(chain(after)).toBe("mul conv2d neg mul add add");
    expect(after.op.name).toBe("add");
    expect(after.inputs[0]?.op.name).toBe("conv2d");
    await expectSame(before, after);
  });
  it("a product is scaled by columns", async () => {
    const before = mul(matmul(data(4, 5), constant(5, 6)), constant(6));
    const [after] = scaleWeights([before]) as [Node];
    expect(after.op.name).toBe("matmul");
    await expectSame(before, after);
  });
  it("what something else reads, or a scale that varies over the plane, stays", () => {
    const y = conv2d(data(1, 3, 5, 5), constant(4, 3, 3, 3), options);
    const scaled = mul(y, constant(4, 1, 1));
    expect(scaleWeights([scaled, y])[0]?.op.name).toBe("mul");
    expect(scaleWeights([mul(y, constant(5, 5))])[0]?.op.name).toBe("mul");
  });
  it("weights that change stay as they are", () => {
    const before = mul(conv2d(data(1, 3, 5, 5), data(4, 3, 3, 3), options), constant(4, 1, 1));
    expect(scaleWeights([before])[0]).toBe(before);
  });
});

describe("pad-windows", () => {
  it("zeros around the planes become padding", async () => {
    const before = conv2d(pad(data(1, 3, 5, 5), [0, 0, 1, 0], [0, 0, 0, 2]), constant(4, 3, 3, 3), options);
    const [after] = padWindows([before]) as [Node];
    expect(chain(before)).toBe("embed conv2d");
    expect(chain(after)).toBe("conv2d");
    expect(after.attrs["padding"]).toEqual([2, 1, 1, 3]);
    await expectSame(before, after);
  });
  it("channels that are added, or another number than 0, stay a copy", () => {
    const x = data(1, 3, 5, 5);
    const more = conv2d(pad(x, [0, 1, 0, 0], [0, 0, 0, 0]), constant(4, 4, 3, 3), options);
    expect(padWindows([more])[0]).toBe(more);
    const ones = pad(x, [0, 0, 1, 1], [0, 0, 1, 1], hostLeaf(1, [], "float32"));
    const other = conv2d(ones, constant(4, 3, 3, 3), options);
    expect(padWindows([other])[0]).toBe(other);
  });
});

describe("trim-windows", () => {
  const dilated = (padding: readonly [number, number, number, number], stride = 1) => ({
    ...{ stride: [stride, stride] as const, padding, dilation: [6, 6] as const, groups: 1 },
  });
  it.each([
    ["one tap is left of a window wider than the plane", [6, 6, 6, 6], 1, [1, 1], [0, 0, 0, 0]],
    ["the same by steps", [6, 6, 6, 6], 2, [1, 1], [0, 0, 0, 0]],
    ["taps that reach the plane at an end stay", [9, 6, 6, 6], 1, [2, 1], [3, 0, 6, 0]],
    ["at the other end too", [6, 6, 12, 8], 1, [2, 2], [6, 6, 6, 2]],
  ] as const)("%s", async (_, padding, stride, taps, rest) => {
    const before = conv2d(data(1, 3, 5, 5), constant(4, 3, 3, 3), dilated(padding, stride));
    const [after] = trimWindows([before]) as [Node];
    expect(after.inputs[1]?.shape).toEqual([4, 3, ...taps]);
    expect(after.attrs["padding"]).toEqual(rest);
    await expectSame(before, after);
  });
  it("a window of which every tap reaches the plane stays", () => {
    const y = conv2d(data(1, 3, 7, 7), constant(4, 3, 3, 3), dilated([6, 6, 6, 6]));
    expect(trimWindows([y])).toEqual([y]);
  });
  it("so does one whose padding is less than a tap", () => {
    const y = conv2d(data(1, 3, 7, 7), constant(4, 3, 3, 3), dilated([3, 3, 3, 3]));
    expect(trimWindows([y])).toEqual([y]);
  });
});
