/** Datasets: items by number, and parts of datasets. */
import { Generator, generator, type Key, shuffle } from "../core/random.ts";
import type { Tensor } from "../tensor/tensor.ts";

/** The tensors of several items, under the names that an item has; to be trained on they need `x` and `y`. */
export type BatchOf<T> = { readonly [K in keyof T]: Tensor };

/**
 * Items by their number. An item of a {@link DataLoader} is a record of numbers, typed arrays or `{ data, shape }`, every
 * item with the same names and shapes.
 */
export interface Dataset<T> {
  /** Number of items. */
  readonly length: number;
  /** The item of a number from 0. */
  get(index: number): T | Promise<T>;
  /** Several items as one batch, for a dataset that has a faster way than stacking items. */
  batch?(indices: Int32Array): BatchOf<T>;
}

/** What makes a batch of items. */
export type Batched<T> = (indices: Int32Array) => BatchOf<T>;

/**
 * Some items of another dataset, in a given order.
 *
 * @example
 * const dataset = data.arrayDataset({ x: [[0, 0], [0, 1], [1, 0], [1, 1]], y: Int32Array.of(0, 1, 1, 0) });
 * new data.Subset(dataset, Int32Array.of(3, 1)).length; // 2
 */
export class Subset<T> implements Dataset<T> {
  /** The whole. */
  readonly dataset: Dataset<T>;
  /** Numbers of the items that are taken, in their order. */
  readonly indices: Int32Array;
  readonly batch?: Batched<T>;

  constructor(dataset: Dataset<T>, indices: Int32Array) {
    this.dataset = dataset;
    this.indices = indices;
    if (dataset.batch !== undefined) {
      const whole = dataset as Required<Dataset<T>>;
      this.batch = (wanted) => whole.batch(wanted.map((i) => indices[i] as number));
    }
  }

  /** Number of items. */
  get length(): number {
    return this.indices.length;
  }

  /** One item, by its position in the subset. */
  get(index: number): T | Promise<T> {
    return this.dataset.get(this.indices[index] as number);
  }
}

/** Keys of a seed of one's own, or of the default generator. */
export function keysOf(seed: number | undefined): { next(): Key } {
  return seed === undefined ? generator : new Generator(seed);
}

/**
 * Parts of a dataset by chance, without overlap: fractions of at most 1 in all, a rest left out. The same seed makes the
 * same parts; without one the default generator decides. Throws `RangeError` for fractions that are not above 0 or more than 1
 * in all, and where a part would be empty.
 *
 * @example
 * const dataset = data.arrayDataset({ x: [[0, 0], [0, 1], [1, 0], [1, 1]], y: Int32Array.of(0, 1, 1, 0) });
 * const [train, validate] = data.split(dataset, [0.75, 0.25], 1);
 * [train.length, validate.length]; // [3, 1]
 */
export function split<T, const F extends readonly number[]>(
  dataset: Dataset<T>,
  fractions: F,
  seed?: number,
): { -readonly [I in keyof F]: Subset<T> } {
  const whole = fractions.reduce((sum, fraction) => sum + fraction, 0);
  if (!fractions.every((fraction) => fraction > 0) || whole > 1 + 1e-9) {
    throw new RangeError(
      `split: cannot split by [${fractions.join(", ")}]: wanted fractions above 0 and at most 1 in all`,
    );
  }
  const order = shuffle(dataset.length, keysOf(seed).next());
  let edge = 0;
  let start = 0;
  const parts = fractions.map((fraction, part) => {
    edge += fraction;
    const end = Math.min(Math.round(edge * dataset.length), dataset.length);
    if (end === start) {
      throw new RangeError(
        `split: cannot take ${fraction} of ${dataset.length} items: part ${part} would be empty, wanted at least 1 item`,
      );
    }
    const own = new Subset(dataset, order.subarray(start, end));
    start = end;
    return own;
  });
  return parts as { -readonly [I in keyof F]: Subset<T> };
}
