/** Pieces of work as plain data: every contestant is handed the same, and makes the same numbers from it. */
import { floats, integers } from "../test/golden/generator.ts";

/** [m, k] · [k, n]; an operand that is stored transposed is named. The right one is a constant unless `both` says it changes. */
export interface Matmul {
  readonly kind: "matmul";
  readonly m: number;
  readonly n: number;
  readonly k: number;
  readonly transposeA?: boolean;
  readonly transposeB?: boolean;
  readonly both?: boolean;
}

/** x [n, c, h, w] with o kernels of k × k. */
export interface Conv2d {
  readonly kind: "conv2d";
  readonly x: readonly [n: number, c: number, h: number, w: number];
  readonly o: number;
  readonly k: number;
  readonly stride?: number;
  readonly padding?: number;
  readonly groups?: number;
}

/** activation(x · w + b) + r over arrays of `count`. */
export interface Chain {
  readonly kind: "chain";
  readonly activation: "relu" | "silu";
  readonly count: number;
}

export interface Softmax {
  readonly kind: "softmax";
  readonly shape: readonly [rows: number, columns: number];
}

/** Over one axis, or over all of them without one. */
export interface Reduce {
  readonly kind: "reduce";
  readonly op: "sum" | "max";
  readonly shape: readonly [rows: number, columns: number];
  readonly axis?: 0 | 1;
}

/** softmax(q · kᵀ / √d) · v of operands [heads, n, d]. */
export interface Attention {
  readonly kind: "attention";
  readonly heads: number;
  readonly n: number;
  readonly d: number;
}

/** A ReLU network on one row given as JavaScript numbers; its outputs come back as a typed array. */
export interface Call {
  readonly kind: "call";
  readonly sizes: readonly number[];
}

/** One optimiser step on a fresh batch, the loss read. */
export interface Train {
  readonly kind: "train";
  readonly model: ModelName;
  readonly batch: number;
  readonly optimizer: "adam" | "sgd";
  readonly lr: number;
}

/** uint8 [m, k] · int8 [k, n], int32 sums; the right one is a constant. */
export interface MatmulInteger {
  readonly kind: "matmulInteger";
  readonly m: number;
  readonly n: number;
  readonly k: number;
}

/** uint8 x [n, c, h, w] with o int8 kernels of k × k. */
export interface ConvInteger {
  readonly kind: "convInteger";
  readonly x: readonly [n: number, c: number, h: number, w: number];
  readonly o: number;
  readonly k: number;
  readonly padding: number;
}

/** float32 [m, k] by n columns of 4-bit weights, scaled in blocks. */
export interface MatmulNBits {
  readonly kind: "matmulNBits";
  readonly m: number;
  readonly n: number;
  readonly k: number;
  readonly block: number;
}

export type Quantized = MatmulInteger | ConvInteger | MatmulNBits;

/** A model of the shared data. An input is one of the files there, or a ramp of this shape. */
export interface ModelFile {
  readonly kind: "modelFile";
  readonly path: string;
  readonly feeds: Readonly<Record<string, string | readonly number[]>>;
}

/** What comes as an ONNX model. */
export type Imported = Quantized | ModelFile;

/** What is one expression of float32 operands. */
export type Expression = Matmul | Conv2d | Chain | Softmax | Reduce | Attention;

export type Work = Expression | Imported | Call | Train;

const quantizedKinds: ReadonlySet<string> = new Set(["matmulInteger", "convInteger", "matmulNBits"]);

export const isQuantized = (work: Work): work is Quantized => quantizedKinds.has(work.kind);
export const isImported = (work: Work): work is Imported => work.kind === "modelFile" || isQuantized(work);

export type Layer =
  | {
      readonly layer: "conv2d";
      readonly i: number;
      readonly o: number;
      readonly k: number;
      readonly stride: number;
      readonly padding: number;
    }
  | { readonly layer: "linear"; readonly i: number; readonly o: number }
  | { readonly layer: "relu" | "maxPool2d" | "flatten" };

export type ModelName = "lenet5" | "mlp" | "cnn";

interface Model {
  /** Shape of one sample. */
  readonly input: readonly number[];
  readonly classes: number;
  readonly layers: readonly Layer[];
}

const conv2d = (i: number, o: number, k: number, stride: number, padding: number): Layer => ({
  layer: "conv2d",
  i,
  o,
  k,
  stride,
  padding,
});
const linear = (i: number, o: number): Layer => ({ layer: "linear", i, o });
const relu: Layer = { layer: "relu" };
const maxPool2d: Layer = { layer: "maxPool2d" };
const flatten: Layer = { layer: "flatten" };

