/**
 * The discrete Fourier transform (Cooley, Tukey 1965; self-sorting, after Stockham). Complex numbers are a last axis of two:
 * real and imaginary part.
 */
import { DTypeError, ShapeError } from "../core/errors.ts";
import { formatShape, sizeOf } from "../core/shape.ts";
import { Node, type Op } from "../graph/node.ts";
import { mul, num } from "./elementwise.ts";
import { reshape, slice } from "./movement.ts";

const fftOp: Op = {
  name: "fft",
  kind: "kernel",
  // The matrix is symmetric and its inverse is its conjugate / n: dx = n fft⁻¹(dy), for the inverse fft(dy) / n
  gradient: (dy, { inputs: [x], attrs }) => {
    const inverse = attrs["inverse"] === true;
    const n = dy.shape[1] as number;
    const g = transform(dy, !inverse);
    const dx = mul(g, num(inverse ? 1 / n : n, g));
    const shape = (x as Node).shape;
    return [shape.length === 3 ? dx : reshape(slice(dx, [0, 0, 0], [...shape, 1]), shape)];
  },
};

/** The ops of this family. */
export const ops: readonly Op[] = [fftOp];

/** Rows [rows, n, 2], or real rows [rows, n]. */
function transform(rows: Node, inverse: boolean): Node {
  return new Node(fftOp, [rows], { inverse }, [...rows.shape.slice(0, 2), 2], "float32");
}

/** Σ x[k] e^(∓2πijk / n) over the axis before the last of x [..., n, 2] or [..., n, 1] (real); the inverse is divided by n. */
export function fft(x: Node, inverse: boolean): Node {
  const n = x.shape.at(-2) ?? 0;
  const parts = x.shape.at(-1) ?? 0;
  if (x.shape.length < 2 || n === 0 || (parts !== 1 && parts !== 2)) {
    throw new ShapeError(`fft: cannot transform ${formatShape(x.shape)}: wanted [..., n, 2], or [..., n, 1] for real`);
  }
  if (x.dtype !== "float32") throw new DTypeError(`fft: cannot transform ${x.dtype}: wanted float32`);
  const rows = sizeOf(x.shape.slice(0, -2));
  const y = transform(reshape(x, parts === 1 ? [rows, n] : [rows, n, 2]), inverse);
  return reshape(y, [...x.shape.slice(0, -1), 2]);
}

/** Factors of a length in the order of the transform's stages: fours first, which cost least, then primes. */
export function factorsOf(n: number): number[] {
  const factors: number[] = [];
  for (let r = 4; n > 1; r = r === 4 ? 2 : r === 2 ? 3 : r + 2) {
    for (; n % r === 0; n /= r) factors.push(r);
    if (r > 4 && r * r > n && n > 1) {
      factors.push(n);
      break;
    }
  }
  return factors;
}
