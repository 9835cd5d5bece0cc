/** Methods of tensors that move elements. All but `concat`, `stack` and `pad` are views. */
import { ShapeError } from "../core/errors.ts";
import { normalizeAxes, normalizeAxis, type Shape } from "../core/shape.ts";
import { expand } from "../ops/broadcast.ts";
import { gather, scatterAdd, take } from "../ops/gather.ts";
import { flip, pad, permute, reshape, slice } from "../ops/movement.ts";
import { Functions } from "./functions.ts";
import { numberNode, type Sizes, sizesOf } from "./handle.ts";

export abstract class Movement<T extends Movement<T>> extends Functions<T> {
  /**
   * The same elements in row-major order under another shape; one size may be -1.
   *
   * @example
   * await arange(6).reshape(2, -1).array(); // [[0, 1, 2], [3, 4, 5]]
   */
  reshape(...sizes: Sizes): T {
    return this.wrap(reshape(this.node, sizesOf(sizes)));
  }
  /**
   * PyTorch's name for {@link reshape}.
   *
   * @example
   * arange(6).view(2, 3).shape; // [2, 3]
   */
  view(...sizes: Sizes): T {
    return this.reshape(...sizes);
  }
  /**
   * Axes `start` … `end` as one.
   *
   * @example
   * zeros([2, 3, 4]).flatten(1).shape; // [2, 12]
   */
  flatten(start = 0, end = -1): T {
    const { shape } = this;
    if (shape.length === 0) return this.wrap(reshape(this.node, [1]));
    const first = normalizeAxis("flatten", start, shape.length);
    const last = normalizeAxis("flatten", end, shape.length);
    if (first > last)
      throw new ShapeError(`flatten: cannot join axes ${start} to ${end}: the first comes after the last`);
    const joined = shape.slice(first, last + 1).reduce((product, size) => product * size, 1);
    return this.wrap(reshape(this.node, [...shape.slice(0, first), joined, ...shape.slice(last + 1)]));
  }
  /**
   * Axis `i` of the result is axis `axes[i]` of this.
   *
   * @example
   * zeros([2, 3, 4]).permute(2, 0, 1).shape; // [4, 2, 3]
   */
  permute(...axes: Sizes): T {
    return this.wrap(permute(this.node, sizesOf(axes)));
  }
  /**
   * Swaps two axes.
   *
   * @example
   * zeros([2, 3, 4]).transpose(1, 2).shape; // [2, 4, 3]
   */
  transpose(a: number, b: number): T {
    const first = normalizeAxis("transpose", a, this.rank);
    const second = normalizeAxis("transpose", b, this.rank);
    const axes = this.shape.map((_, i) => (i === first ? second : i === second ? first : i));
    return this.wrap(permute(this.node, axes));
  }
  /**
   * A matrix with rows and columns swapped.
   *
   * @example
   * await tensor([[1, 2], [3, 4]]).t().array(); // [[1, 3], [2, 4]]
   */
  t(): T {
    if (this.rank > 2) throw new ShapeError(`t: cannot transpose rank ${this.rank}: wanted a matrix, see transpose`);
    return this.rank === 2 ? this.transpose(0, 1) : this.wrap(this.node);
  }
  /**
   * Without axes of size 1: all of them, or the one named.
   *
   * @example
   * zeros([1, 3, 1]).squeeze().shape; // [3]
   */
  squeeze(axis?: number): T {
    const only = axis === undefined ? null : normalizeAxis("squeeze", axis, this.rank);
    return this.wrap(
      reshape(
        this.node,
        this.shape.filter((size, i) => size !== 1 || (only !== null && i !== only)),
      ),
    );
  }
  /**
   * With a new axis of size 1 at `axis`.
   *
   * @example
   * zeros([3]).unsqueeze(0).shape; // [1, 3]
   */
  unsqueeze(axis: number): T {
    const at = normalizeAxis("unsqueeze", axis, this.rank + 1);
    return this.wrap(reshape(this.node, this.shape.toSpliced(at, 0, 1)));
  }
  /**
   * Repeated by broadcasting; -1 keeps a size.
   * Throws {@link ShapeError} where an axis of another size than 1 would change.
   *
   * @example
   * await tensor([1, 2]).expand(2, 2).array(); // [[1, 2], [1, 2]]
   */
  expand(...sizes: Sizes): T {
    const wanted = sizesOf(sizes);
    const lead = wanted.length - this.rank;
    const shape = wanted.map((size, i) => (size === -1 && i >= lead ? (this.shape[i - lead] as number) : size));
    return this.wrap(expand(this.node, shape));
  }
  /**
   * PyTorch's name for {@link expand}.
   *
   * @example
   * await tensor([[1], [2]]).broadcastTo(2, 2).array(); // [[1, 1], [2, 2]]
   */
  broadcastTo(...sizes: Sizes): T {
    return this.expand(...sizes);
  }
  /**
   * A window of every axis that is named: `[start, end, step]`, negative positions counting from the end, as in Python.
   *
   * @example
   * const x = tensor([[1, 2, 3], [4, 5, 6]]);
   * await x.slice(null, [0, null, 2]).array(); // [[1, 3], [4, 6]]
   */
  slice(...windows: readonly (readonly [start?: number | null, end?: number | null, step?: number] | null)[]): T {
    if (windows.length > this.rank) {
      throw new ShapeError(`slice: cannot take ${windows.length} windows: the tensor has rank ${this.rank}`);
    }
    const ranges = this.shape.map((size, i) => rangeOf(size, windows[i] ?? null));
    return this.wrap(
      slice(
        this.node,
        ranges.map((r) => r.start),
        ranges.map((r) => r.count),
        ranges.map((r) => r.step),
      ),
    );
  }
  /**
   * `length` elements of an axis from `start`.
   *
   * @example
   * await arange(5).narrow(0, 1, 3).array(); // [1, 2, 3]
   */
  narrow(axis: number, start: number, length: number): T {
    const at = normalizeAxis("narrow", axis, this.rank);
    const starts = this.shape.map((_, i) => (i === at ? start : 0));
    return this.wrap(slice(this.node, starts, this.shape.with(at, length)));
  }
  /**
   * One position of an axis, which disappears.
   *
   * @example
   * await tensor([[1, 2], [3, 4]]).select(0, 1).array(); // [3, 4]
   */
  select(axis: number, index: number): T {
    const at = normalizeAxis("select", axis, this.rank);
    const start = index < 0 ? index + (this.shape[at] as number) : index;
    return this.wrap(reshape(this.narrow(at, start, 1).node, this.shape.toSpliced(at, 1)));
  }
  /**
   * Parts of at most `size` along an axis.
   *
   * @example
   * arange(5).split(2).length; // 3
   */
  split(size: number, axis = 0): T[] {
    const at = normalizeAxis("split", axis, this.rank);
    const whole = this.shape[at] as number;
    if (!Number.isInteger(size) || size < 1)
      throw new ShapeError(`split: cannot split by ${size}: wanted an integer of at least 1`);
    return Array.from({ length: Math.ceil(whole / size) }, (_, i) =>
      this.narrow(at, i * size, Math.min(size, whole - i * size)),
    );
  }
  /**
   * `count` parts along an axis, as equal as can be.
   *
   * @example
   * arange(5).chunk(2)[0]?.shape; // [3]
   */
  chunk(count: number, axis = 0): T[] {
    const at = normalizeAxis("chunk", axis, this.rank);
    return this.split(Math.max(1, Math.ceil((this.shape[at] as number) / count)), at);
  }
  /**
   * The order reversed along axes.
   *
   * @example
   * await tensor([1, 2, 3]).flip(0).array(); // [3, 2, 1]
   */
  flip(axes: number | Shape): T {
    return this.wrap(flip(this.node, normalizeAxes("flip", axes, this.rank)));
  }
  /**
   * Elements added around the last axes, as PyTorch counts them: `[left, right, top, bottom, …]` from the last axis backwards.
   *
   * @example
   * await tensor([[1, 2]]).pad([1, 0, 0, 1], 9).array(); // [[9, 1, 2], [9, 9, 9]]
   */
  pad(amounts: readonly number[], value = 0): T {
    if (
      amounts.length % 2 !== 0 ||
      amounts.length > 2 * this.rank ||
      amounts.some((n) => !Number.isInteger(n) || n < 0)
    ) {
      throw new ShapeError(
        `pad: cannot pad rank ${this.rank} by [${amounts.join(", ")}]: wanted pairs of integers of at least 0`,
      );
    }
    const amount = (axis: number, side: number) => amounts[2 * (this.rank - 1 - axis) + side] ?? 0;
    const before = this.shape.map((_, i) => amount(i, 0));
    const after = this.shape.map((_, i) => amount(i, 1));
    return this.wrap(pad(this.node, before, after, value === 0 ? undefined : numberNode(value, this.dtype)));
  }
  /**
   * Elements along an axis, one for every place of `index`; PyTorch's gather.
   *
   * @example
   * const index = tensor([[2], [0]], { dtype: "int32" });
   * await tensor([[1, 2, 3], [4, 5, 6]]).gather(1, index).array(); // [[3], [4]]
   */
  gather(axis: number, index: T): T {
    return this.wrap(gather(this.node, index.node, axis));
  }
  /**
   * Slices along an axis at the indices; the index may have any shape.
   *
   * @example
   * const index = tensor([1, 1, -1], { dtype: "int32" });
   * await tensor([[1, 2], [3, 4], [5, 6]]).indexSelect(0, index).array(); // [[3, 4], [3, 4], [5, 6]]
   */
  indexSelect(axis: number, index: T): T {
    return this.wrap(take(this.node, index.node, axis));
  }
  /**
   * This with the values of `source` added at `index` along an axis.
   *
   * @example
   * const index = tensor([0, 0, 2], { dtype: "int32" });
   * await zeros([3]).scatterAdd(0, index, tensor([1, 2, 3])).array(); // [3, 0, 3]
   */
  scatterAdd(axis: number, index: T, source: T): T {
    const size = this.shape[normalizeAxis("scatterAdd", axis, this.rank)] as number;
    return this.add(this.wrap(scatterAdd(source.node, index.node, axis, size)));
  }
}

/** Python's slice of an axis: positions are clipped, an empty range is allowed. */
function rangeOf(
  size: number,
  window: readonly [start?: number | null, end?: number | null, step?: number] | null,
): { start: number; count: number; step: number } {
  const step = window?.[2] ?? 1;
  if (!Number.isInteger(step) || step === 0)
    throw new ShapeError(`slice: cannot step by ${step}: wanted an integer other than 0`);
  const clip = (position: number, low: number, high: number) =>
    Math.min(Math.max(position < 0 ? position + size : position, low), high);
  const [low, high] = step > 0 ? [0, size] : [-1, size - 1];
  const start = clip(window?.[0] ?? (step > 0 ? 0 : size - 1), low, high);
  const end = window?.[1] === undefined || window[1] === null ? (step > 0 ? size : -1) : clip(window[1], low, high);
  const count = Math.max(0, Math.ceil((end - start) / step));
  return { start: count === 0 ? 0 : start, count, step };
}
