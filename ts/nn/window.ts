/** Options of layers that slide a window over planes, as PyTorch reads them. */
import { ShapeError } from "../core/errors.ts";
import { formatShape } from "../core/shape.ts";
import type { Tensor } from "../tensor/tensor.ts";

/** One number for rows and columns, or [rows, columns]. */
export type Pair = number | readonly [rows: number, columns: number];

/** Zeros at top, left, bottom and right. */
export type Sides = readonly [top: number, left: number, bottom: number, right: number];

export function pairOf(value: Pair): readonly [number, number] {
  return typeof value === "number" ? [value, value] : value;
}

/** Padding given by one number, by [rows, columns] (each on both sides), or side by side. */
export function sidesOf(padding: Pair | Sides): Sides {
  if (typeof padding !== "number" && padding.length === 4) return padding;
  const [rows, columns] = pairOf(padding);
  return [rows, columns, rows, columns];
}

/** Padding that keeps the size of the plane at stride 1; an odd row or column goes to the bottom or right. */
export function sameSides(kernel: readonly [number, number], dilation: readonly [number, number]): Sides {
  const rows = dilation[0] * (kernel[0] - 1);
  const columns = dilation[1] * (kernel[1] - 1);
  const [top, left] = [Math.floor(rows / 2), Math.floor(columns / 2)];
  return [top, left, rows - top, columns - left];
}

/** Applies a function of [n, c, h, w] to that or to one image [c, h, w]. */
export function planes(op: string, x: Tensor, apply: (batch: Tensor) => Tensor): Tensor {
  if (x.rank === 4) return apply(x);
  if (x.rank !== 3) throw new ShapeError(`${op}: cannot use ${formatShape(x.shape)}: wanted [n, c, h, w] or [c, h, w]`);
  const y = apply(x.reshape([1, ...x.shape]));
  return y.reshape(y.shape.slice(1));
}

/** Throws unless every number is an integer of at least 1. */
export function checkCounts(op: string, counts: Readonly<Record<string, number>>): void {
  for (const [name, count] of Object.entries(counts)) {
    if (!Number.isInteger(count) || count < 1) {
      throw new ShapeError(`${op}: cannot use ${name} ${count}: wanted an integer of at least 1`);
    }
  }
}
