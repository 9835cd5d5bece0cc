import { beforeAll, describe, expect, it } from "vitest";
import { useModelPasses } from "../../ts/compiler/compile.ts";
import { quantizedPasses } from "../../ts/compiler/passes/quantize.ts";
import { type DType, dtypes } from "../../ts/core/dtype.ts";
import { constantLeaf } from "../../ts/formats/onnx/feed.ts";
import { type Node, topological } from "../../ts/graph/node.ts";
import { init, Tensor } from "../../ts/index.ts";
import { conv2d } from "../../ts/ops/conv2d.ts";
import { add, relu } from "../../ts/ops/elementwise.ts";
import { hostLeaf } from "../../ts/ops/leaf.ts";
import { matmul, transpose } from "../../ts/ops/matmul.ts";
import { reshape } from "../../ts/ops/movement.ts";
import { dequantize, quantize } from "../../ts/ops/quantize.ts";
import { optimize } from "./compiled.ts";

const size = (shape: readonly number[]): number => shape.reduce((a, b) => a * b, 1);

/** Numbers of a dtype that differ from place to place. */
function leaf(dtype: DType, shape: readonly number[], constant = false): Node {
  const { signed, bits, float } = dtypes[dtype];
  const low = signed ? -(2 ** (bits - 1)) : 0;
  const values = Array.from({ length: size(shape) }, (_, i) =>
    float ? 0.01 + ((i * 7) % 13) / 50 : low + ((i * 37) % 2 ** bits),
  );
  const data = new dtypes[dtype].array(values);
  return constant ? constantLeaf(data, shape, dtype) : hostLeaf(data, shape, dtype);
}

const whole = { axis: 0, block: 0, dtype: "float32" } as const;
const namesOf = (y: Node): string[] => topological([y]).map(({ op }) => op.name);
const optimized = (y: Node): string[] => namesOf((optimize([{ node: y }])[0] as { node: Node }).node);

/** The expression from operands that are computed before, where nothing is recognised, and from those that are not. */
async function same(build: (...operands: Node[]) => Node, ...operands: readonly (() => Node)[]): Promise<void> {
  const computed: Node[] = [];
  for (const operand of operands) {
    const node = operand();
    computed.push(hostLeaf(Float32Array.from(await new Tensor(node).data()), node.shape, "float32"));
  }
  const want = await new Tensor(build(...computed)).data();
  const got = await new Tensor(build(...operands.map((operand) => operand()))).data();
  const scale = Math.max(...Array.from(want, (x) => Math.abs(x)));
  expect(scale).toBeGreaterThan(0.1);
  for (const [i, value] of want.entries()) expect(Math.abs(value - (got[i] as number))).toBeLessThan(1e-5 * scale);
}

const activation = (shape: readonly number[]): Node =>
  dequantize(leaf("uint8", shape), leaf("float32", []), leaf("uint8", [1]), whole);

describe("products of dequantised operands", () => {
  beforeAll(async () => {
    useModelPasses(quantizedPasses);
    await init({ device: "wasm" });
  });

  it("per tensor and per column: a product of integers, scales behind it", async () => {
    const a = (): Node => activation([5, 12]);
    const b = (): Node =>
      dequantize(leaf("int8", [12, 7], true), leaf("float32", [7]), leaf("int8", [7]), { ...whole, axis: 1 });
    const y = relu(matmul(a(), b()));
    expect(namesOf(y)).toContain("matmul");
    expect(optimized(y)).toContain("matmulInteger");
    expect(optimized(y)).not.toContain("matmul");
    await same((p, q) => relu(matmul(p as Node, q as Node)), a, b);
  });

  it("a batch of rows by weights that are stored transposed", async () => {
    const a = (): Node => activation([2, 3, 8]);
    const b = (): Node => dequantize(leaf("int8", [5, 8], true), leaf("float32", [5]), null, whole);
    expect(optimized(matmul(a(), transpose(b())))).toContain("matmulInteger");
    await same((p, q) => matmul(p as Node, transpose(q as Node)), a, b);
  });

  it("batches of both", async () => {
    const [a, b] = [() => activation([2, 3, 8]), () => activation([2, 8, 4])];
    expect(optimized(matmul(a(), b()))).toContain("matmulInteger");
    await same((p, q) => matmul(p as Node, q as Node), a, b);
  });

  it("scales along the depth stay", () => {
    const b = dequantize(leaf("int8", [12, 7]), leaf("float32", [12]), null, whole);
    expect(optimized(matmul(activation([5, 12]), b))).not.toContain("matmulInteger");
  });

  it("convolution by output channels; what follows is its epilogue", async () => {
    const x = (): Node => activation([1, 3, 6, 6]);
    const w = (): Node =>
      dequantize(leaf("int8", [4, 3, 3, 3], true), leaf("float32", [4]), leaf("int8", [4], true), whole);
    const options = { stride: [1, 1], padding: [1, 1, 1, 1], dilation: [1, 1], groups: 1 } as const;
    const bias = leaf("float32", [4, 1, 1]);
    const layer = (image: Node, weights: Node): Node => add(conv2d(image, weights, options), bias);
    const y = quantize(layer(x(), w()), leaf("float32", []), leaf("uint8", []), { ...whole, dtype: "uint8" });
    expect(namesOf(y)).toContain("conv2d");
    expect(optimized(y)).toContain("conv2dInteger");
    expect(optimized(y)).not.toContain("conv2d");
    await same((p, q) => layer(p as Node, q as Node), x, w);
  });
});

describe("weights that never change", () => {
  beforeAll(() => init({ device: "wasm" }));

  it.each([
    ["int8 by columns", "int8", [64, 6], [6], { ...whole, axis: 1 }],
    ["uint8 by one number", "uint8", [50, 6], [], whole],
    ["int4 in blocks", "int4", [64, 6], [2, 6], { ...whole, block: 32 }],
    ["uint4 in blocks, the last cut short", "uint4", [40, 6], [3, 6], { ...whole, block: 16 }],
    ["int2 in blocks", "int2", [64, 6], [2, 6], { ...whole, block: 32 }],
  ] as const)("%s stay packed", async (_, dtype, shape, scales, options) => {
    for (const zeros of [true, false]) {
      const zero = zeros ? leaf(dtype, scales, true) : null;
      const w = (): Node => dequantize(leaf(dtype, shape, true), leaf("float32", scales, true), zero, options);
      for (const rows of [1, 5]) {
        const a = leaf("float32", [rows, shape[0]]);
        expect(optimized(matmul(a, w()))).toContain("matmulNBits");
        await same((q) => matmul(a, q as Node), w);
      }
    }
  });

  it("scaled along the outputs do not", () => {
    const w = dequantize(leaf("int4", [32, 32], true), leaf("float32", [32, 2], true), null, {
      ...whole,
      axis: 1,
      block: 16,
    });
    expect(optimized(matmul(leaf("float32", [1, 32]), w))).not.toContain("matmulNBits");
  });
});

describe("quantising what was dequantised", () => {
  const q = leaf("uint8", [4, 6]);
  const [scale, zero] = [leaf("float32", []), leaf("uint8", [])];
  const options = { ...whole, dtype: "uint8" } as const;

  it("by the same numbers is nothing", () => {
    const y = quantize(reshape(dequantize(q, scale, zero, whole), [24]), scale, zero, options);
    expect(optimized(y).filter((name) => name !== "leaf" && name !== "reshape")).toEqual([]);
  });

  it("by others is not", () => {
    const y = quantize(dequantize(q, scale, zero, whole), leaf("float32", []), zero, options);
    expect(optimized(y)).toContain("round");
  });
});
