/**
 * Movement: where elements lie, never what they are.
 *
 * reshape, permute and slice are views; pad and concat write into windows of their output.
 */
import { DTypeError, ShapeError } from "../core/errors.ts";
import { checkShape, formatShape, normalizeAxis, type Shape, sameShape, sizeOf } from "../core/shape.ts";
import { Node, noAttrs, type Op } from "../graph/node.ts";

const reshapeOp: Op = {
  name: "reshape",
  kind: "view",
  // dx = dy in the shape of x
  gradient: (dy, { inputs: [x] }) => [reshape(dy, (x as Node).shape)],
};

const permuteOp: Op = {
  name: "permute",
  kind: "view",
  // dx = dy with the axes put back
  gradient: (dy, { attrs }) => {
    const axes = attrs["axes"] as readonly number[];
    const inverse = new Array<number>(axes.length);
    for (let i = 0; i < axes.length; i++) inverse[axes[i] as number] = i;
    return [permute(dy, inverse)];
  },
};

const sliceOp: Op = {
  name: "slice",
  kind: "view",
  // dx = dy put back where it was read, 0 elsewhere
  gradient: (dy, { inputs: [x], attrs }) => {
    const starts = attrs["starts"] as readonly number[];
    const steps = attrs["steps"] as readonly number[];
    return [embed(dy, (x as Node).shape, starts, steps)];
  },
};

const detachOp: Op = { name: "detach", kind: "view", gradient: null };

const embedOp: Op = {
  name: "embed",
  kind: "join",
  // dx = dy read where x was written
  gradient: (dy, { inputs: [x], attrs }) => {
    const starts = attrs["starts"] as readonly number[];
    const steps = attrs["steps"] as readonly number[];
    return [slice(dy, starts, (x as Node).shape, steps), null];
  },
};

const concatOp: Op = {
  name: "concat",
  kind: "join",
  // dx_i = dy read where x_i was written
  gradient: (dy, { inputs, attrs }) => {
    const axis = attrs["axis"] as number;
    let at = 0;
    return inputs.map((x) => {
      const starts = dy.shape.map((_, i) => (i === axis ? at : 0));
      at += x.shape[axis] as number;
      return slice(dy, starts, x.shape);
    });
  },
};

/** The ops of this family. */
export const ops: readonly Op[] = [detachOp, reshapeOp, permuteOp, sliceOp, embedOp, concatOp];

/** The same elements in row-major order under another shape; one size may be -1. */
export function reshape(x: Node, shape: Shape): Node {
  if (sameShape(x.shape, shape)) return x;
  const open = shape.indexOf(-1);
  let wanted = shape;
  if (open >= 0) {
    const rest = shape.reduce((product, size, i) => (i === open ? product : product * size), 1);
    wanted = shape.with(open, rest === 0 ? 0 : sizeOf(x.shape) / rest);
  }
  if (sizeOf(wanted) !== sizeOf(x.shape) || wanted.some((size) => size < 0 || !Number.isInteger(size))) {
    throw new ShapeError(
      `reshape: cannot view ${formatShape(x.shape)} as ${formatShape(shape)}: it has ${sizeOf(x.shape)} elements, wanted ${open >= 0 ? "a multiple of the other sizes" : sizeOf(wanted)}`,
    );
  }
  return new Node(reshapeOp, [x], noAttrs, wanted, x.dtype);
}

/** The same value, through which no gradient flows: not even to a leaf that gradients are asked for later. */
export function detach(x: Node): Node {
  return new Node(detachOp, [x], noAttrs, x.shape, x.dtype);
}

/** Axis `i` of the result is axis `axes[i]` of `x`. */
export function permute(x: Node, axes: readonly number[]): Node {
  const { shape } = x;
  const rank = shape.length;
  const normal = new Array<number>(axes.length);
  const sizes = new Array<number>(axes.length);
  let seen = 0;
  let moved = false;
  for (let i = 0; i < axes.length; i++) {
    const axis = normalizeAxis("permute", axes[i] as number, rank);
    normal[i] = axis;
    sizes[i] = shape[axis] as number;
    seen |= 1 << axis;
    moved ||= axis !== i;
  }
  if (axes.length !== rank || seen !== (1 << rank) - 1) {
    throw new ShapeError(
      `permute: cannot order ${formatShape(shape)} by [${axes.join(", ")}]: wanted each of its ${rank} axes once`,
    );
  }
  return moved ? new Node(permuteOp, [x], { axes: normal }, sizes, x.dtype) : x;
}

