/** What a case of the comparison with wasm is, and the numbers that cases are made of. */
import { type Tensor, tensor } from "../../ts/index.ts";

export interface Case {
  readonly name: string;
  readonly build: () => Tensor | Promise<Tensor>;
  readonly tolerance: Tolerance;
}

/** Greatest difference, relative to each element or, for sums, to at least the root mean square of all. */
export interface Tolerance {
  readonly bound: number;
  readonly of: "element" | "all";
}

export const exact: Tolerance = { bound: 0, of: "element" };
/** A few units in the last place. */
export const close: Tolerance = { bound: 1e-5, of: "element" };
/** Sums of float32 in another order. */
export const reordered: Tolerance = { bound: 1e-5, of: "all" };

/** A number of the hash of i, in ±1. */
export const noise = (n: number, scale = 1, shift = 0): Float32Array =>
  Float32Array.from({ length: n }, (_, i) => ((((i + 1) * 2654435761) % 4096) / 2048 - 1) * scale + shift);
/** Such numbers under a shape. */
export const filled = (shape: number[], scale?: number, shift?: number): Tensor =>
  tensor(
    noise(
      shape.reduce((n, size) => n * size, 1),
      scale,
      shift,
    ),
    { shape },
  );
