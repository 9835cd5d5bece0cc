/** Between what callers hold and the values of a graph: feeds of inputs, results of outputs, tensors of the file. */
import { type DType, dtypeOfArray, dtypes, type TypedArray } from "../../core/dtype.ts";
import { DTypeError, ShapeError } from "../../core/errors.ts";
import { formatShape, type Shape, sizeOf } from "../../core/shape.ts";
import { load, store } from "../../core/storage.ts";
import { download } from "../../execution/running.ts";
import { makeConstant, Node, type Source } from "../../graph/node.ts";
import { expand } from "../../ops/broadcast.ts";
import { constant, hostLeaf } from "../../ops/leaf.ts";
import { adopt, realize, Tensor } from "../../tensor/tensor.ts";
import type { TensorProto, TensorType, TypeProto, ValueInfo } from "./proto/schema.ts";
import { dtypeOf, readTensor, stringCode } from "./proto/tensor.ts";
import { MapValue, Optional, Sequence, StringTensor, type Value } from "./value.ts";

/** An input or output of a model. */
export interface ValueDescription {
  /** The name that `run` knows it by. */
  readonly name: string;
  /** What it is made of. */
  readonly kind: "tensor" | "sequence" | "optional" | "map";
  /** Element type; "string" for tensors of strings, undefined where the file does not say. */
  readonly dtype: DType | "string" | undefined;
  /** Sizes; a name or null where any size will do, undefined where the file does not even say the rank. */
  readonly shape: readonly (number | string | null)[] | undefined;
}

/** Strings with their shape. */
export interface Strings {
  /** Sizes, outermost first. */
  readonly shape: Shape;
  /** The strings in row-major order. */
  readonly data: readonly string[];
}

/** A map of ONNX, from integers or strings to numbers or strings: what classifiers of scikit-learn give. */
export type Dictionary = ReadonlyMap<string | number, string | number>;

/** What an input takes: a tensor, an array in the input's own shape, strings, a list for a sequence, null for nothing. */
export type Feed = Tensor | TypedArray | Strings | readonly Feed[] | Dictionary | null;

/** What an output gives: a tensor unless the model says a sequence (a list), strings, a map, or nothing. */
export type Result = Tensor | Strings | readonly Result[] | Dictionary | null;

/** The type of an input or output, in words. */
export function describe({ name, type }: ValueInfo): ValueDescription {
  const kind = type?.sequence ? "sequence" : type?.optional ? "optional" : type?.map ? "map" : "tensor";
  const tensor = tensorTypeOf(type);
  const code = tensor?.elemType ?? 0;
  const dtype = code === 0 ? undefined : code === stringCode ? "string" : dtypeOf(code);
  // Some exporters write an open size as a negative one.
  const shape = tensor?.shape?.dims.map(({ value, param }) =>
    value !== undefined && value >= 0 ? value : param === undefined || param === "" ? null : param,
  );
  return { name, kind, dtype, shape };
}

/** The tensor at the bottom of a type. */
function tensorTypeOf(type: TypeProto | undefined): TensorType | undefined {
  if (type === undefined) return undefined;
  if (type.tensor !== undefined) return type.tensor;
  return tensorTypeOf(type.sequence?.element ?? type.optional?.element);
}

/** A tensor of the file as a value that never changes. A single number becomes part of the program. */
export function constantValue(proto: TensorProto, raw?: Uint8Array): Value {
  const host = readTensor(proto, raw);
  if (host.dtype === "string") return stringTensor(host.data, host.shape);
  const { data, dtype, shape } = host;
  if (data.length === 1) {
    const value = load(dtype, data)[0] as number;
    const exact = dtypes[dtype].lane !== "i64" || Number.isSafeInteger(value);
    if (exact) return expand(constant(value, dtype), shape);
  }
  return constantLeaf(data, shape, dtype);
}

/** Host values that never change as a leaf. */
export function constantLeaf(data: TypedArray, shape: Shape, dtype: DType): Node {
  const node = hostLeaf(data, shape, dtype);
  makeConstant(node.source as Source);
  return node;
}

/** Strings as codes and words. */
export function stringTensor(data: readonly string[], shape: Shape): StringTensor {
  const words = new Map<string, number>();
  const codes = Int32Array.from(data, (word) => {
    const code = words.get(word) ?? words.size;
    words.set(word, code);
    return code;
  });
  return new StringTensor(constantLeaf(codes, shape, "int32"), [...words.keys()]);
}

