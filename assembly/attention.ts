// attention: out[b, tq, hq, dv] = softmax(scale q kᵀ + mask) v for q [b, hq, tq, d], k [b, hk, tk, d], v [b, hk, tk, dv]:
// query head h reads key head h / (hq / hk).
//
// Arguments, in words (a slot of -1: none):
//
//    0  out: slot, offset        10  b, hq, hk, tq, tk, d, dv           25  mask's strides b, hq, tq, tk
//    2  q                        17  rows of a block                    29  k's route, v's route (below)
//    4  k                        18  offset, left, right (below)        31  scale, softcap (float32; 0: none)
//    6  v                        21  q's strides b, hq, tq, d           33  k's strides b, hk, tk, d
//    8  mask, float32            33  k's strides b, hk, tk, d           37  v's strides b, hk, tk, dv
//   41  lengths [b], int32: slot, offset                              43  blank (float32)
//
// Query i stands at p = i + offset (with lengths: i + length - tq where offset is -1) and sees the keys j with
// p - left ≤ j ≤ p + right, a bound of -1 leaving its side open, and j < length. A row that sees nothing
// gives `blank`, 0 or NaN.
//
// A block of rows is walked at once: its scores fit the second-level cache, keys that no row sees are skipped, and the
// division by the sum of exponentials is left to the finished row. Sums: scores as `dots` (gemv.ts), or `dot` where a block
// has one row; outputs in ascending order of the keys, in steps of KC.
//
// Routes: ROWS: the last axis is contiguous; COLUMNS: the one before it is (of k alone); COPY: neither, so a head is copied.
//
// Scratch: rows × d of q, rows × tk scores, then a head of k and one of v where they are copied.

import { COLUMNS, COPY } from "./attention-routes";
import { Command, Run } from "./command";
import { Gemm } from "./gemm";
import { Gemv } from "./gemv";
import { VMath } from "./math";
import { Softmax } from "./softmax";

export function attention(command: usize, thread: i32, threads: i32): void {
  const heads = Command.int(command, 11);
  const tq = Command.int(command, 13);
  const height = Command.int(command, 17);
  Attention.command = command;
  Attention.tk = Command.int(command, 14);
  Attention.d = Command.int(command, 15);
  Attention.dv = Command.int(command, 16);
  Attention.query = Run.kernelScratch;
  Attention.scores = Attention.query + ((<usize>height * ((Attention.d + 3) & ~3)) << 2);
  Attention.keys = Attention.scores + ((<usize>height * ((Attention.tk + 3) & ~3)) << 2);
  const keyBytes = Command.int(command, 29) == COPY ? (<usize>((Attention.d + 3) & ~3) * Attention.tk) << 2 : 0;
  Attention.values = Attention.keys + keyBytes;
  const blocks = (tq + height - 1) / height;
  const units = Command.int(command, 10) * heads * blocks;
  const end = Run.share(units, 1, thread + 1, threads);
  let copied = -1;
  for (let at = Run.share(units, 1, thread, threads); at < end; at++) {
    const head = at / blocks;
    const row = (at - head * blocks) * height;
    const batch = head / heads;
    const own = head - batch * heads;
    const shared = own / (heads / Command.int(command, 12));
    Attention.open(batch, shared, copied != batch * heads + shared);
    copied = batch * heads + shared;
    Attention.block(batch, own, row, min(height, tq - row));
  }
}

class Attention {
  static command: usize = 0;
  static tk: i32 = 0;
  static d: i32 = 0;
  static dv: i32 = 0;
  /** Scratch: the block's queries, scaled; its scores; copies of a head. */
  static query: usize = 0;
  static scores: usize = 0;
  static keys: usize = 0;
  static values: usize = 0;
  /** The head's keys and values and the bytes from one to the next. */
  static k: usize = 0;
  static kRow: isize = 0;
  static v: usize = 0;
  static vRow: isize = 0;

  @inline
  static stride(i: i32): isize {
    return (<isize>Command.int(Attention.command, i)) << 2;
  }

