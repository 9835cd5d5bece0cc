// softmax and log-softmax of the rows of [rows, n], both linear; input and output may be the same memory.
//
// Arguments: epilogue block, out (slot, offset), input (slot, offset), rows, n.
//
// softmax: e = exp(x - max) is stored and summed, then scaled by 1 / sum. log-softmax: only summed; x - max - log(sum).
// An e under 2^-126 may count as 0. Sums take 4 lanes within 1024 values and then chunk after chunk. A row with NaN or
// +inf, or of -inf alone, becomes NaN.

import { Command, Run } from "./command";
import { Exponential } from "./exponential";
import { LOG_SOFTMAX } from "./kernels";
import { Map } from "./map";
import { VMath } from "./math";

/** Values after which the epilogue runs. */
const FLUSH: i32 = 4096;

export function softmax(command: usize, thread: i32, threads: i32): void {
  const epilogue = Command.block(command, 0);
  const out = Command.pointer(command, 1);
  const input = Command.pointer(command, 3);
  const rows = Command.int(command, 5);
  const n = Command.int(command, 6);
  const isLog = <i32>load<u16>(command) == LOG_SOFTMAX;
  const stride = (<usize>n) << 2;
  const end = Run.share(rows, 1, thread + 1, threads);
  let row = Run.share(rows, 1, thread, threads);
  let flushed = row;
  while (row < end) {
    const x = input + <usize>row * stride;
    const y = out + <usize>row * stride;
    if (isLog) Softmax.logRow(y, x, n);
    else Softmax.row(y, x, n);
    row++;
    if (epilogue != 0 && ((row - flushed) * n >= FLUSH || row == end)) {
      Map.range(epilogue, flushed * n, row * n);
      flushed = row;
    }
  }
}

export class Softmax {
  /** Lanes below `count`. */
  @inline
  static mask(count: i32): v128 {
    return i32x4.gt_s(i32x4.splat(count), i32x4(0, 1, 2, 3));
  }

  /** Greatest value in every lane; NaN does not count (its row's sum is NaN anyway). */
  @inline
  static max(x: usize, n: i32): v128 {
    const least = f32x4.splat(-Infinity);
    let a = least;
    let b = least;
    let c = least;
    let d = least;
    let i = 0;
    for (; i + 16 <= n; i += 16, x += 64) {
      a = f32x4.pmax(a, v128.load(x));
      b = f32x4.pmax(b, v128.load(x, 16));
      c = f32x4.pmax(c, v128.load(x, 32));
      d = f32x4.pmax(d, v128.load(x, 48));
    }
    for (; i + 4 <= n; i += 4, x += 16) a = f32x4.pmax(a, v128.load(x));
    if (i < n) a = f32x4.pmax(a, v128.bitselect(v128.load(x), least, Softmax.mask(n - i)));
    a = f32x4.pmax(f32x4.pmax(a, b), f32x4.pmax(c, d));
    a = f32x4.pmax(a, v128.shuffle<i32>(a, a, 2, 3, 0, 1));
    return f32x4.pmax(a, v128.shuffle<i32>(a, a, 1, 0, 3, 2));
  }

  @inline
  static total(sum: v128): v128 {
    sum = f32x4.add(sum, v128.shuffle<i32>(sum, sum, 2, 3, 0, 1));
    return f32x4.add(sum, v128.shuffle<i32>(sum, sum, 1, 0, 3, 2));
  }

  /** y = exp(x - top); returns their sum in every lane. */
  @inline
  static exponentials(y: usize, x: usize, n: i32, top: v128): v128 {
    const vectors = n & ~3;
    const rest = n & 3;
    let sum = Exponential.below(y, x, vectors, top);
    if (rest != 0) {
      const length = (<usize>vectors) << 2;
      const last = v128.and(Softmax.exp(x + length, top), Softmax.mask(rest));
      sum = f32x4.add(sum, last);
      Softmax.put(y + length, last, rest);
    }
    return Softmax.total(sum);
  }

  static row(y: usize, x: usize, n: i32): void {
    const sum = Softmax.exponentials(y, x, n, Softmax.max(x, n));
    const scale = f32x4.div(f32x4.splat(1), sum);
    const rest = n & 3;
    const end = y + ((<usize>(n & ~3)) << 2);
    for (; y + 64 <= end; y += 64) {
      v128.store(y, f32x4.mul(v128.load(y), scale));
      v128.store(y, f32x4.mul(v128.load(y, 16), scale), 16);
      v128.store(y, f32x4.mul(v128.load(y, 32), scale), 32);
      v128.store(y, f32x4.mul(v128.load(y, 48), scale), 48);
    }
    for (; y < end; y += 16) v128.store(y, f32x4.mul(v128.load(y), scale));
    if (rest != 0) Softmax.put(y, f32x4.mul(v128.load(y), scale), rest);
  }

  static logRow(y: usize, x: usize, n: i32): void {
    const top = Softmax.max(x, n);
    const vectors = n & ~3;
    const rest = n & 3;
    let sum = Exponential.below(0, x, vectors, top);
    const end = y + ((<usize>vectors) << 2);
    if (rest != 0) sum = f32x4.add(sum, v128.and(Softmax.exp(x + ((<usize>vectors) << 2), top), Softmax.mask(rest)));
    const log = VMath.log(Softmax.total(sum));
    for (; y < end; x += 16, y += 16) v128.store(y, f32x4.sub(f32x4.sub(v128.load(x), top), log));
    if (rest != 0) Softmax.put(y, f32x4.sub(f32x4.sub(v128.load(x), top), log), rest);
  }

  @inline
  static exp(x: usize, top: v128): v128 {
    return VMath.exp(f32x4.sub(v128.load(x), top));
  }

  /** Stores the first 1…3 lanes. */
  @inline
  static put(y: usize, x: v128, count: i32): void {
    v128.store_lane<u32>(y, x, 0);
    if (count > 1) v128.store_lane<u32>(y, x, 1, 4);
    if (count > 2) v128.store_lane<u32>(y, x, 2, 8);
  }
}
