/** Models of one operation as ONNX files. */
import { type DType, dtypeOfArray, type TypedArray } from "../../ts/core/dtype.ts";
import { codeOf } from "../../ts/formats/onnx/proto/tensor.ts";
import { type NodeSpec, type TensorSpec, type ValueSpec, writeModel } from "../../ts/formats/onnx/proto/write.ts";
import {
  bytes,
  callWeights,
  isQuantized,
  type ModelFile,
  operand,
  type Quantized,
  type Train,
  type Work,
} from "../work.ts";
import { type Places, Unable } from "./contestant.ts";
import { modelFile } from "./model-file.ts";

/** An operator; its domain stands behind an @. */
function node(
  op: string,
  inputs: string[],
  output: string,
  attributes: Record<string, number | number[]> = {},
): NodeSpec {
  const [type, domain = ""] = op.split("@") as [string, string?];
  return { op: type, domain, inputs, outputs: [output], attributes };
}

function constant(name: string, dims: readonly number[], values: TypedArray | BigInt64Array): TensorSpec {
  const raw = new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
  return { name, dims, type: codeOf(dtypeOfArray(values) as DType), raw };
}

export interface Feed {
  readonly name: string;
  readonly shape: readonly number[];
  readonly dtype: DType;
  readonly values: TypedArray;
}

export interface OnnxModel {
  /** The model's bytes, or the place of its file. */
  readonly source: Uint8Array | string;
  readonly feeds: readonly Feed[];
}

/** A model of opset 17 whose result is "y", float32 unless another dtype is given. */
function model(
  feeds: readonly Feed[],
  shape: readonly number[],
  nodes: readonly NodeSpec[],
  initializers: readonly TensorSpec[] = [],
  dtype: DType = "float32",
): OnnxModel {
  const inputs = feeds.map(({ name, shape, dtype }): ValueSpec => [name, codeOf(dtype), shape]);
  const outputs: ValueSpec[] = [["y", codeOf(dtype), shape]];
  return {
    source: writeModel({ opset: 17, opsets: { "com.microsoft": 1 }, nodes, inputs, outputs, initializers }),
    feeds,
  };
}

const feed = (name: string, stream: number, ...shape: number[]): Feed & { readonly values: Float32Array } => ({
  name,
  shape,
  dtype: "float32",
  values: operand(stream, shape),
});

/**
 * int8 weights, uint8 activations with a zero point of 128; or 4-bit weights by float32. Weights keep within -64 … 63, since
 * native kernels for machines without dot products of bytes saturate sums of two greater products.
 */
function quantizedModel(work: Quantized): OnnxModel {
  const zero = constant("z", [], Uint8Array.of(128));
  const weight = (shape: readonly number[]): TensorSpec =>
    constant(
      "w",
      shape,
      Int8Array.from(bytes(2, shape), (byte) => (byte >> 1) - 64),
    );
  if (work.kind === "convInteger") {
    const { x, o, k, padding } = work;
    const size = (i: number): number => i + 2 * padding - k + 1;
    const attributes = { kernel_shape: [k, k], pads: [padding, padding, padding, padding] };
    const feeds = [{ name: "x", shape: x, dtype: "uint8" as const, values: bytes(1, x) }];
    const shape = [x[0], o, size(x[2]), size(x[3])];
    const nodes = [node("ConvInteger", ["x", "w", "z"], "y", attributes)];
    return model(feeds, shape, nodes, [weight([o, x[1], k, k]), zero], "int32");
  }
  const { m, n, k } = work;
  if (work.kind === "matmulInteger") {
    const feeds = [{ name: "a", shape: [m, k], dtype: "uint8" as const, values: bytes(1, [m, k]) }];
    return model(feeds, [m, n], [node("MatMulInteger", ["a", "w", "z"], "y")], [weight([k, n]), zero], "int32");
  }
  const { block: length } = work;
  const blocks = k / length;
  const attributes = { K: k, N: n, bits: 4, block_size: length };
  const packed = [n, blocks, length / 2];
  const constants = [constant("w", packed, bytes(2, packed)), constant("s", [n, blocks], operand(3, [n, blocks]))];
  return model(
    [feed("a", 1, m, k)],
    [m, n],
    [node("MatMulNBits@com.microsoft", ["a", "w", "s"], "y", attributes)],
    constants,
  );
}

/** The work as a model: what does not change from run to run is a constant of it. */
export async function onnxOf(work: Work, places: Places): Promise<OnnxModel> {
  if (work.kind === "modelFile") return modelFile(work, places);
  return isQuantized(work) ? quantizedModel(work) : layerModel(work);
}

