/** Expanding and summing: each is the other's gradient. */
import { type DType, dtypes } from "../core/dtype.ts";
import { ShapeError } from "../core/errors.ts";
import { broadcastShapes, checkShape, formatShape, normalizeAxes, type Shape, sameShape } from "../core/shape.ts";
import { Node, noAttrs, type Op } from "../graph/node.ts";
import { cast } from "./cast.ts";
import { reshape } from "./movement.ts";

const expandOp: Op = {
  name: "expand",
  kind: "view",
  // dx = dy summed over what was repeated
  gradient: (dy, { inputs: [x] }) => [sumTo(dy, (x as Node).shape)],
};

export const sumOp: Op = {
  name: "sum",
  kind: "reduce",
  // dx = dy repeated over what was summed
  gradient: (dy, { inputs: [x], attrs }) => [unreduce(dy, x as Node, attrs["axes"] as readonly number[])],
};

/** The ops of this family. */
export const ops: readonly Op[] = [expandOp, sumOp];

/** Repeats by NumPy's broadcasting rule; no element is copied. */
export function expand(x: Node, shape: Shape): Node {
  if (sameShape(x.shape, shape)) return x;
  checkShape("expand", shape);
  if (!sameShape(broadcastShapes("expand", x.shape, shape), shape)) {
    throw new ShapeError(
      `expand: cannot expand ${formatShape(x.shape)} to ${formatShape(shape)}: the target is smaller, wanted sizes of 1 to grow`,
    );
  }
  return spread(x, shape);
}

/** {@link expand} to a shape that is known to fit, as broadcasting makes it. */
export function spread(x: Node, shape: Shape): Node {
  return x.shape === shape || sameShape(x.shape, shape) ? x : new Node(expandOp, [x], noAttrs, shape, x.dtype);
}

/** Sum over axes, which disappear. */
export function sum(x: Node, axes?: readonly number[]): Node {
  return reduce(sumOp, x, axes);
}

/** What a dtype is reduced in: small floats in float32, integers of odd sizes in those that hold them. */
function accumulator(dtype: DType): DType {
  const { float, bits } = dtypes[dtype];
  if (float) return bits < 32 ? "float32" : dtype;
  if (dtype === "uint32") return "int64";
  return bits === 4 || bits === 2 ? "int32" : dtype;
}

/** A reduction node; the axes disappear from the shape. */
export function reduce(op: Op, x: Node, axes?: readonly number[], dtype: DType = x.dtype): Node {
  const normal = normalizeAxes(op.name, axes, x.shape.length);
  if (normal.length === 0 && dtype === x.dtype) return x;
  const shape = x.shape.filter((_, i) => !normal.includes(i));
  const inner = accumulator(x.dtype);
  const own = dtype === x.dtype;
  const y = new Node(op, [cast(x, inner)], { axes: normal }, shape, own ? inner : dtype);
  return own ? cast(y, dtype) : y;
}

/** The shape of `x` with the axes kept at size 1. */
export function keptShape(shape: Shape, axes: readonly number[]): number[] {
  return shape.map((size, i) => (axes.includes(i) ? 1 : size));
}

/** A reduced value repeated over the axes that the reduction took. */
export function unreduce(y: Node, x: Node, axes: readonly number[]): Node {
  return expand(reshape(y, keptShape(x.shape, axes)), x.shape);
}

/** Sums `x` to a shape that broadcasts to its own. */
export function sumTo(x: Node, shape: Shape): Node {
  if (sameShape(x.shape, shape)) return x;
  const lead = x.shape.length - shape.length;
  const axes: number[] = [];
  for (let i = 0; i < x.shape.length; i++) {
    if (i < lead || (shape[i - lead] === 1 && x.shape[i] !== 1)) axes.push(i);
  }
  return reshape(sum(x, axes), shape);
}