/** The networks that are trained; the pooling is 2 × 2. contestants/pytorch.py reads this table as JSON. */
export const models: Readonly<Record<ModelName, Model>> = {
  lenet5: {
    input: [1, 28, 28],
    classes: 10,
    layers: [
      ...[conv2d(1, 6, 5, 1, 2), relu, maxPool2d],
      ...[conv2d(6, 16, 5, 1, 0), relu, maxPool2d, flatten],
      ...[linear(400, 120), relu, linear(120, 84), relu, linear(84, 10)],
    ],
  },
  mlp: {
    input: [784],
    classes: 10,
    layers: [linear(784, 256), relu, linear(256, 128), relu, linear(128, 10)],
  },
  cnn: {
    input: [1, 28, 28],
    classes: 10,
    layers: [conv2d(1, 8, 3, 2, 1), relu, conv2d(8, 16, 3, 2, 1), relu, flatten, linear(784, 10)],
  },
};

/** Batches that a training run goes round. */
export const batches = 4;

const count = (shape: readonly number[]): number => shape.reduce((a, b) => a * b, 1);

/** Operand number `stream` of a piece of work: values in ±1. */
export function operand(stream: number, shape: readonly number[]): Float32Array {
  return floats(stream, count(shape));
}

/** Operand number `stream` of a quantised piece of work: bytes of any value. */
export function bytes(stream: number, shape: readonly number[]): Uint8Array {
  return Uint8Array.from(integers(stream, 256, count(shape)));
}

/** The weight of layer number `i`: ±1/√(fan in), laid out as PyTorch's. Biases start at 0. */
export function firstWeight(layer: Layer, i: number): { shape: number[]; values: Float32Array } | null {
  if (layer.layer !== "conv2d" && layer.layer !== "linear") return null;
  const shape = layer.layer === "linear" ? [layer.o, layer.i] : [layer.o, layer.i, layer.k, layer.k];
  const bound = Math.fround(1 / Math.sqrt(count(shape.slice(1))));
  return { shape, values: floats(100 + i, count(shape)).map((value) => value * bound) };
}

/** A matrix [rows, columns] as [columns, rows]: how runtimes that keep a layer's weights as [in, out] are given them. */
export function transposed(values: Float32Array, rows: number, columns: number): Float32Array {
  return values.map((_, i) => values[(i % rows) * columns + Math.floor(i / rows)] as number);
}

/** Batch number `i`: inputs [batch, ...input] and classes [batch]. */
export function batchOf({ model, batch }: Train, i: number): { x: Float32Array; y: Int32Array } {
  const { input, classes } = models[model];
  return { x: floats(1000 + i, batch * count(input)), y: integers(2000 + i, classes, batch) };
}

/** Weights [out, in] and biases of a {@link Call}. */
export function callWeights({ sizes }: Call): { i: number; o: number; w: Float32Array; b: Float32Array }[] {
  return sizes.slice(1).map((o, layer) => {
    const i = sizes[layer] as number;
    return { i, o, w: floats(10 + layer, o * i), b: floats(20 + layer, o) };
  });
}

/** Arithmetic operations of a product, or null where counting them says little. */
export function flopsOf(work: Work): number | null {
  if ("m" in work) return 2 * work.m * work.n * work.k;
  if (work.kind === "attention") return 4 * work.heads * work.n * work.n * work.d;
  if (work.kind !== "conv2d" && work.kind !== "convInteger") return null;
  const { x, k } = work;
  const { groups = 1 } = work as Partial<Conv2d>;
  return (2 * count(planesOf(work)) * x[1] * k * k) / groups;
}

/** Shape of a convolution's result. */
function planesOf({ x, o, k, padding = 0, ...rest }: Conv2d | ConvInteger): number[] {
  const { stride = 1 } = rest as Partial<Conv2d>;
  const out = (size: number): number => Math.floor((size + 2 * padding - k) / stride) + 1;
  return [x[0], o, out(x[2]), out(x[3])];
}

/** Bytes of the operands and the result of a float32 expression, which have to be moved once; null for what is none. */
export function bytesOf(work: Work): number | null {
  switch (work.kind) {
    case "matmul":
      return 4 * (work.m * work.k + work.k * work.n + work.m * work.n);
    case "conv2d":
      return 4 * (count(work.x) + (work.o * work.x[1] * work.k ** 2) / (work.groups ?? 1) + count(planesOf(work)));
    case "attention":
      return 4 * 4 * work.heads * work.n * work.d;
    case "chain":
      return 4 * 5 * work.count;
    case "softmax":
      return 4 * 2 * count(work.shape);
    case "reduce":
      return 4 * (count(work.shape) + (work.axis === undefined ? 1 : (work.shape[1 - work.axis] as number)));
    default:
      return null;
  }
}
