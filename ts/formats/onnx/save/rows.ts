/** How the ops of a graph are written as ONNX operators: a row an op. */
import { type DType, dtypes } from "../../../core/dtype.ts";
import { UnsupportedError } from "../../../core/errors.ts";
import { broadcastShapes, type Shape, sameShape, sizeOf } from "../../../core/shape.ts";
import type { Node } from "../../../graph/node.ts";
import { codeOf } from "../proto/tensor.ts";
import type { Emitter } from "./emitter.ts";

/** Adds what computes a node and returns the name of its value. */
export type Row = (node: Node, to: Emitter) => string;

const dtypeOf = (node: Node): (typeof dtypes)[DType] => dtypes[node.dtype];
const cannot = (what: string): UnsupportedError => new UnsupportedError(`onnx: cannot save ${what}`);
const inputs = (node: Node, to: Emitter): string[] => node.inputs.map((input) => to.nameOf(input));

const same: Row = (node, to) => to.nameOf(node.inputs[0] as Node);

/** An operator that reads what the node reads. */
const plain =
  (op: string, attributes: Parameters<Emitter["add"]>[2] = {}): Row =>
  (node, to) =>
    to.add(op, inputs(node, to), attributes);

const unrepeated = (node: Node): Node =>
  node.source === null && node.op.name === "expand" ? unrepeated(node.inputs[0] as Node) : node;

/** The operands of an operator that repeats smaller ones by itself: as they were before they were repeated, if that is enough. */
function operandsOf(node: Node, to: Emitter): readonly Node[] {
  const small = node.inputs.map(unrepeated);
  const fits = ({ shape }: Node, own: (operand: Node) => Node): boolean =>
    sameShape(
      small.reduce((all: Shape, operand) => broadcastShapes("save", all, own(operand).shape), []),
      shape,
    );
  const enough = fits(node, (operand) => operand) && fits(to.other(node), (operand) => to.other(operand));
  return enough ? small : node.inputs;
}

const broadcasting =
  (op: string, attributes: Parameters<Emitter["add"]>[2] = {}): Row =>
  (node, to) =>
    to.add(
      op,
      operandsOf(node, to).map((operand) => to.nameOf(operand)),
      attributes,
    );

/** An operator of truth alone. */
const logical =
  (op: string): Row =>
  (node, to) => {
    if ((node.inputs[0] as Node).dtype !== "bool") throw cannot(`${node.op.name} of ${node.dtype}: wanted bool`);
    return broadcasting(op)(node, to);
  };

/** Truth of a value: whether it is not 0. */
function truth(x: Node, to: Emitter): string {
  return x.dtype === "bool" ? to.nameOf(x) : to.add("Not", [to.add("Equal", [to.nameOf(x), to.number(0, x.dtype)])]);
}

/** An operator of reals alone, whose like of other types has none. */
const real =
  (row: Row): Row =>
  (node, to) => {
    if (!dtypeOf(node).float) throw cannot(`${node.op.name} of ${node.dtype}: wanted floats`);
    return row(node, to);
  };

const reduction =
  (op: string): Row =>
  (node, to) => {
    const axes = node.attrs["axes"] as number[];
    // No axes would mean all of them.
    return axes.length === 0 ? same(node, to) : to.add(op, inputs(node, to), { axes, keepdims: 0 });
  };

/** A sum by one over its count is a mean: the count may depend on an open size. */
function product(node: Node, to: Emitter): string {
  const [sum, factor] = node.inputs.map((input) => unrepeated(input)) as [Node, Node];
  const counted = sum.source === null && sum.op.name === "sum" && isOpen(factor, to);
  const perCount = [node, to.other(node)].every(({ inputs: [total, number] }) => {
    const { inputs: parts, shape } = unrepeated(total as Node);
    const value = unrepeated(number as Node).attrs["value"] as number;
    return Math.abs((value * sizeOf((parts[0] as Node | undefined)?.shape ?? [])) / sizeOf(shape) - 1) < 1e-6;
  });
  if (!counted || !perCount) return broadcasting("Mul")(node, to);
  return to.add("ReduceMean", inputs(sum, to), { axes: sum.attrs["axes"] as number[], keepdims: 0 });
}

/** Whether a node is a number that differs between the graphs. */
const isOpen = (node: Node, to: Emitter): boolean =>
  node.source === null && node.op.kind === "constant" && node.attrs["value"] !== to.other(node).attrs["value"];

function number(node: Node, to: Emitter): string {
  if (isOpen(node, to)) throw cannot("a number that depends on an open size");
  return to.number(node.attrs["value"] as number, node.dtype);
}

const extremum =
  (op: string): Row =>
  (node, to) => {
    const [axis] = node.attrs["axes"] as readonly number[];
    const found = to.add(op, inputs(node, to), { axis: axis as number, keepdims: 0 });
    return to.add("Cast", [found], { to: codeOf(node.dtype) });
  };

