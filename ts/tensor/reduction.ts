/** Methods of tensors that reduce axes, and products of matrices. Axes disappear unless `keepdim` is set. */

import { dtypes } from "../core/dtype.ts";
import { ShapeError } from "../core/errors.ts";
import { normalizeAxes, sizeOf } from "../core/shape.ts";
import type { Node } from "../graph/node.ts";
import { keptShape, sum } from "../ops/broadcast.ts";
import { cast, div, mul, not, num, sqrt, sub } from "../ops/elementwise.ts";
import { real } from "../ops/lane.ts";
import { matmul } from "../ops/matmul.ts";
import { reshape } from "../ops/movement.ts";
import { argmax, argmin, max, mean, min, prod } from "../ops/reduce.ts";
import { logSoftmax, softmax } from "../ops/softmax.ts";
import type { Axes, Chosen } from "./handle.ts";
import { Movement } from "./movement.ts";

/** `true`, or `{ keepdim: true }`: reduced axes stay with size 1. */
export type Keep = boolean | KeepOptions;

/** Options of `var` and `std`. */
export interface VarianceOptions extends KeepOptions {
  /** What is subtracted from the number of elements; default 1: unbiased, as in PyTorch. */
  readonly correction?: number;
}

/** Whether reduced axes stay. */
export interface KeepOptions {
  /** Reduced axes stay with size 1; default false. */
  readonly keepdim?: boolean;
}

type Reduce = (x: Node, axes?: readonly number[]) => Node;

export abstract class Reduction<T extends Reduction<T>> extends Movement<T> {
  /**
   * Sum over axes (all when absent); bool counts.
   *
   * @example
   * await tensor([[1, 2], [3, 4]]).sum(0).array(); // [4, 6]
   * await tensor([[1, 2], [3, 4]]).sum(1, { keepdim: true }).array(); // [[3], [7]]
   */
  sum(axes?: Axes, keep: Keep = false): T {
    return this.#reduce((x, list) => sum(counted(x), list), axes, keep);
  }
  /**
   * Mean over axes.
   *
   * @example
   * await tensor([[1, 2], [3, 6]]).mean(1).array(); // [1.5, 4.5]
   */
  mean(axes?: Axes, keep: Keep = false): T {
    return this.#reduce(mean, axes, keep);
  }
  /**
   * Product over axes.
   *
   * @example
   * await tensor([[1, 2], [3, 4]]).prod().item(); // 24
   */
  prod(axes?: Axes, keep: Keep = false): T {
    return this.#reduce((x, list) => prod(counted(x), list), axes, keep);
  }
  /**
   * Largest element over axes; equal ones share the gradient.
   *
   * @example
   * await tensor([[1, 5], [7, 3]]).amax(1).array(); // [5, 7]
   */
  amax(axes?: Axes, keep: Keep = false): T {
    return this.#reduce(max, axes, keep);
  }
  /**
   * Smallest element over axes; equal ones share the gradient.
   *
   * @example
   * await tensor([[1, 5], [7, 3]]).amin(1).array(); // [1, 3]
   */
  amin(axes?: Axes, keep: Keep = false): T {
    return this.#reduce(min, axes, keep);
  }
  /**
   * The largest element of all; along one axis the values with their positions, as PyTorch has it.
   *
   * @example
   * await tensor([[1, 5], [7, 3]]).max(1).indices.array(); // [1, 0]
   */
  max(): T;
  max(axis: number, keep?: Keep): Chosen<T>;
  max(axis?: number, keep: Keep = false): T | Chosen<T> {
    return axis === undefined ? this.amax() : { values: this.amax(axis, keep), indices: this.argmax(axis, keep) };
  }
  /**
   * The smallest element of all; along one axis the values with their positions, as PyTorch has it.
   *
   * @example
   * await tensor([[1, 5], [7, 3]]).min(1).values.array(); // [1, 3]
   */
  min(): T;
  min(axis: number, keep?: Keep): Chosen<T>;
  min(axis?: number, keep: Keep = false): T | Chosen<T> {
    return axis === undefined ? this.amin() : { values: this.amin(axis, keep), indices: this.argmin(axis, keep) };
  }
  /**
   * Position of the first largest element along an axis, or in the flattened tensor; int32.
   *
   * @example
   * await tensor([[1, 5], [7, 3]]).argmax(1).array(); // [1, 0]
   */
  argmax(axis?: number | null, keep: Keep = false): T {
    return this.#position(argmax, axis, keep);
  }
  /**
   * Position of the first smallest element along an axis, or in the flattened tensor; int32.
   *
   * @example
   * await tensor([[1, 5], [7, 3]]).argmin(1).array(); // [0, 1]
   */
  argmin(axis?: number | null, keep: Keep = false): T {
    return this.#position(argmin, axis, keep);
  }
  /**
   * Whether any element is true (not 0).
   *
   * @example
   * await tensor([[0, 1], [0, 0]]).any(1).array(); // [true, false]
   */
  any(axes?: Axes, keep: Keep = false): T {
    return this.#reduce((x, list) => max(not(not(x)), list), axes, keep);
  }
  /**
   * Whether all elements are true (not 0).
   *
   * @example
   * await tensor([[1, 1], [0, 1]]).all(1).array(); // [true, false]
   */
  all(axes?: Axes, keep: Keep = false): T {
    return this.#reduce((x, list) => min(not(not(x)), list), axes, keep);
  }
  /**
   * Variance over axes; `correction` is subtracted from the count (1: unbiased, as in PyTorch).
   *
   * @example
   * await tensor([1, 2, 3, 4, 5]).var().item(); // 2.5
   */
  var(axes?: Axes, options: VarianceOptions = {}): T {
    return this.#reduce((x, list) => variance(x, list, options.correction ?? 1), axes, options);
  }
  /**
   * Standard deviation over axes; see {@link var}.
   *
   * @example
   * await tensor([2, 4]).std(0, { correction: 0 }).item(); // 1
   */
  std(axes?: Axes, options: VarianceOptions = {}): T {
    return this.wrap(sqrt(this.var(axes, options).node));
  }