  /** Finds the keys and values of a head, copying them where no route reads them in place. */
  static open(batch: i32, head: i32, fresh: bool): void {
    const command = Attention.command;
    const tk = Attention.tk;
    Attention.k = Command.pointer(command, 4) + batch * Attention.stride(33) + head * Attention.stride(34);
    Attention.kRow = Attention.stride(35);
    if (Command.int(command, 29) == COPY) {
      const pitch = (<isize>((Attention.d + 3) & ~3)) << 2;
      if (fresh)
        Attention.copy(Attention.keys, pitch, Attention.k, Attention.kRow, Attention.stride(36), tk, Attention.d);
      Attention.k = Attention.keys;
      Attention.kRow = pitch;
    } else if (Command.int(command, 29) == COLUMNS) Attention.kRow = Attention.stride(36);
    Attention.v = Command.pointer(command, 6) + batch * Attention.stride(37) + head * Attention.stride(38);
    Attention.vRow = Attention.stride(39);
    if (Command.int(command, 30) == COPY) {
      const pitch = (<isize>((Attention.dv + 3) & ~3)) << 2;
      if (fresh)
        Attention.copy(Attention.values, pitch, Attention.v, Attention.vRow, Attention.stride(40), tk, Attention.dv);
      Attention.v = Attention.values;
      Attention.vRow = pitch;
    }
  }

  static copy(to: usize, pitch: isize, from: usize, row: isize, step: isize, rows: i32, n: i32): void {
    for (; rows > 0; rows--) {
      let x = from;
      for (let y = to, end = to + ((<usize>n) << 2); y < end; y += 4) {
        store<f32>(y, load<f32>(x));
        x += step;
      }
      from += row;
      to += pitch;
    }
  }

  /** First key that the query at `p` sees. */
  @inline
  static first(p: i32): i32 {
    const left = Command.int(Attention.command, 19);
    return left < 0 ? 0 : max(0, p - left);
  }

  /** The key after the last that the query at `p` sees. */
  @inline
  static last(p: i32, length: i32): i32 {
    const right = Command.int(Attention.command, 20);
    return right < 0 ? length : max(0, min(length, p + right + 1));
  }

  /** Rows [row, row + rows) of one head. */
  static block(batch: i32, head: i32, row: i32, rows: i32): void {
    const command = Attention.command;
    const tq = Command.int(command, 13);
    const d = Attention.d;
    const dv = Attention.dv;
    let length = Attention.tk;
    let offset = Command.int(command, 18);
    if (Command.int(command, 41) >= 0) {
      length = max(0, min(length, load<i32>(Command.pointer(command, 41) + ((<usize>batch) << 2))));
      if (offset < 0) offset = length - tq;
    }
    const p = row + offset;
    const low = min(Attention.first(p), length);
    const high = max(low, Attention.last(p + rows - 1, length));
    const n = high - low;
    const qRow = (<isize>((d + 3) & ~3)) << 2;
    const sRow = (<isize>((Attention.tk + 3) & ~3)) << 2;
    const heads = Command.int(command, 11);
    const outRow = (<isize>(heads * dv)) << 2;
    const out = Command.pointer(command, 0) + ((<usize>((batch * tq + row) * heads + head) * <usize>dv) << 2);
    const blank = Command.float(command, 43);
    if (n == 0) {
      for (let i = 0; i < rows; i++) {
        memory.fill(out + i * outRow, 0, (<usize>dv) << 2);
        Attention.scale(out + i * outRow, dv, blank);
      }
      return;
    }
    const q = Command.pointer(command, 2) + batch * Attention.stride(21) + head * Attention.stride(22);
    Attention.scaleQuery(q + row * Attention.stride(23), rows, qRow);
    Attention.products(rows, n, low, qRow, sRow);
    const mask = Command.int(command, 8) < 0 ? 0 : Attention.mask(batch, head, row, low);
    const cap = Command.float(command, 32);
    const sums = Attention.query;
    for (let i = 0; i < rows; i++) {
      const from = min(max(Attention.first(p + i), low), high) - low;
      const to = min(max(Attention.last(p + i, length), low), high) - low;
      const scores = Attention.scores + i * sRow;
      if (cap > 0) Attention.limit(scores, n, cap);
      if (mask != 0) Attention.add(scores, mask + i * Attention.stride(27), Attention.stride(28), n);
      store<f32>(sums + ((<usize>i) << 2), Attention.exponentials(scores, from, max(from, to), n));
    }
    Attention.mix(rows, n, Attention.scores, sRow, Attention.v + low * Attention.vRow, out, outRow);
    for (let i = 0; i < rows; i++) {
      const sum = load<f32>(sums + ((<usize>i) << 2));
      Attention.scale(out + i * outRow, dv, sum == 0 ? blank : <f32>1 / sum);
    }
  }

