/** Arithmetic of shapes, axes and strides. A shape lists sizes outermost first; rank 0 is a scalar. */
import { ShapeError } from "./errors.ts";

/** Sizes of the axes, outermost first; [] is a scalar. */
export type Shape = readonly number[];

/** Number of elements. */
export function sizeOf(shape: Shape): number {
  let size = 1;
  for (let i = 0; i < shape.length; i++) size *= shape[i] as number;
  return size;
}

export function sameShape(a: Shape, b: Shape): boolean {
  if (a === b) return true;
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
}

/** Strides of a row-major contiguous tensor, in elements. */
export function contiguousStrides(shape: Shape): number[] {
  const strides = new Array<number>(shape.length);
  let stride = 1;
  for (let i = shape.length - 1; i >= 0; i--) {
    strides[i] = stride;
    stride *= shape[i] as number;
  }
  return strides;
}

export function formatShape(shape: Shape): string {
  return `[${shape.join(", ")}]`;
}

/** Throws unless every size is a safe non-negative integer and so is their product. */
export function checkShape(op: string, shape: Shape): void {
  if (!Array.isArray(shape))
    throw new ShapeError(`${op}: cannot make a tensor of shape ${String(shape)}: wanted a list of sizes`);
  for (const size of shape) {
    if (!Number.isInteger(size) || size < 0) {
      throw new ShapeError(
        `${op}: cannot make a tensor of shape ${formatShape(shape)}: sizes must be integers of at least 0`,
      );
    }
  }
  if (shape.length > 30) {
    throw new ShapeError(`${op}: cannot make a tensor of rank ${shape.length}: wanted at most 30 axes`);
  }
  if (sizeOf(shape) > 2 ** 31 - 1) {
    throw new ShapeError(`${op}: cannot make a tensor of shape ${formatShape(shape)}: more than 2^31 - 1 elements`);
  }
}

/** The shape that both broadcast to, by NumPy's rule. */
export function broadcastShapes(op: string, a: Shape, b: Shape): Shape {
  if (b.length === 0 || sameShape(a, b)) return a;
  if (a.length === 0) return b;
  const rank = Math.max(a.length, b.length);
  const out = new Array<number>(rank);
  for (let i = 0; i < rank; i++) {
    const x = a[a.length - rank + i] ?? 1;
    const y = b[b.length - rank + i] ?? 1;
    if (x !== y && x !== 1 && y !== 1) {
      throw new ShapeError(
        `${op}: cannot broadcast ${formatShape(a)} with ${formatShape(b)}: sizes ${x} and ${y} differ, one of them must be 1`,
      );
    }
    out[i] = x === 1 ? y : x;
  }
  return out;
}

/** An axis as a number in 0 … rank - 1; negative axes count from the end. */
export function normalizeAxis(op: string, axis: number, rank: number): number {
  const normal = axis < 0 ? axis + rank : axis;
  if (!Number.isInteger(axis) || normal < 0 || normal >= rank) {
    throw new ShapeError(
      `${op}: cannot use axis ${axis}: the tensor has rank ${rank}, wanted an integer in [${-rank}, ${rank})`,
    );
  }
  return normal;
}

/** Axes, sorted and without repeats; undefined is all of them. */
export function normalizeAxes(op: string, axes: number | readonly number[] | undefined, rank: number): number[] {
  if (axes === undefined) return Array.from({ length: rank }, (_, i) => i);
  const list = typeof axes === "number" ? [axes] : axes;
  const normal = list.map((axis) => normalizeAxis(op, axis, rank)).sort((a, b) => a - b);
  for (let i = 1; i < normal.length; i++) {
    if (normal[i] === normal[i - 1])
      throw new ShapeError(`${op}: cannot use axes [${list.join(", ")}]: axis ${normal[i]} repeats`);
  }
  return normal;
}
