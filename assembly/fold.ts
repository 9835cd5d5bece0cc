// The folds of reductions: along a run of values to one number, and of rows into an array.
//
// Both follow a fixed tree: 16 lanes of a run (four vectors) take every 16th value, then fold by halves.

import { Simd } from "./simd";

/** Rows closer than this, in bytes, stay in the first-level cache together. */
const NEAR: usize = 512;

type Along = (values: usize, n: i32, unit: v128) => i32;
type Into = (acc: usize, values: usize, n: i32, rows: i32, stride: usize) => void;

export class Fold {
  /** Folds `n` values to the bits of one; `unit` is the op's neutral element. */
  @inline
  static along(op: i32, values: usize, n: i32, unit: v128): i32 {
    const fold = load<u32>(changetype<usize>(ALONG) + ((<usize>op) << 2));
    return call_indirect<i32>(load<u32>(fold), values, n, unit);
  }

  /** acc[i] = acc[i] op values[row][i] for all rows in order; whole vectors, so both have room behind. */
  @inline
  static into(op: i32, acc: usize, values: usize, n: i32, rows: i32, stride: usize): void {
    const fold = load<u32>(changetype<usize>(INTO) + ((<usize>op) << 2));
    call_indirect<void>(load<u32>(fold), acc, values, n, rows, stride);
  }
}

function along<Op>(values: usize, n: i32, unit: v128): i32 {
  const op = changetype<Op>(0);
  let a = unit;
  let b = unit;
  let c = unit;
  let d = unit;
  let i = 0;
  for (; i + 16 <= n; i += 16, values += 64) {
    a = op.of(a, v128.load(values));
    b = op.of(b, v128.load(values, 16));
    c = op.of(c, v128.load(values, 32));
    d = op.of(d, v128.load(values, 48));
  }
  for (; i + 4 <= n; i += 4, values += 16) a = op.of(a, v128.load(values));
  if (i < n) a = op.of(a, v128.bitselect(v128.load(values), unit, i32x4.gt_s(i32x4.splat(n - i), i32x4(0, 1, 2, 3))));
  a = op.of(op.of(a, b), op.of(c, d));
  a = op.of(a, v128.shuffle<i32>(a, a, 2, 3, 0, 1));
  a = op.of(a, v128.shuffle<i32>(a, a, 1, 0, 3, 2));
  return i32x4.extract_lane(a, 0);
}

function into<Op>(acc: usize, values: usize, n: i32, rows: i32, stride: usize): void {
  const op = changetype<Op>(0);
  const end = acc + ((<usize>n) << 2);
  // Eight rows a pass over the array, a cache line of each in turn; short rows, which lie close together, all at once.
  const most = stride < NEAR ? rows : 8;
  for (; rows > 0; rows -= most, values += <usize>most * stride) {
    const m = min(rows, most);
    let d = acc;
    let v = values;
    for (; d + 64 <= end; d += 64, v += 64) {
      let x0 = v128.load(d);
      let x1 = v128.load(d, 16);
      let x2 = v128.load(d, 32);
      let x3 = v128.load(d, 48);
      let p = v;
      for (let r = m; r > 0; r--, p += stride) {
        x0 = op.of(x0, v128.load(p));
        x1 = op.of(x1, v128.load(p, 16));
        x2 = op.of(x2, v128.load(p, 32));
        x3 = op.of(x3, v128.load(p, 48));
      }
      v128.store(d, x0);
      v128.store(d, x1, 16);
      v128.store(d, x2, 32);
      v128.store(d, x3, 48);
    }
    for (; d < end; d += 16, v += 16) {
      let x = v128.load(d);
      let p = v;
      for (let r = m; r > 0; r--, p += stride) x = op.of(x, v128.load(p));
      v128.store(d, x);
    }
  }
}

class Sum {
  @inline of(a: v128, b: v128): v128 {
    return f32x4.add(a, b);
  }
}
class SumInt {
  @inline of(a: v128, b: v128): v128 {
    return i32x4.add(a, b);
  }
}
class Prod {
  @inline of(a: v128, b: v128): v128 {
    return f32x4.mul(a, b);
  }
}
class ProdInt {
  @inline of(a: v128, b: v128): v128 {
    return i32x4.mul(a, b);
  }
}
class Max {
  @inline of(a: v128, b: v128): v128 {
    return Simd.max(a, b);
  }
}
class MaxInt {
  @inline of(a: v128, b: v128): v128 {
    return i32x4.max_s(a, b);
  }
}
class Min {
  @inline of(a: v128, b: v128): v128 {
    return Simd.min(a, b);
  }
}
class MinInt {
  @inline of(a: v128, b: v128): v128 {
    return i32x4.min_s(a, b);
  }
}