/** Sizes that are the input's are 0, one that is not known -1. */
function reshape(node: Node, to: Emitter): string {
  const [x, twin] = [node.inputs[0] as Node, to.other(node)];
  const twinInput = twin.inputs[0] as Node;
  const open = node.shape.filter((size, i) => size !== twin.shape[i]).length;
  const sizes = node.shape.map((size, i) => {
    if (size === twin.shape[i]) return size;
    return size === x.shape[i] && twin.shape[i] === twinInput.shape[i] ? 0 : -1;
  });
  const told = open <= 1 ? sizes.map((size) => (size === 0 && open === 1 ? -1 : size)) : sizes;
  const shape =
    told.filter((size) => size === -1).length > 1 || node.shape.includes(0)
      ? to.sizes(node.shape, twin.shape, "a reshape")
      : to.integers(told);
  return to.add("Reshape", [to.nameOf(x), shape]);
}

/** Only sizes that the input does not have are told: ONNX repeats where a size is 1 and leaves the others. */
function expand(node: Node, to: Emitter): string {
  const twin = to.other(node);
  const told = ({ shape, inputs: [x] }: Node): number[] => {
    const own = (x as Node).shape;
    const lead = shape.length - own.length;
    return shape.map((size, i) => (i >= lead && own[i - lead] === size ? 1 : size));
  };
  return to.add("Expand", [to.nameOf(node.inputs[0] as Node), to.sizes(told(node), told(twin), "a repetition")]);
}

/** Beyond every end. */
const far = 2 ** 31 - 1;

/** Where a slice of an axis of so many elements begins and ends, counted so that it holds for an open size. */
function window({ attrs, shape, inputs: [x] }: Node, axis: number): { start: number; end: number; size: number } {
  const start = (attrs["starts"] as Shape)[axis] as number;
  const step = (attrs["steps"] as Shape)[axis] as number;
  const size = (x as Node).shape[axis] as number;
  const end = start + (shape[axis] as number) * step;
  return { start, end: step > 0 ? (end >= size ? far : end) : end < 0 ? -far : end, size };
}

function slice(node: Node, to: Emitter): string {
  const twin = to.other(node);
  const steps = node.attrs["steps"] as number[];
  const windows = node.shape.map((_, axis) => {
    const [own, other] = [window(node, axis), window(twin, axis)];
    // From the front, or from the back where that is the same for both sizes.
    const place = (name: "start" | "end"): number => {
      if (own[name] === other[name]) return own[name];
      if (own[name] - own.size === other[name] - other.size) return own[name] - own.size;
      throw cannot(`a slice of ${own.size}: where it begins or ends depends on an open size`);
    };
    return { start: place("start"), end: place("end") };
  });
  const lists = [windows.map(({ start }) => start), windows.map(({ end }) => end), steps.map((_, i) => i), steps];
  return to.add("Slice", [to.nameOf(node.inputs[0] as Node), ...lists.map((list) => to.integers(list))]);
}

/** Writing into a larger tensor: padding, where the elements stay next to each other. */
function embed(node: Node, to: Emitter): string {
  const [x, fill] = node.inputs as [Node, Node?];
  const around = ({ attrs, shape, inputs: [inner] }: Node): number[] => {
    const starts = attrs["starts"] as Shape;
    const after = shape.map((size, i) => size - (starts[i] as number) - ((inner as Node).shape[i] as number));
    return [...starts, ...after];
  };
  const pads = around(node);
  const dilated = (node.attrs["steps"] as Shape).some((step) => step !== 1);
  if (dilated || !sameShape(pads, around(to.other(node))))
    throw cannot("a padding that depends on an open size or leaves gaps");
  return to.add("Pad", [to.nameOf(x), to.integers(pads), fill === undefined ? to.number(0, x.dtype) : to.nameOf(fill)]);
}

interface Windows {
  readonly kernel: readonly number[];
  readonly stride: readonly number[];
  readonly padding: readonly number[];
  readonly dilation: readonly number[];
}

const geometry = ({ stride, padding, dilation }: Windows) => ({ strides: stride, pads: padding, dilations: dilation });

function convolution(node: Node, to: Emitter): string {
  const { groups } = node.attrs as unknown as { groups: number };
  return to.add("Conv", inputs(node, to), { ...geometry(node.attrs as unknown as Windows), group: groups });
}

const pooling =
  (op: string, more: (node: Node) => Record<string, number> = () => ({})): Row =>
  (node, to) => {
    const windows = node.attrs as unknown as Windows;
    const planes = [node, to.other(node)].map(({ shape, inputs: [x] }) => ceiling(windows, (x as Node).shape, shape));
    if (planes[0] !== planes[1] || planes[0] === null) throw cannot(`${node.op.name} of a plane of its own size`);
    const { dilations, ...rest } = geometry(windows);
    const attributes = { kernel_shape: windows.kernel, ...rest, ceil_mode: planes[0] as number, ...more(node) };
    return to.add(
      op,
      inputs(node, to),
      dilations.every((step) => step === 1) ? attributes : { ...attributes, dilations },
    );
  };

