/** Functions of tensors that order, accumulate and write along an axis. */
import { gather } from "../ops/gather.ts";
import { nonzero as nonzeroOp } from "../ops/nonzero.ts";
import { cumprod as cumprodOp, cumsum as cumsumOp, type ScanOptions } from "../ops/scan.ts";
import { type ScatterReduction, scatterElements } from "../ops/scatter.ts";
import { argsort as argsortOp, topk as topkOp } from "../ops/topk.ts";
import type { Chosen } from "./handle.ts";
import { Tensor } from "./tensor.ts";

const picked = (x: Tensor, axis: number, indices: Tensor["node"]): Chosen<Tensor> => ({
  values: new Tensor(gather(x.node, indices, axis)),
  indices: new Tensor(indices),
});

/**
 * The `k` largest (or smallest) elements along an axis, the best first, and their positions (int32). Equal elements keep
 * their order; NaN counts as greatest. Throws {@link ShapeError} where the axis is shorter than `k`.
 *
 * @example
 * const { values, indices } = topk(tensor([3, 1, 4, 1, 5]), 2);
 * await values.array(); // [5, 4]
 * await indices.array(); // [4, 2]
 */
export function topk(x: Tensor, k: number, axis = -1, options: { largest?: boolean } = {}): Chosen<Tensor> {
  return picked(x, axis, topkOp(x.node, k, axis, options.largest ?? true));
}

/**
 * The elements of an axis in ascending (or descending) order, and the positions they come from; equal ones keep their order.
 *
 * @example
 * await sort(tensor([3, 1, 2])).values.array(); // [1, 2, 3]
 */
export function sort(x: Tensor, axis = -1, options: { descending?: boolean } = {}): Chosen<Tensor> {
  return picked(x, axis, argsortOp(x.node, axis, options.descending ?? false));
}

/**
 * The positions (int32) that sort an axis; equal elements keep their order.
 *
 * @example
 * await argsort(tensor([3, 1, 2])).array(); // [1, 2, 0]
 */
export function argsort(x: Tensor, axis = -1, options: { descending?: boolean } = {}): Tensor {
  return new Tensor(argsortOp(x.node, axis, options.descending ?? false));
}

/**
 * Sums of the elements up to each along an axis. `exclusive` leaves an element's own value out, `reverse` starts at the end.
 *
 * @example
 * await cumsum(tensor([1, 2, 3]), 0).array(); // [1, 3, 6]
 * await cumsum(tensor([1, 2, 3]), 0, { exclusive: true, reverse: true }).array(); // [5, 3, 0]
 */
export function cumsum(x: Tensor, axis: number, options: ScanOptions = {}): Tensor {
  return new Tensor(cumsumOp(x.node, axis, options));
}

/**
 * Products of the elements up to each along an axis; options as in {@link cumsum}. The gradient is NaN where x is 0.
 *
 * @example
 * await cumprod(tensor([1, 2, 3]), 0).array(); // [1, 2, 6]
 */
export function cumprod(x: Tensor, axis: number, options: ScanOptions = {}): Tensor {
  return new Tensor(cumprodOp(x.node, axis, options));
}

/**
 * `x` with `source` written at `index` along an axis, or combined with what is there. Of equal positions the last wins.
 *
 * @example
 * const index = tensor([0, 2], { dtype: "int32" });
 * await scatter(tensor([1, 2, 3]), 0, index, tensor([8, 9])).array(); // [8, 2, 9]
 * await scatter(tensor([1, 2, 3]), 0, index, tensor([8, 9]), "mul").array(); // [8, 2, 27]
 */
export function scatter(
  x: Tensor,
  axis: number,
  index: Tensor,
  source: Tensor,
  reduction: ScatterReduction = "none",
): Tensor {
  return new Tensor(scatterElements(x.node, index.node, source.node, axis, reduction));
}

/** What {@link nonzero} finds. */
export interface Nonzero {
  /** Row-major positions, int32, as many as x has elements. */
  readonly positions: Tensor;
  /** How many of them count; int32, one element. */
  readonly count: Tensor;
}

/**
 * The row-major positions (int32) of the elements that are not 0, ascending: the first `count` of as many as x has
 * elements; the rest are 0.
 *
 * @example
 * const { positions, count } = nonzero(tensor([0, 3, 0, 4]));
 * await count.item(); // 2
 * await positions.array(); // [1, 3, 0, 0]
 */
export function nonzero(x: Tensor): Nonzero {
  const { positions, count } = nonzeroOp(x.node);
  return { positions: new Tensor(positions), count: new Tensor(count) };
}