function layerModel(work: Exclude<Work, ModelFile | Quantized>): OnnxModel {
  switch (work.kind) {
    case "matmul": {
      const { m, n, k, transposeA, transposeB, both } = work;
      const a = transposeA ? feed("a", 1, k, m) : feed("a", 1, m, k);
      const b = transposeB ? feed("b", 2, n, k) : feed("b", 2, k, n);
      const attributes = { transA: transposeA ? 1 : 0, transB: transposeB ? 1 : 0 };
      const product =
        transposeA || transposeB ? node("Gemm", ["a", "b"], "y", attributes) : node("MatMul", ["a", "b"], "y");
      if (both) return model([a, b], [m, n], [product]);
      return model([a], [m, n], [product], [constant("b", b.shape, b.values)]);
    }
    case "conv2d": {
      const { x, o, k, stride = 1, padding = 0, groups = 1 } = work;
      const shape = [o, x[1] / groups, k, k];
      const size = (i: number): number => Math.floor((i + 2 * padding - k) / stride) + 1;
      const pads = [padding, padding, padding, padding];
      const attributes = { kernel_shape: [k, k], strides: [stride, stride], pads, group: groups };
      const convolution = node("Conv", ["x", "w"], "y", attributes);
      const w = constant("w", shape, operand(2, shape));
      return model([feed("x", 1, ...x)], [x[0], o, size(x[2]), size(x[3])], [convolution], [w]);
    }
    case "chain": {
      const { count } = work;
      const act =
        work.activation === "relu"
          ? [node("Relu", ["s"], "t")]
          : [node("Sigmoid", ["s"], "g"), node("Mul", ["s", "g"], "t")];
      const nodes = [node("Mul", ["x", "w"], "p"), node("Add", ["p", "b"], "s"), ...act, node("Add", ["t", "r"], "y")];
      const [w, b] = [2, 3].map((stream) => operand(stream, [count])) as [Float32Array, Float32Array];
      return model([feed("x", 1, count), feed("r", 4, count)], [count], nodes, [
        constant("w", [count], w),
        constant("b", [count], b),
      ]);
    }
    case "softmax":
      return model([feed("x", 1, ...work.shape)], work.shape, [node("Softmax", ["x"], "y", { axis: 1 })]);
    case "attention": {
      const { heads, n, d } = work;
      const [q, k, v] = ["q", "k", "v"].map((name, i) => feed(name, i + 1, heads, n, d)) as [Feed, Feed, Feed];
      const nodes = [
        node("Transpose", ["k"], "t", { perm: [0, 2, 1] }),
        node("MatMul", ["q", "t"], "p"),
        node("Mul", ["p", "scale"], "s"),
        node("Softmax", ["s"], "a", { axis: -1 }),
        node("MatMul", ["a", "v"], "y"),
      ];
      return model([q, k, v], [heads, n, d], nodes, [constant("scale", [], Float32Array.of(d ** -0.5))]);
    }
    case "reduce": {
      const { op, shape, axis } = work;
      const axes = axis === undefined ? [0, 1] : [axis];
      const left = shape.filter((_, i) => !axes.includes(i));
      const x = feed("x", 1, ...shape);
      if (op === "max") return model([x], left, [node("ReduceMax", ["x"], "y", { keepdims: 0, axes })]);
      const list = constant("axes", [axes.length], BigInt64Array.from(axes, BigInt));
      return model([x], left, [node("ReduceSum", ["x", "axes"], "y", { keepdims: 0 })], [list]);
    }
    case "call": {
      const weights = callWeights(work);
      const last = weights.length - 1;
      const nodes = weights.flatMap((_, i) => [
        node("Gemm", [i === 0 ? "x" : `h${i - 1}`, `w${i}`, `b${i}`], i === last ? "y" : `s${i}`, { transB: 1 }),
        ...(i === last ? [] : [node("Relu", [`s${i}`], `h${i}`)]),
      ]);
      const constants = weights.flatMap(({ i, o, w, b }, at) => [
        constant(`w${at}`, [o, i], w),
        constant(`b${at}`, [o], b),
      ]);
      return model([feed("x", 1, 1, work.sizes[0] as number)], [1, work.sizes.at(-1) as number], nodes, constants);
    }
    case "train":
      return refuse(work);
  }
}

function refuse(_: Train): never {
  throw new Unable("has no training");
}
