/** Writing by index, and reading by index tuples: both by rows of a matrix that computed positions name. */
import { DTypeError, ShapeError, UnsupportedError } from "../core/errors.ts";
import { contiguousStrides, formatShape, normalizeAxis, type Shape, sameShape, sizeOf } from "../core/shape.ts";
import { Node, type Op } from "../graph/node.ts";
import { expand } from "./broadcast.ts";
import { add, cast, eq, mul, num, where } from "./elementwise.ts";
import { indexWithin, take } from "./gather.ts";
import { iota } from "./iota.ts";
import { inLane, laneDtype } from "./lane.ts";
import { constant } from "./leaf.ts";
import { reshape, slice } from "./movement.ts";

/** What becomes of the element that was there. */
export type ScatterReduction = "none" | "add" | "mul" | "min" | "max";

/** By number, as the kernels know them. */
export const reductions: readonly ScatterReduction[] = ["none", "add", "mul", "min", "max"];

const scatterOp: Op = {
  name: "scatter",
  kind: "kernel",
  epilogue: true,
  // none: dx = dy where nothing was written; du = dy where its row was the last to be written there. add: dx = du = dy
  gradient: (dy, { inputs, attrs }) => {
    const [, index, updates] = inputs as readonly [Node, Node, Node];
    const du = take(dy, index, 0);
    if (attrs["reduction"] === "add") return [dy, null, du];
    if (attrs["reduction"] !== "none") {
      throw new UnsupportedError(`scatter: cannot differentiate reduction ${attrs["reduction"]}: wanted none or add`);
    }
    const [n, j] = [dy.shape[0] as number, index.shape[0] as number];
    const order = reshape(iota(j, 0, 1, "int32"), [j, 1]);
    const last = take(rows(expand(constant(-1, "int32"), [n, 1]), index, order, "none"), index, 0);
    const zeros = expand(num(0, dy), updates.shape);
    return [rows(dy, index, zeros, "none"), null, where(eq(last, order), du, zeros)];
  },
};

/** The ops of this family. */
export const ops: readonly Op[] = [scatterOp];

/** x [n, i] with the updates [j, i] written to, or combined with, rows index [j] (within 0 … n - 1). */
function rows(x: Node, index: Node, updates: Node, reduction: ScatterReduction): Node {
  return new Node(scatterOp, [x, index, updates], { reduction }, x.shape, x.dtype);
}

/** Scatters rows under any shape of x, in a type that the kernel computes in. */
function scatter(op: string, x: Node, index: Node, updates: Node, i: number, reduction: ScatterReduction): Node {
  if (updates.dtype !== x.dtype) {
    throw new DTypeError(`${op}: cannot write ${updates.dtype} into ${x.dtype}: wanted one dtype`);
  }
  const narrow = reduction !== "none" && laneDtype(x.dtype) !== x.dtype;
  const lane = (node: Node): Node => (narrow ? inLane(node) : node);
  const j = sizeOf(index.shape);
  const n = i === 0 ? 0 : sizeOf(x.shape) / i;
  const y = rows(reshape(lane(x), [n, i]), reshape(index, [j]), reshape(lane(updates), [j, i]), reduction);
  return cast(reshape(y, x.shape), x.dtype);
}

/**
 * `x` with `updates[…]` written at `index[…]` along `axis`, at the same place of the other axes, where the index may be
 * smaller than x. Of equal positions the last wins; negative ones count from the end.
 */
export function scatterElements(
  x: Node,
  index: Node,
  updates: Node,
  axis: number,
  reduction: ScatterReduction = "none",
): Node {
  const at = normalizeAxis("scatter", axis, x.shape.length);
  const fits = index.shape.length === x.shape.length && sameShape(index.shape, updates.shape);
  if (!fits || index.shape.some((size, d) => d !== at && size > (x.shape[d] as number))) {
    throw new ShapeError(
      `scatter: cannot write ${formatShape(updates.shape)} into ${formatShape(x.shape)} at ${formatShape(index.shape)}: wanted an index of the updates' shape within the sizes of the tensor other than axis ${at}`,
    );
  }
  return scatter("scatter", x, elementPositions("scatter", x.shape, index, at), updates, 1, reduction);
}

