/** Networks as ONNX files: the graph of `forward` in eval mode, weights under their names. */
import { type DType, dtypes, type TypedArray } from "../../../core/dtype.ts";
import { ShapeError, UnsupportedError } from "../../../core/errors.ts";
import { type Shape, sameShape } from "../../../core/shape.ts";
import { makeSource, type Node, topological } from "../../../graph/node.ts";
import { leaf } from "../../../ops/leaf.ts";
import { Tensor } from "../../../tensor/tensor.ts";
import { codeOf } from "../proto/tensor.ts";
import { type TensorSpec, type ValueSpec, writeModel } from "../proto/write.ts";
import { Emitter, type OpenSize } from "./emitter.ts";
import { type Row, rows } from "./rows.ts";

/** Sizes of an input; null: any. */
export type InputShape = readonly (number | null)[];

/** An input that is not float32. */
export interface InputSpec {
  /** Sizes; null: any. */
  readonly shape: InputShape;
  /** Element type. */
  readonly dtype: DType;
}

/** Names, sizes and types of what a saved network takes and gives. */
export interface SaveOptions {
  /** The inputs of `forward`, in its order, under the names that they get in the file; float32 unless a dtype is given. */
  readonly inputs: Readonly<Record<string, InputShape | InputSpec>>;
  /** Names of the outputs, in their order; "output", or "output0", "output1" … and the keys of a record otherwise. */
  readonly outputs?: readonly string[];
}

/** A part of what can be saved. */
export interface SavablePart {
  /** Whether it acts as in training; it does not while it is saved. */
  training: boolean;
}

/** What can be saved: a module. */
export interface Savable {
  /** The outputs for the inputs, as lazy tensors. */
  forward(...inputs: never[]): unknown;
  /** The module itself and all below it, whose mode is set while it is looked at. */
  modules(): SavablePart[];
  /** All parameters by name. */
  stateDict(): Record<string, Tensor>;
}

/** The version of ONNX's operators that files are written in. */
const opset = 17;

/** What stands for an open size in either of the graphs: enough for any window, and divisible as images are. */
const stands = (which: number, number: number): number => 128 + 256 * which + 32 * number;

interface Input {
  readonly name: string;
  readonly shape: InputShape;
  readonly dtype: DType;
}

/** The bytes of an ONNX file; see `save` of `hebb/onnx`. */
export async function saveModule(module: Savable, options: SaveOptions): Promise<Uint8Array> {
  const inputs = Object.entries(options.inputs).map(([name, given]): Input => {
    return "shape" in given ? { name, ...given } : { name, shape: given, dtype: "float32" };
  });
  const open = openSizes(inputs);
  const restore = evaluating(module);
  try {
    const [first, second] = [0, 1].map((which) => trace(module, inputs, open, which)) as [Trace, Trace];
    return await write(module, inputs, open, first, second, options.outputs);
  } finally {
    restore();
  }
}

function openSizes(inputs: readonly Input[]): OpenSize[] {
  const places = inputs.flatMap(({ name, shape }) =>
    shape.flatMap((size, axis) => (size === null ? [{ input: name, axis }] : [])),
  );
  return places.map((place, i) => ({ ...place, sizes: [stands(0, i), stands(1, i)] }));
}

/** Puts a module into eval mode; returns what puts it back. */
function evaluating(module: Savable): () => void {
  const modes = module.modules().map((each) => [each, each.training] as const);
  for (const [each] of modes) each.training = false;
  return () => {
    for (const [each, training] of modes) each.training = training;
  };
}

interface Trace {
  readonly inputs: readonly Node[];
  readonly outputs: readonly (readonly [name: string, node: Node])[];
  readonly order: readonly Node[];
}

/** The graph for one choice of the open sizes. */
function trace(module: Savable, inputs: readonly Input[], open: readonly OpenSize[], which: 0 | 1 | number): Trace {
  const nodes = inputs.map(({ name, shape, dtype }) => {
    const sizes = shape.map((size, axis) => {
      const found = open.find((each) => each.input === name && each.axis === axis);
      return size ?? (found?.sizes[which] as number);
    });
    return leaf(makeSource(null, null, false), sizes, dtype);
  });
  const result = module.forward(...(nodes.map((node) => new Tensor(node)) as never[]));
  const outputs = outputsOf(result).map(([name, tensor]) => [name, tensor.node] as const);
  return { inputs: nodes, outputs, order: topological([...nodes, ...outputs.map(([, node]) => node)]) };
}

function outputsOf(result: unknown): [string, Tensor][] {
  if (result instanceof Tensor) return [["output", result]];
  const entries = Array.isArray(result)
    ? result.map((each, i) => [`output${i}`, each])
    : Object.entries(result as object);
  if (entries.length > 0 && entries.every(([, each]) => each instanceof Tensor)) return entries as [string, Tensor][];
  throw new UnsupportedError(
    "onnx: cannot save a module: its forward gives no tensors, wanted one, a list or a record of them",
  );
}