/** The value of a feed. Throws {@link ShapeError} or {@link DTypeError} where it does not fit the input's type. */
export async function feedValue(name: string, type: TypeProto | undefined, feed: Feed): Promise<Value> {
  if (type?.optional !== undefined) {
    return new Optional(feed === null ? null : await feedValue(name, type.optional.element, feed));
  }
  if (feed === null || feed === undefined) {
    throw new DTypeError(`onnx: cannot feed "${name}": it is ${String(feed)}, wanted a tensor or an array`);
  }
  if (type?.sequence !== undefined || (type?.tensor === undefined && Array.isArray(feed))) {
    if (!Array.isArray(feed))
      throw new DTypeError(`onnx: cannot feed "${name}": wanted a list of tensors for a sequence`);
    const items = (feed as readonly Feed[]).map((item) => feedValue(name, type?.sequence?.element, item));
    return new Sequence(await Promise.all(items));
  }
  if (feed instanceof Map) return new MapValue(feed as Dictionary);
  const wanted = describe({ name, ...(type === undefined ? {} : { type }) });
  if (feed instanceof Tensor) return tensorNode(feed, wanted);
  const array = dtypeOfArray(feed);
  if (array !== undefined) return arrayNode(feed as TypedArray, array, wanted);
  const { data, shape } = feed as Strings;
  if (!Array.isArray(data) || !Array.isArray(shape)) {
    throw new DTypeError(`onnx: cannot feed "${name}": wanted a tensor, a typed array or { data, shape } of strings`);
  }
  if (data.length !== sizeOf(shape)) {
    throw new ShapeError(`onnx: cannot feed "${name}": ${data.length} strings do not fill ${formatShape(shape)}`);
  }
  checkShape(wanted, shape);
  return stringTensor(data, shape);
}

/** A tensor's node, which may have no value yet. Throws as {@link feedValue} does. */
export function lazyValue(info: ValueInfo, feed: unknown): Node {
  if (feed instanceof Tensor) return checkedNode(feed, describe(info));
  throw new DTypeError(`onnx: cannot feed "${info.name}": wanted a tensor`);
}

function checkedNode(tensor: Tensor, wanted: ValueDescription): Node {
  if (wanted.dtype !== undefined && tensor.dtype !== wanted.dtype) {
    throw new DTypeError(`onnx: cannot feed "${wanted.name}" with ${tensor.dtype}: wanted ${wanted.dtype}`);
  }
  checkShape(wanted, tensor.shape);
  return tensor.node;
}

/** A tensor's leaf; lazy ones are computed first. */
async function tensorNode(tensor: Tensor, wanted: ValueDescription): Promise<Node> {
  checkedNode(tensor, wanted);
  const { source } = tensor.node;
  if (source === null || source.pending !== null) await realize(tensor);
  return tensor.node;
}

/** An array in the input's declared shape; one unknown size follows from the length. */
function arrayNode(array: TypedArray, given: DType, wanted: ValueDescription): Node {
  const { name } = wanted;
  const dtype = wanted.dtype ?? given;
  if (dtype === "string") throw new DTypeError(`onnx: cannot feed "${name}" with numbers: wanted strings`);
  const shape = wanted.shape === undefined ? [array.length] : fillShape(name, wanted.shape, array.length);
  // Bits of small floats and bytes of bool come in the arrays that hold them.
  if (given === dtype || dtypes[dtype].array === dtypes[given].array) return hostLeaf(array, shape, dtype);
  const [from, to] = [dtypes[given], dtypes[dtype]];
  const widens = from.float === to.float ? from.bits <= to.bits && (from.signed ? to.signed : true) : to.float;
  if (!widens) throw new DTypeError(`onnx: cannot feed "${name}" with ${given}: wanted ${dtype}`);
  return hostLeaf(store(dtype, load(given, array)), shape, dtype);
}

function fillShape(name: string, shape: readonly (number | string | null)[], length: number): number[] {
  const known = shape.reduce<number>((product, size) => (typeof size === "number" ? product * size : product), 1);
  const open = shape.filter((size) => typeof size !== "number").length;
  const rest = known === 0 ? 0 : length / known;
  const fits = open === 0 ? known === length : Number.isInteger(rest) && (open === 1 || rest === 1);
  const text = `[${shape.map((size) => size ?? "?").join(", ")}]`;
  if (!fits) {
    const why = open > 1 ? "more than one size is open, wanted a tensor with its shape" : `wanted ${text}`;
    throw new ShapeError(`onnx: cannot feed "${name}" with ${length} values: ${why}`);
  }
  return shape.map((size) => (typeof size === "number" ? size : rest));
}

function checkShape({ name, shape }: ValueDescription, given: Shape): void {
  if (shape === undefined) return;
  const fits = shape.length === given.length && shape.every((size, i) => typeof size !== "number" || size === given[i]);
  if (fits) return;
  const wanted = `[${shape.map((size) => size ?? "?").join(", ")}]`;
  throw new ShapeError(`onnx: cannot feed "${name}" with ${formatShape(given)}: wanted ${wanted}`);
}

/** A computed value as callers get it. */
export async function resultOf(value: Value): Promise<Result> {
  if (value instanceof Node) return adopt(await hostValues(value), value.shape, value.dtype);
  if (value instanceof StringTensor) {
    const codes = await hostValues(value.codes);
    return { shape: value.shape, data: Array.from(codes, (code) => value.words[code] as string) };
  }
  if (value instanceof Sequence) return Promise.all(value.items.map(resultOf));
  if (value instanceof Optional) return value.value === null ? null : resultOf(value.value);
  return value.entries;
}

/** The values of a leaf, in an array that nobody else writes. */
async function hostValues(node: Node): Promise<TypedArray> {
  const host = await download(node);
  return typeof host === "number" ? store(node.dtype, [host]) : host;
}
