/**
 * Where the elements of a resized axis are read: coordinates in the original, and the neighbours that are weighed.
 *
 * An output element j lies at a coordinate of the original axis by one of several conventions; `nearest` takes one
 * neighbour, `linear` two and `cubic` four, or more where an anti-aliasing filter is stretched to cover a smaller output.
 * Keys, Cubic convolution interpolation for digital image processing, 1981.
 */
import { UnsupportedError } from "../../core/errors.ts";

/** One axis: `length` elements become `size`, `scale` times as many (before rounding). */
export interface ResizedAxis {
  readonly length: number;
  readonly size: number;
  readonly scale: number;
  /** Part of the original, as fractions of length - 1; tf_crop_and_resize alone reads it. */
  readonly roi: readonly [start: number, end: number];
}

export interface Filter {
  readonly mode: string;
  /** Whether filters are stretched where the axis becomes smaller. */
  readonly antialias: boolean;
  /** Keys' a. */
  readonly cubicA: number;
  /** Whether neighbours outside the axis weigh nothing; else the first or last element stands for them. */
  readonly excludeOutside: boolean;
}

/** Coordinates of the outputs in the original axis. */
export function coordinatesOf(axis: ResizedAxis, mode: string): number[] {
  const place = placer(axis, mode);
  return Array.from({ length: axis.size }, (_, j) => place(j));
}

function placer({ length, size, scale, roi: [start, end] }: ResizedAxis, mode: string): (j: number) => number {
  const wide = scale * length;
  const last = length - 1;
  switch (mode) {
    case "half_pixel":
      return (j) => (j + 0.5) / scale - 0.5;
    case "half_pixel_symmetric": {
      const offset = (length / 2) * (1 - size / wide);
      return (j) => offset + (j + 0.5) / scale - 0.5;
    }
    case "pytorch_half_pixel":
      return (j) => (wide > 1 ? (j + 0.5) / scale - 0.5 : 0);
    case "align_corners":
      return (j) => (wide === 1 ? 0 : (j * last) / (wide - 1));
    case "asymmetric":
      return (j) => j / scale;
    case "tf_half_pixel_for_nn":
      return (j) => (j + 0.5) / scale;
    case "tf_crop_and_resize":
      return (j) => (wide > 1 ? start * last + (j * (end - start) * last) / (wide - 1) : 0.5 * (start + end) * last);
    default:
      throw new UnsupportedError(`coordinate_transformation_mode ${mode} is not supported`);
  }
}

const clamp = (at: number, length: number): number => Math.min(length - 1, Math.max(0, at));

const rounding: { readonly [mode: string]: (x: number) => number } = {
  round_prefer_floor: (x) => Math.ceil(x - 0.5),
  round_prefer_ceil: (x) => Math.floor(x + 0.5),
  floor: Math.floor,
  ceil: Math.ceil,
};

/** The element that stands for every coordinate. */
export function nearest(coordinates: readonly number[], length: number, mode: string): number[] {
  const round = rounding[mode];
  if (round === undefined) throw new UnsupportedError(`nearest_mode ${mode} is not supported`);
  return coordinates.map((x) => clamp(round(x), length));
}

export interface Taps {
  /** Neighbours of every coordinate, k after k. */
  readonly index: Int32Array;
  readonly weight: Float32Array;
  readonly k: number;
}

/** The neighbours of every coordinate and what they weigh. */
export function weigh(coordinates: readonly number[], { length, scale }: ResizedAxis, filter: Filter): Taps {
  const stretch = filter.antialias ? Math.min(scale, 1) : 1;
  const radius = filter.mode === "cubic" ? 2 : 1;
  // The taps of a coordinate in (c, c + 1] begin at c + first.
  const first = Math.floor(-radius / stretch) + 1;
  const k = 2 - 2 * first;
  const index = new Int32Array(coordinates.length * k);
  const weight = new Float32Array(coordinates.length * k);
  const heightOf = filter.mode === "cubic" ? (x: number) => cubic(Math.abs(x), filter.cubicA) : triangle;
  for (const [j, x] of coordinates.entries()) {
    const from = Math.ceil(x) - 1 + first;
    const heights = Array.from({ length: k }, (_, t) => {
      const outside = from + t < 0 || from + t >= length;
      return filter.excludeOutside && outside ? 0 : heightOf((from + t - x) * stretch);
    });
    const total = heights.reduce((sum, height) => sum + height, 0);
    const whole = (filter.antialias || filter.excludeOutside) && total !== 0 ? total : 1;
    for (let t = 0; t < k; t++) {
      index[j * k + t] = clamp(from + t, length);
      weight[j * k + t] = (heights[t] as number) / whole;
    }
  }
  return { index, weight, k };
}

const triangle = (x: number): number => Math.max(0, 1 - Math.abs(x));

function cubic(x: number, a: number): number {
  if (x <= 1) return ((a + 2) * x - (a + 3)) * x * x + 1;
  return x < 2 ? ((a * x - 5 * a) * x + 8 * a) * x - 4 * a : 0;
}