const ALONG: StaticArray<Along> = [
  (v, n, u) => along<Sum>(v, n, u),
  (v, n, u) => along<SumInt>(v, n, u),
  (v, n, u) => along<Prod>(v, n, u),
  (v, n, u) => along<ProdInt>(v, n, u),
  (v, n, u) => along<Max>(v, n, u),
  (v, n, u) => along<MaxInt>(v, n, u),
  (v, n, u) => along<Min>(v, n, u),
  (v, n, u) => along<MinInt>(v, n, u),
];

const INTO: StaticArray<Into> = [
  (a, v, n, r, s) => into<Sum>(a, v, n, r, s),
  (a, v, n, r, s) => into<SumInt>(a, v, n, r, s),
  (a, v, n, r, s) => into<Prod>(a, v, n, r, s),
  (a, v, n, r, s) => into<ProdInt>(a, v, n, r, s),
  (a, v, n, r, s) => into<Max>(a, v, n, r, s),
  (a, v, n, r, s) => into<MaxInt>(a, v, n, r, s),
  (a, v, n, r, s) => into<Min>(a, v, n, r, s),
  (a, v, n, r, s) => into<MinInt>(a, v, n, r, s),
];

// Values become int32 keys of the same order (a float's bits, the lower 31 turned over where it is negative; -0 as +0), all
// bits turned over for argmin. NaN has the greatest key, so the first NaN wins either way. Only a greater key replaces
// the best, so the first of equals stays; nothing is below the least integer, which is why index 0 can stand for it.
export class ArgFold {
  /** Best of the run so far. */
  static key: i32 = 0;
  static index: i32 = 0;

  @inline
  static begin(): void {
    ArgFold.key = i32.MIN_VALUE;
    ArgFold.index = 0;
  }

  @inline
  static keys(x: v128, float: bool, least: v128): v128 {
    if (!float) return v128.xor(x, least);
    const bits = f32x4.add(x, f32x4.splat(0));
    const key = v128.xor(v128.xor(bits, i32x4.shr_u(i32x4.shr_s(bits, 31), 1)), least);
    return v128.bitselect(i32x4.splat(i32.MAX_VALUE), key, f32x4.ne(x, x));
  }

  /** Takes `n` values, the first of which has index `first`; `least` is all ones for argmin. */
  static along(values: usize, n: i32, first: i32, float: bool, least: v128): void {
    let best = i32x4.splat(i32.MIN_VALUE);
    let where = i32x4.splat(0);
    let index = i32x4.add(i32x4(0, 1, 2, 3), i32x4.splat(first));
    const end = i32x4.splat(first + n);
    for (let i = 0; i < n; i += 4, values += 16) {
      let key = ArgFold.keys(v128.load(values), float, least);
      key = v128.bitselect(key, i32x4.splat(i32.MIN_VALUE), i32x4.lt_s(index, end));
      const better = i32x4.gt_s(key, best);
      best = i32x4.max_s(best, key);
      where = v128.bitselect(index, where, better);
      index = i32x4.add(index, i32x4.splat(4));
    }
    let top = i32x4.max_s(best, v128.shuffle<i32>(best, best, 2, 3, 0, 1));
    top = i32x4.max_s(top, v128.shuffle<i32>(top, top, 1, 0, 3, 2));
    const key = i32x4.extract_lane(top, 0);
    if (key <= ArgFold.key) return;
    where = v128.bitselect(where, i32x4.splat(i32.MAX_VALUE), i32x4.eq(best, top));
    where = i32x4.min_s(where, v128.shuffle<i32>(where, where, 2, 3, 0, 1));
    where = i32x4.min_s(where, v128.shuffle<i32>(where, where, 1, 0, 3, 2));
    ArgFold.key = key;
    ArgFold.index = i32x4.extract_lane(where, 0);
  }

  /** Takes rows `first`… of `n` columns each into arrays of keys and of indexes. */
  static into(
    keys: usize,
    indexes: usize,
    values: usize,
    n: i32,
    first: i32,
    rows: i32,
    stride: usize,
    float: bool,
    least: v128,
  ): void {
    const end = keys + ((<usize>n) << 2);
    for (; keys < end; keys += 16, indexes += 16, values += 16) {
      let best = v128.load(keys);
      let where = v128.load(indexes);
      let p = values;
      for (let r = 0; r < rows; r++, p += stride) {
        const key = ArgFold.keys(v128.load(p), float, least);
        where = v128.bitselect(i32x4.splat(first + r), where, i32x4.gt_s(key, best));
        best = i32x4.max_s(best, key);
      }
      v128.store(keys, best);
      v128.store(indexes, where);
    }
  }
}