  /**
   * exp(x) / Σ exp(x) along an axis.
   *
   * @example
   * await tensor([0, 0, 0, 0]).softmax(0).array(); // [0.25, 0.25, 0.25, 0.25]
   */
  softmax(axis: number): T {
    return this.wrap(softmax(this.node, axis));
  }
  /**
   * x - ln Σ exp(x) along an axis.
   *
   * @example
   * await tensor([1, 1]).logSoftmax(0).array(); // [-0.6931472, -0.6931472]
   */
  logSoftmax(axis: number): T {
    return this.wrap(logSoftmax(this.node, axis));
  }
  /**
   * Matrix product of the last two axes, batched over the others: [..., m, k] × [..., k, n] → [..., m, n]. Vectors are
   * taken as one row or column. Throws {@link ShapeError} where inner sizes differ.
   *
   * @example
   * await tensor([[1, 2], [3, 4]]).matmul(tensor([1, 1])).array(); // [3, 7]
   */
  matmul(other: T): T {
    return this.wrap(matmul(this.node, other.node));
  }
  /**
   * Product of two matrices, no batch. Throws {@link ShapeError} for other ranks and where inner sizes differ.
   *
   * @example
   * await tensor([[1, 2]]).mm(tensor([[3], [4]])).array(); // [[11]]
   */
  mm(other: T): T {
    return this.#ranked("mm", 2, other);
  }
  /**
   * Product of two batches of matrices. Throws {@link ShapeError} for other ranks and where sizes differ.
   *
   * @example
   * await tensor([[[1, 2]]]).bmm(tensor([[[3], [4]]])).array(); // [[[11]]]
   */
  bmm(other: T): T {
    return this.#ranked("bmm", 3, other);
  }
  /**
   * Sum of products of two vectors. Throws {@link ShapeError} for other ranks and lengths.
   *
   * @example
   * await tensor([1, 2]).dot(tensor([3, 4])).item(); // 11
   */
  dot(other: T): T {
    return this.#ranked("dot", 1, other);
  }

  #ranked(op: string, rank: number, other: T): T {
    if (this.rank !== rank || other.rank !== rank) {
      throw new ShapeError(`${op}: cannot multiply rank ${this.rank} by rank ${other.rank}: wanted rank ${rank} twice`);
    }
    return this.matmul(other);
  }

  #reduce(op: Reduce, axes: Axes | undefined, keep: Keep): T {
    const list = normalizeAxes("reduce", axes ?? undefined, this.rank);
    const result = op(this.node, list);
    return this.wrap(kept(keep) ? reshape(result, keptShape(this.shape, list)) : result);
  }

  #position(op: (x: Node, axis: number) => Node, axis: number | null | undefined, keep: Keep): T {
    if (axis === undefined || axis === null) return this.wrap(op(reshape(this.node, [-1]), 0));
    return this.#reduce((x, list) => op(x, list?.[0] as number), axis, keep);
  }
}

function counted(x: Node): Node {
  const { float, bits } = dtypes[x.dtype];
  return float || bits >= 32 ? x : cast(x, "int32");
}

const kept = (keep: Keep): boolean => (typeof keep === "boolean" ? keep : keep.keepdim === true);

function variance(input: Node, axes: readonly number[] | undefined, correction: number): Node {
  const x = real(input);
  const list = axes ?? x.shape.map((_, i) => i);
  const difference = sub(x, reshape(mean(x, list), keptShape(x.shape, list)));
  const total = sum(mul(difference, difference), list);
  const count = sizeOf(list.map((axis) => x.shape[axis] as number));
  return div(total, num(Math.max(0, count - correction), total));
}