async function write(
  module: Savable,
  inputs: readonly Input[],
  open: readonly OpenSize[],
  first: Trace,
  second: Trace,
  names: readonly string[] | undefined,
): Promise<Uint8Array> {
  const alike =
    first.order.length === second.order.length && first.order.every((node, i) => node.op === second.order[i]?.op);
  if (!alike) {
    throw new UnsupportedError(
      "onnx: cannot save a module: its forward does other things for other sizes of its inputs",
    );
  }
  if (names !== undefined && names.length !== first.outputs.length) {
    throw new ShapeError(`onnx: cannot name ${first.outputs.length} outputs: ${names.length} names are given`);
  }
  refuseMissing(first.order);
  const other = new Map(first.order.map((node, i) => [node, second.order[i] as Node]));
  const emitter = new Emitter(other, open, (node, to) => (rows[node.op.name] as Row)(node, to));
  for (const [i, node] of first.inputs.entries()) emitter.call(node, (inputs[i] as Input).name);
  await addWeights(module, first, emitter);
  // Views and numbers come when something reads them: operators may repeat and count for themselves.
  for (const node of first.order) {
    if (node.source === null && node.op.kind !== "view" && node.op.kind !== "constant") emitter.nameOf(node);
  }

  const outputs = first.outputs.map(([name, node], i): ValueSpec => {
    const own = names?.[i] ?? name;
    emitter.nodes.push({ op: "Identity", name: own, inputs: [emitter.nameOf(node)], outputs: [own] });
    return describeValue(own, node.dtype, node.shape, second.outputs[i]?.[1].shape as Shape, open);
  });
  const given = first.inputs.map((node, i) => {
    return describeValue((inputs[i] as Input).name, node.dtype, node.shape, second.inputs[i]?.shape as Shape, open);
  });
  const { nodes, initializers } = emitter.prune(outputs.map(([name]) => name));
  return writeModel({ producer: "hebb", opset, nodes, initializers, inputs: given, outputs });
}

/** Throws for everything at once that has no operator. */
function refuseMissing(order: readonly Node[]): void {
  const missing = new Set(
    order.filter(({ source, op }) => source === null && !(op.name in rows)).map(({ op }) => op.name),
  );
  if (missing.size === 0) return;
  throw new UnsupportedError(`onnx: cannot save ${[...missing].join(", ")}: no operator is known for them`);
}

/** The values of all leaves but the inputs: parameters by their names, others as constants. */
async function addWeights(module: Savable, { inputs, order }: Trace, emitter: Emitter): Promise<void> {
  const names = new Map(
    Object.entries(module.stateDict()).map(([name, tensor]) => [tensor.node, [name, tensor] as const]),
  );
  let count = 0;
  for (const node of order) {
    if (node.source === null || inputs.includes(node)) continue;
    const twin = emitter.other(node);
    if (twin !== node && !sameLeaf(node, twin)) {
      throw new UnsupportedError("onnx: cannot save a module: a number in its forward depends on an open size");
    }
    const weight = names.get(node);
    const [name, tensor] = weight ?? [`constant_${count++}`, new Tensor(node)];
    emitter.call(node, name);
    const values = await weightOf(name, tensor);
    if (weight === undefined) emitter.constant(name, values);
    else emitter.initializers.push(values);
  }
}

/** Whether two leaves that `forward` made hold the same. */
function sameLeaf(a: Node, b: Node): boolean {
  const [x, y] = [a, b].map(({ source }) => source?.host ?? null) as [
    TypedArray | number | null,
    TypedArray | number | null,
  ];
  if (x === null || y === null || typeof x === "number" || typeof y === "number") return x !== null && x === y;
  return sameShape(a.shape, b.shape) && x.every((value, i) => Object.is(value, y[i]));
}

async function weightOf(name: string, tensor: Tensor): Promise<TensorSpec> {
  const { dtype, shape } = tensor;
  if (dtypes[dtype].bits < 8 && dtype !== "bool") {
    throw new UnsupportedError(`onnx: cannot save ${name}: it is ${dtype}, wanted 8 bits or more`);
  }
  const { buffer, byteOffset, byteLength } = await tensor.data();
  return { name, dims: shape, type: codeOf(dtype), raw: new Uint8Array(buffer, byteOffset, byteLength) };
}

/** The description of an input or output; open sizes carry a name, the same for the same size. */
function describeValue(name: string, dtype: DType, first: Shape, second: Shape, open: readonly OpenSize[]): ValueSpec {
  const sizes = first.map((size, i) => {
    if (size === second[i]) return size;
    const found = open.find(({ sizes: [a, b] }) => a === size && b === second[i]);
    return found === undefined ? `${name}_${i}` : `${found.input}_${found.axis}`;
  });
  return [name, codeOf(dtype), sizes];
}