/** 0 where windows are counted down, 1 where up; null where they are not counted. */
function ceiling({ kernel, stride, padding, dilation }: Windows, x: Shape, y: Shape): number | null {
  const counts = [Math.floor, Math.ceil].map((round) =>
    [0, 1].map((i) => {
      const room = (x[i + 2] as number) + (padding[i] as number) + (padding[i + 2] as number);
      return round((room - (dilation[i] as number) * ((kernel[i] as number) - 1) - 1) / (stride[i] as number)) + 1;
    }),
  );
  const found = counts.findIndex((count) => count.every((size, i) => size === y[i + 2]));
  return found < 0 ? null : found;
}

function gather(node: Node, to: Emitter): string {
  const op = node.attrs["mode"] === "elements" ? "GatherElements" : "Gather";
  return to.add(op, inputs(node, to), { axis: node.attrs["axis"] as number });
}

/** Rows without a scale: ONNX wants one. */
function layerNorm(node: Node, to: Emitter): string {
  const columns = node.shape.at(-1) as number;
  const one = to.add("Expand", [to.number(1, "float32"), to.integers([columns])]);
  const epsilon = { float: node.attrs["epsilon"] as number };
  return to.add("LayerNormalization", [to.nameOf(node.inputs[0] as Node), one], { axis: -1, epsilon });
}

export const rows: Readonly<Record<string, Row>> = {
  constant: number,
  detach: same,
  reshape,
  expand,
  permute: (node, to) => to.add("Transpose", inputs(node, to), { perm: node.attrs["axes"] as number[] }),
  slice,
  embed,
  concat: (node, to) => to.add("Concat", inputs(node, to), { axis: node.attrs["axis"] as number }),

  add: broadcasting("Add"),
  sub: broadcasting("Sub"),
  mul: product,
  div: broadcasting("Div"),
  pow: broadcasting("Pow"),
  mod: (node, to) => {
    if (dtypeOf(node).float) throw cannot("mod of floats: wanted integers");
    return broadcasting("Mod")(node, to);
  },
  fmod: broadcasting("Mod", { fmod: 1 }),
  maximum: broadcasting("Max"),
  minimum: broadcasting("Min"),
  eq: broadcasting("Equal"),
  lt: broadcasting("Less"),
  le: broadcasting("LessOrEqual"),
  and: logical("And"),
  or: logical("Or"),
  xor: logical("Xor"),
  not: (node, to) => to.add("Not", [truth(node.inputs[0] as Node, to)]),
  where: (node, to) => {
    const [condition, a, b] = operandsOf(node, to) as [Node, Node, Node];
    return to.add("Where", [truth(condition, to), to.nameOf(a), to.nameOf(b)]);
  },
  cast: (node, to) => to.add("Cast", inputs(node, to), { to: codeOf(node.dtype) }),
  relu: plain("Relu"),
  neg: plain("Neg"),
  abs: plain("Abs"),
  sign: plain("Sign"),
  floor: real(plain("Floor")),
  ceil: real(plain("Ceil")),
  round: real(plain("Round")),
  sqrt: real(plain("Sqrt")),
  exp: real(plain("Exp")),
  expm1: real((node, to) => to.add("Sub", [to.add("Exp", inputs(node, to)), to.number(1, node.dtype)])),
  log: real(plain("Log")),
  log1p: real((node, to) => to.add("Log", [to.add("Add", [...inputs(node, to), to.number(1, node.dtype)])])),
  sin: real(plain("Sin")),
  cos: real(plain("Cos")),
  tan: real(plain("Tan")),
  atan: real(plain("Atan")),
  tanh: real(plain("Tanh")),
  erf: real(plain("Erf")),
  sigmoid: real(plain("Sigmoid")),

  sum: (node, to) => {
    const axes = node.attrs["axes"] as number[];
    if (axes.length === 0) return same(node, to);
    return to.add("ReduceSum", [...inputs(node, to), to.integers(axes)], { keepdims: 0 });
  },
  max: reduction("ReduceMax"),
  min: reduction("ReduceMin"),
  prod: reduction("ReduceProd"),
  argmax: extremum("ArgMax"),
  argmin: extremum("ArgMin"),

  matmul: plain("MatMul"),
  conv2d: convolution,
  maxPool2d: pooling("MaxPool"),
  avgPool2d: pooling("AveragePool", ({ attrs }) => {
    if ((attrs["dilation"] as Shape).some((step) => step !== 1)) throw cannot("an average over a dilated window");
    return { count_include_pad: attrs["countIncludePad"] === true ? 1 : 0 };
  }),
  softmax: plain("Softmax", { axis: -1 }),
  logSoftmax: plain("LogSoftmax", { axis: -1 }),
  layerNorm,
  gather,
  checkIndex: same,
};
