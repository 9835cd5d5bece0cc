/** One row of the table of ops: what to compute on hebb, and what it must be. */
import { load, store } from "../../ts/core/storage.ts";
import type * as Hebb from "../../ts/index.ts";
import type { Tensor } from "../../ts/index.ts";
import type { Array64 } from "./oracle.ts";

export interface Input {
  readonly shape: readonly number[];
  /** Values by position; by default spread over [low, high] without repeats. */
  readonly values?: (i: number) => number;
  readonly low?: number;
  readonly high?: number;
  /** Where the spread starts, so that two inputs differ; default 0. */
  readonly phase?: number;
  readonly dtype?: Hebb.DType;
}

export interface Case {
  readonly name: string;
  readonly inputs: readonly Input[];
  readonly run: (hebb: typeof Hebb, ...x: Tensor[]) => Tensor;
  readonly oracle: (...x: Array64[]) => Array64;
  /** Largest error relative to the largest value (at least 1); default {@link close}. */
  readonly tolerance?: number;
  /** Inputs to differentiate by; default all of float32. False: the op has no gradient. */
  readonly gradient?: false | readonly number[];
}

/** A few roundings of float32. */
export const close = 2e-6;
/** Sums of some hundred terms, compositions of several functions. */
export const approx = 2e-5;

/** The values of an input, exact in its dtype. */
export function valuesOf({
  shape,
  values: given,
  low = -2,
  high = 2,
  phase = 0,
  dtype = "float32",
}: Input): Float64Array {
  const size = shape.reduce((product, length) => product * length, 1);
  // Multiples of the golden ratio, without their whole parts, are spread evenly and never meet.
  const value = given ?? ((i) => low + (high - low) * (((i + 1) * 0.6180339887498949 + phase) % 1));
  const all = Array.from({ length: size }, (_, i) => value(i));
  return Float64Array.from(load(dtype, store(dtype, all)));
}