/** Elements of `x` along `axis`, at the same place of the other axes, where the index may be smaller than x. */
export function gatherElements(x: Node, index: Node, axis: number): Node {
  const at = normalizeAxis("gather", axis, x.shape.length);
  return take(reshape(x, [sizeOf(x.shape)]), elementPositions("gather", x.shape, index, at), 0);
}

/** Row-major positions of the elements that `index` names along an axis. */
function elementPositions(op: string, shape: Shape, index: Node, axis: number): Node {
  const strides = contiguousStrides(shape);
  const inside = indexWithin(op, index, shape[axis] as number);
  let position = mul(inside, num(strides[axis] as number, inside));
  for (let d = 0; d < shape.length; d++) {
    const size = index.shape[d] as number;
    if (d === axis || size === 1) continue;
    const coordinate = iota(size, 0, strides[d] as number, "int32");
    position = add(position, reshape(coordinate, [size, ...new Array<number>(shape.length - 1 - d).fill(1)]));
  }
  return position;
}

/** `x` with slices written at index tuples: the last axis of `index` holds the tuples. Of equal ones the last wins. */
export function scatterNd(x: Node, index: Node, updates: Node, reduction: ScatterReduction = "none"): Node {
  const { q, position } = tuplePositions("scatterNd", x.shape, index, 0);
  const wanted = [...index.shape.slice(0, -1), ...x.shape.slice(q)];
  if (!sameShape(updates.shape, wanted)) {
    throw new ShapeError(
      `scatterNd: cannot write ${formatShape(updates.shape)} into ${formatShape(x.shape)} at ${formatShape(index.shape)}: wanted updates of ${formatShape(wanted)}`,
    );
  }
  return scatter("scatterNd", x, position, updates, sizeOf(x.shape.slice(q)), reduction);
}

/** Slices of `x` at index tuples, which the last axis of `index` holds; the first `batch` axes go together. */
export function gatherNd(x: Node, index: Node, batch = 0): Node {
  const { q, position } = tuplePositions("gatherNd", x.shape, index, batch);
  const inner = x.shape.slice(q);
  const table = reshape(x, [sizeOf(x.shape.slice(0, q)), ...inner]);
  return take(table, position, 0);
}

/** The leading axes that tuples name, batch axes included, and their row-major positions in them. */
function tuplePositions(op: string, shape: Shape, index: Node, batch: number): { q: number; position: Node } {
  const rank = index.shape.length;
  const length = index.shape[rank - 1] ?? 0;
  const q = batch + length;
  const lead = index.shape.slice(0, -1);
  if (
    rank === 0 ||
    q > shape.length ||
    lead.length < batch ||
    !sameShape(lead.slice(0, batch), shape.slice(0, batch))
  ) {
    throw new ShapeError(
      `${op}: cannot index ${formatShape(shape)} by ${formatShape(index.shape)} with ${batch} batch axes: wanted tuples of at most ${shape.length - batch} in the last axis`,
    );
  }
  const strides = contiguousStrides(shape.slice(0, q));
  let position = expand(constant(0, "int32"), lead);
  for (let d = 0; d < batch; d++) {
    const coordinate = iota(shape[d] as number, 0, strides[d] as number, "int32");
    position = add(
      position,
      reshape(coordinate, [shape[d] as number, ...new Array<number>(lead.length - 1 - d).fill(1)]),
    );
  }
  for (let d = 0; d < length; d++) {
    const starts = index.shape.map((_, axis) => (axis === rank - 1 ? d : 0));
    const column = reshape(slice(index, starts, index.shape.with(-1, 1)), lead);
    const inside = indexWithin(op, column, shape[batch + d] as number);
    position = add(position, mul(inside, num(strides[batch + d] as number, inside)));
  }
  return { q, position };
}
