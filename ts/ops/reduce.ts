/** Reductions other than the sum. */
import { dtypes } from "../core/dtype.ts";
import { DTypeError, ShapeError } from "../core/errors.ts";
import { formatShape, sizeOf } from "../core/shape.ts";
import type { Node, Op } from "../graph/node.ts";
import { reduce, sum, unreduce } from "./broadcast.ts";
import { cast, div, eq, mul, num, where } from "./elementwise.ts";

const axesOf = (node: Node) => node.attrs["axes"] as readonly number[];

/** dy shared equally among the elements that equal the extreme. */
const toExtremes: Op["gradient"] = (dy, node) => {
  const x = node.inputs[0] as Node;
  const axes = axesOf(node);
  const hit = eq(x, unreduce(node, x, axes));
  const count = sum(cast(hit, x.dtype), axes);
  const share = unreduce(div(dy, count), x, axes);
  return [where(hit, share, num(0, x))];
};

const maxOp: Op = { name: "max", kind: "reduce", gradient: toExtremes };
const minOp: Op = { name: "min", kind: "reduce", gradient: toExtremes };
const argmaxOp: Op = { name: "argmax", kind: "reduce", gradient: null };
const argminOp: Op = { name: "argmin", kind: "reduce", gradient: null };
const prodOp: Op = {
  name: "prod",
  kind: "reduce",
  // dx = dy × the product of the others: y / x, and where x = 0 the product of the rest if it is the only zero
  gradient: (dy, node) => {
    const x = node.inputs[0] as Node;
    const axes = axesOf(node);
    const zero = eq(x, num(0, x));
    const zeros = unreduce(sum(cast(zero, x.dtype), axes), x, axes);
    const rest = unreduce(prod(where(zero, num(1, x), x), axes), x, axes);
    const g = unreduce(dy, x, axes);
    const others = where(zero, rest, div(rest, x));
    const alive = eq(zeros, cast(zero, x.dtype));
    return [where(alive, mul(g, others), num(0, x))];
  },
};

/** The ops of this family. */
export const ops: readonly Op[] = [maxOp, minOp, argmaxOp, argminOp, prodOp];

function checkNotEmpty(op: string, x: Node): void {
  if (sizeOf(x.shape) === 0) {
    throw new ShapeError(
      `${op}: cannot reduce ${formatShape(x.shape)}: it has no elements and ${op} no value for none`,
    );
  }
}

export function max(x: Node, axes?: readonly number[]): Node {
  checkNotEmpty("max", x);
  return reduce(maxOp, x, axes);
}

export function min(x: Node, axes?: readonly number[]): Node {
  checkNotEmpty("min", x);
  return reduce(minOp, x, axes);
}

export function prod(x: Node, axes?: readonly number[]): Node {
  return reduce(prodOp, x, axes);
}

/** Index of the first greatest element along one axis; NaN counts as greatest. */
export function argmax(x: Node, axis: number): Node {
  checkNotEmpty("argmax", x);
  return reduce(argmaxOp, x, [axis], "int32");
}

/** Index of the first least element along one axis. */
export function argmin(x: Node, axis: number): Node {
  checkNotEmpty("argmin", x);
  return reduce(argminOp, x, [axis], "int32");
}

/** Mean over axes; integers become float32, and smaller floats are summed there. */
export function mean(x: Node, axes?: readonly number[]): Node {
  const { float, bits } = dtypes[x.dtype];
  const total = sum(float && bits >= 32 ? x : cast(x, "float32"), axes);
  const count = sizeOf(x.shape) / Math.max(sizeOf(total.shape), 1);
  if (count === 0 || sizeOf(x.shape) === 0) {
    throw new ShapeError(`mean: cannot average ${formatShape(x.shape)}: it has no elements`);
  }
  const y = mul(total, num(1 / count, total));
  return float ? cast(y, x.dtype) : y;
}

/** Throws unless the dtype is float32. */
export function checkReal(op: string, x: Node): void {
  if (x.dtype !== "float32") throw new DTypeError(`${op}: cannot use ${x.dtype}: wanted float32`);
}