  static scaleQuery(q: usize, rows: i32, qRow: isize): void {
    const step = Attention.stride(24);
    const scale = Command.float(Attention.command, 31);
    const d = Attention.d;
    for (let i = 0; i < rows; i++) {
      let x = q + i * Attention.stride(23);
      let y = Attention.query + i * qRow;
      const end = y + qRow;
      if (step == 4) {
        for (; y < end; y += 16) {
          v128.store(y, f32x4.mul(v128.load(x), f32x4.splat(scale)));
          x += 16;
        }
      } else {
        for (const last = y + ((<usize>d) << 2); y < last; y += 4) {
          store<f32>(y, load<f32>(x) * scale);
          x += step;
        }
      }
    }
  }

  /** Scores of `n` keys from `low` on. */
  static products(rows: i32, n: i32, low: i32, qRow: isize, sRow: isize): void {
    const query = Attention.query;
    const scores = Attention.scores;
    const d = Attention.d;
    if (Command.int(Attention.command, 29) == COLUMNS) {
      Attention.multiply(rows, n, d, query, qRow, Attention.k + ((<usize>low) << 2), Attention.kRow, scores, sRow);
    } else {
      const k = Attention.k + low * Attention.kRow;
      if (rows == 1) Gemv.dot(n, d, query, k, Attention.kRow, scores);
      else Gemv.dots(rows, n, d, query, qRow, k, Attention.kRow, scores, sRow);
    }
  }

  /** c = a · b, rows of both contiguous. */
  static multiply(
    rows: i32,
    n: i32,
    depth: i32,
    a: usize,
    aRow: isize,
    b: usize,
    bRow: isize,
    c: usize,
    cRow: isize,
  ): void {
    if (rows == 1) {
      Gemv.row(n, depth, a, 4, b, bRow, c);
      return;
    }
    for (let from = 0; from < depth; from += Gemm.KC) {
      const count = min(depth - from, Gemm.KC);
      const x = a + ((<usize>from) << 2);
      const y = b + from * bRow;
      for (let j = 0; j < n; j += Gemm.NR) {
        const at = (<usize>j) << 2;
        Gemm.rows(rows, min(n - j, Gemm.NR), count, x, aRow, y + at, bRow, c + at, cRow, from > 0);
      }
    }
  }

  @inline
  static mix(rows: i32, n: i32, scores: usize, sRow: isize, v: usize, out: usize, outRow: isize): void {
    Attention.multiply(rows, Attention.dv, n, scores, sRow, v, Attention.vRow, out, outRow);
  }

  @inline
  static mask(batch: i32, head: i32, row: i32, low: i32): usize {
    return (
      Command.pointer(Attention.command, 8) +
      batch * Attention.stride(25) +
      head * Attention.stride(26) +
      row * Attention.stride(27) +
      low * Attention.stride(28)
    );
  }

  /** cap tanh(x / cap) */
  static limit(x: usize, n: i32, cap: f32): void {
    const c = f32x4.splat(cap);
    for (const end = x + ((<usize>n) << 2); x < end; x += 16) {
      v128.store(x, f32x4.mul(c, VMath.tanh(f32x4.div(v128.load(x), c))));
    }
  }

  static add(x: usize, mask: usize, step: isize, n: i32): void {
    const end = x + ((<usize>n) << 2);
    if (step == 4) {
      for (; x < end; x += 16) {
        v128.store(x, f32x4.add(v128.load(x), v128.load(mask)));
        mask += 16;
      }
    } else {
      for (; x < end; x += 4) {
        store<f32>(x, load<f32>(x) + load<f32>(mask));
        mask += step;
      }
    }
  }

  /** Scores [from, to) become exponentials, the others 0; returns the sum, 0 where nothing is seen. */
  static exponentials(x: usize, from: i32, to: i32, n: i32): f32 {
    let sum: f32 = 0;
    if (to > from) {
      const start = x + ((<usize>from) << 2);
      const top = Softmax.max(start, to - from);
      if (f32x4.extract_lane(top, 0) == -Infinity) to = from;
      else sum = f32x4.extract_lane(Softmax.exponentials(start, start, to - from, top), 0);
    }
    memory.fill(x, 0, (<usize>from) << 2);
    memory.fill(x + ((<usize>to) << 2), 0, (<usize>(n - to)) << 2);
    return sum;
  }

  static scale(x: usize, n: i32, by: f32): void {
    const end = x + ((<usize>(n & ~3)) << 2);
    const factor = f32x4.splat(by);
    for (; x < end; x += 16) v128.store(x, f32x4.mul(v128.load(x), factor));
    const rest = f32x4.mul(v128.load(x), factor);
    if (n & 3) Gemm.putEdge(x, rest, rest, n & 3);
  }
}
