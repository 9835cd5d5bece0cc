/** One ONNX operator without a file around it: inputs in, outputs out. */
import type { DType, TypedArray } from "../../../ts/core/dtype.ts";
import { load, store } from "../../../ts/core/storage.ts";
import { Call, type Handler } from "../../../ts/formats/onnx/call.ts";
import { constantLeaf, stringTensor } from "../../../ts/formats/onnx/feed.ts";
import type { AttributeProto, TensorProto } from "../../../ts/formats/onnx/proto/schema.ts";
import { loadOperators } from "../../../ts/formats/onnx/registry.ts";
import { Scope } from "../../../ts/formats/onnx/scope.ts";
import { StringTensor, type Value } from "../../../ts/formats/onnx/value.ts";
import { Node } from "../../../ts/graph/node.ts";
import { hostLeaf } from "../../../ts/ops/leaf.ts";
import { Tensor } from "../../../ts/tensor/tensor.ts";

/** Numbers or strings with a shape; [values] alone is a vector. */
export interface Given {
  readonly shape?: readonly number[];
  readonly dtype?: DType | "string";
  readonly data: readonly (number | string)[];
  /** Whether the model knows the values. */
  readonly constant?: boolean;
}

/** 0, 1, 2 …; strings w0, w1, w2 … */
export const counted = (shape: readonly number[], dtype: Given["dtype"] = "float32"): Given => ({
  shape,
  dtype,
  data: Array.from({ length: shape.reduce((a, b) => a * b, 1) }, (_, i) => (dtype === "string" ? `w${i}` : i)),
});
/** Positions, sizes or amounts that the model knows. */
export const ints = (...data: number[]): Given => ({ data, dtype: "int64", constant: true });
/** Strings of a shape. */
export const words = (shape: readonly number[], ...data: string[]): Given => ({ data, shape, dtype: "string" });

export interface Received {
  readonly shape: readonly number[];
  readonly dtype: DType | "string";
  readonly data: readonly (number | string)[];
}

type Attribute =
  | number
  | string
  | readonly number[]
  | { readonly float: number }
  | { readonly floats: readonly number[] };

export interface Setting {
  readonly opset: number;
  readonly attributes?: Readonly<Record<string, Attribute>>;
  /** How many outputs the node names; default 1. */
  readonly outputs?: number;
}

/** Runs an operator. */
export async function callOperator(
  name: string,
  inputs: readonly (Given | null)[],
  setting: Setting,
): Promise<Received[]> {
  const handler = (await loadOperators([name])).get(name) as Handler;
  const attributes = Object.entries(setting.attributes ?? {}).map(([key, value]) => attribute(key, value));
  const outputs = Array.from({ length: setting.outputs ?? 1 }, (_, i) => `y${i}`);
  const proto = { name: "", opType: name, domain: "", overload: "", inputs: [], outputs, attributes };
  const values = inputs.map((given) => (given === null ? null : inputOf(given)));
  const call = new Call(proto, values, setting.opset, builder, new Scope(null, new Map()));
  const result = await handler(call);
  const list = (Array.isArray(result) ? result : [result]) as (Value | null)[];
  return Promise.all(list.map((value) => received(value as Value)));
}

const builder = {
  constant: (_: TensorProto): Value => {
    throw new Error("operator: this test has no tensors in attributes");
  },
  empty: (): Value => {
    throw new Error("operator: this test has no types in attributes");
  },
  fresh: (values: () => TypedArray, shape: readonly number[], dtype: DType): Node => hostLeaf(values(), shape, dtype),
  read: (node: Node): Promise<TypedArray> => new Tensor(node).data(),
  runGraph: (): Promise<Value[]> => {
    throw new Error("operator: this test has no graphs in attributes");
  },
};

function attribute(name: string, value: Attribute): AttributeProto {
  const empty = { name, ref: "", type: 0, floats: [], ints: [], strings: [], tensors: [], graphs: [] };
  if (typeof value === "string") return { ...empty, s: new TextEncoder().encode(value) };
  if (typeof value === "number") return { ...empty, i: value };
  if ("float" in value) return { ...empty, f: value.float };
  if ("floats" in value) return { ...empty, floats: [...value.floats] };
  return { ...empty, ints: [...value] };
}

function inputOf({ data, shape = [data.length], dtype = "float32", constant = false }: Given): Value {
  if (dtype === "string") return stringTensor(data as readonly string[], shape);
  const host = store(dtype, data as readonly number[]);
  return constant ? constantLeaf(host, shape, dtype) : hostLeaf(host, shape, dtype);
}

async function received(value: Value): Promise<Received> {
  if (value instanceof StringTensor) {
    const codes = Array.from(await new Tensor(value.codes).data(), Number);
    return { shape: value.shape, dtype: "string", data: codes.map((code) => value.words[code] as string) };
  }
  if (!(value instanceof Node)) throw new Error("operator: this test reads tensors alone");
  const data = await new Tensor(value).data();
  return { shape: value.shape, dtype: value.dtype, data: Array.from(load(value.dtype, data)) };
}