/** Elements `starts[i] + j * steps[i]` of every axis, `sizes[i]` of them; a step may be negative. */
export function slice(x: Node, starts: Shape, sizes: Shape, steps: readonly number[] = starts.map(() => 1)): Node {
  checkWindow("slice", x.shape, starts, sizes, steps);
  if (sameShape(sizes, x.shape) && steps.every((step) => step === 1)) return x;
  return new Node(sliceOp, [x], { starts, steps }, sizes, x.dtype);
}

/** Writes `x` into the window of a tensor of `shape` that {@link slice} would read; `fill` (rank 0) elsewhere, 0 when absent. */
export function embed(x: Node, shape: Shape, starts: Shape, steps: readonly number[], fill?: Node): Node {
  checkShape("pad", shape);
  checkWindow("pad", shape, starts, x.shape, steps);
  if (sameShape(shape, x.shape) && steps.every((step) => step === 1)) return x;
  return new Node(embedOp, fill === undefined ? [x] : [x, fill], { starts, steps }, shape, x.dtype);
}

/** Adds `before[i]` and `after[i]` elements of `fill` (0 when absent) around every axis. */
export function pad(x: Node, before: readonly number[], after: readonly number[], fill?: Node): Node {
  const shape = x.shape.map((size, i) => size + (before[i] as number) + (after[i] as number));
  return embed(
    x,
    shape,
    before,
    x.shape.map(() => 1),
    fill,
  );
}

/** Reverses the order along axes. */
export function flip(x: Node, axes: readonly number[]): Node {
  const starts = x.shape.map((size, i) => (axes.includes(i) ? Math.max(size - 1, 0) : 0));
  if (sizeOf(x.shape) === 0) return x;
  return slice(
    x,
    starts,
    x.shape,
    x.shape.map((_, i) => (axes.includes(i) ? -1 : 1)),
  );
}

/** Joins along an axis; all other sizes and the dtypes must agree. */
export function concat(xs: readonly Node[], axis: number): Node {
  const first = xs[0];
  if (first === undefined) throw new ShapeError("concat: cannot join 0 tensors: wanted at least 1");
  const normal = normalizeAxis("concat", axis, first.shape.length);
  let total = 0;
  for (const x of xs) {
    if (x.dtype !== first.dtype) {
      throw new DTypeError(`concat: cannot join ${first.dtype} and ${x.dtype}: wanted one dtype`);
    }
    if (x.shape.length !== first.shape.length || x.shape.some((size, i) => i !== normal && size !== first.shape[i])) {
      throw new ShapeError(
        `concat: cannot join ${formatShape(first.shape)} and ${formatShape(x.shape)} along axis ${normal}: other sizes differ`,
      );
    }
    total += x.shape[normal] as number;
  }
  if (xs.length === 1) return first;
  return new Node(concatOp, xs, { axis: normal }, first.shape.with(normal, total), first.dtype);
}

function checkWindow(op: string, shape: Shape, starts: Shape, sizes: Shape, steps: readonly number[]): void {
  let fits = starts.length === shape.length && sizes.length === shape.length && steps.length === shape.length;
  for (let i = 0; fits && i < shape.length; i++) {
    const [start, size, step] = [starts[i] as number, sizes[i] as number, steps[i] as number];
    const last = start + (size - 1) * step;
    const within = (index: number) => index >= 0 && index < (shape[i] as number);
    fits = Number.isInteger(start) && Number.isInteger(size) && Number.isInteger(step) && step !== 0 && size >= 0;
    fits &&= size === 0 || (within(start) && within(last));
  }
  if (!fits) {
    throw new ShapeError(
      `${op}: cannot place a window of ${formatShape(sizes)} from [${starts.join(", ")}] by steps [${steps.join(", ")}] in ${formatShape(shape)}: it leaves the tensor`,
    );
  }
}
