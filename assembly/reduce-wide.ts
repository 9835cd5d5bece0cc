// Reductions of a map's 8-byte values over [outer, reduced, inner] → [outer, inner]: as reduce.ts, for float64 and 64-bit
// integers.
//
// Arguments: epilogue block, prologue block, out (slot, offset), outer, reduced, inner, op (opcodes.ts), lane (lanes.ts:
// F64, I64 or U64), bits of the neutral element (low word, high word).
//
// Runs (inner 1) are folded by 4 lanes within blocks of at most WIDE_BLOCK, and the blocks' results in the same way; columns
// row by row. So the order depends on sizes and strides alone, and threads share the outputs. Positions of extremes compare
// int64 keys of the same order as the values, as fold.ts says, and are int32.
//
// Kernel scratch: two arrays of a block (TEMP_BYTES each).

import { Command, Run } from "./command";
import * as op from "./elementwise-wide";
import { F64, U64 } from "./lanes";
import { Map } from "./map";
import { ARGMAX, ARGMIN, TEMP_BYTES, WIDE_BLOCK } from "./opcodes";
import { Walk } from "./walk";

/** Outputs after which the epilogue runs. */
const FLUSH: i32 = 1024;

type Along = (values: usize, n: i32, unit: v128) => i64;
type Into = (acc: usize, values: usize, n: i32) => void;

export function reduceWide(command: usize, thread: i32, threads: i32): void {
  const epilogue = Command.block(command, 0);
  const outer = Command.int(command, 4);
  const inner = Command.int(command, 6);
  Wide.prologue = Command.block(command, 1);
  Wide.op = Command.int(command, 7);
  Wide.lane = Command.int(command, 8);
  Wide.out = Command.pointer(command, 2, Wide.isArg() ? 2 : 3);
  Wide.reduced = Command.int(command, 5);
  Wide.inner = inner;
  Wide.unit = load<i64>(command + 44);
  let at = Run.share(outer * inner, 16, thread, threads);
  const end = Run.share(outer * inner, 16, thread + 1, threads);
  let flushed = at;
  while (at < end) {
    at = inner == 1 ? Wide.run(at) : Wide.columns(at, end);
    if (epilogue != 0 && (at - flushed >= FLUSH || at >= end)) {
      Map.range(epilogue, flushed, at);
      flushed = at;
    }
  }
}

class Wide {
  static prologue: usize = 0;
  static out: usize = 0;
  static reduced: i32 = 0;
  static inner: i32 = 0;
  static op: i32 = 0;
  static lane: i32 = 0;
  static unit: i64 = 0;

  @inline
  static isArg(): bool {
    return Wide.op >= ARGMAX;
  }

  /** Folds `n` values to the bits of one. */
  @inline
  static along(values: usize, n: i32): i64 {
    const fold = load<u32>(changetype<usize>(Loops.along) + ((<usize>Wide.row()) << 2));
    return call_indirect<i64>(load<u32>(fold), values, n, i64x2.splat(Wide.unit));
  }

  /** Row of the tables of folds. */
  @inline
  static row(): i32 {
    return (Wide.op >> 1) * 3 + (Wide.lane == F64 ? 0 : Wide.lane == U64 ? 2 : 1);
  }

  /** One output where inner is 1. Returns the next. */
  static run(row: i32): i32 {
    const parts = Run.kernelScratch;
    const n = Wide.reduced;
    let best = i64.MIN_VALUE;
    let where = 0;
    let count = 0;
    for (let i = 0; i < n; ) {
      const m = Map.length(Wide.prologue, row * n + i, n - i);
      const values = Map.evaluate(Wide.prologue, row * n + i, m, 3);
      if (Wide.isArg()) {
        for (let k = 0; k < m; k++) {
          const key = Wide.key(load<i64>(values + ((<usize>k) << 3)));
          if (key > best) where = i + k;
          best = max(best, key);
        }
      } else {
        if (count == WIDE_BLOCK) {
          store<i64>(parts, Wide.along(parts, count));
          count = 1;
        }
        store<i64>(parts + ((<usize>count) << 3), Wide.along(values, m));
        count++;
      }
      i += m;
    }
    if (Wide.isArg()) store<i32>(Wide.out + ((<usize>row) << 2), where);
    else store<i64>(Wide.out + ((<usize>row) << 3), Wide.along(parts, count));
    return row + 1;
  }

  /** Outputs from `at` on within one row of columns, at most a block of them. Returns the next. */
  static columns(at: i32, end: i32): i32 {
    const inner = Wide.inner;
    const o = at / inner;
    const column = at - o * inner;
    const n = min(min(WIDE_BLOCK, inner - column), end - at);
    const first = Run.kernelScratch;
    const where = first + TEMP_BYTES;
    v128.store(where, i64x2.splat(Wide.isArg() ? i64.MIN_VALUE : Wide.unit));
    Walk.fill(first, where, n, 3);
    memory.fill(where, 0, (<usize>n) << 2);
    const fold = load<u32>(changetype<usize>(Loops.into) + ((<usize>Wide.row()) << 2));
    // Where a block holds several rows, they are evaluated together.
    const together = n == inner ? WIDE_BLOCK / inner : 1;
    for (let r = 0; r < Wide.reduced; ) {
      const rows = min(together, Wide.reduced - r);
      const from = (o * Wide.reduced + r) * inner + column;
      let values = Map.evaluate(Wide.prologue, from, rows == 1 ? n : rows * inner, 3);
      for (const next = r + rows; r < next; r++, values += (<usize>inner) << 3) {
        if (Wide.isArg()) Wide.into(first, where, values, n, r);
        else call_indirect<void>(load<u32>(fold), first, values, n);
      }
    }
    if (Wide.isArg()) memory.copy(Wide.out + ((<usize>at) << 2), where, (<usize>n) << 2);
    else memory.copy(Wide.out + ((<usize>at) << 3), first, (<usize>n) << 3);
    return at + n;
  }

  /** Takes row `r` of `n` columns into arrays of keys and of positions. */
  static into(keys: usize, where: usize, values: usize, n: i32, r: i32): void {
    for (let k: usize = 0; k < <usize>n; k++) {
      const key = Wide.key(load<i64>(values + (k << 3)));
      const best = load<i64>(keys + (k << 3));
      if (key > best) store<i32>(where + (k << 2), r);
      store<i64>(keys + (k << 3), max(best, key));
    }
  }

  @inline
  static key(value: i64): i64 {
    const least: i64 = Wide.op >= ARGMIN ? -1 : 0;
    if (Wide.lane != F64) return (Wide.lane == U64 ? value ^ i64.MIN_VALUE : value) ^ least;
    const x = reinterpret<f64>(value);
    if (x != x) return i64.MAX_VALUE;
    const bits = reinterpret<i64>(x + 0);
    return bits ^ ((bits >> 63) & i64.MAX_VALUE) ^ least;
  }
}

function along<Op>(values: usize, n: i32, unit: v128): i64 {
  const f = changetype<Op>(0);
  let a = unit;
  let b = unit;
  let i = 0;
  for (; i + 4 <= n; i += 4, values += 32) {
    a = f.of(a, v128.load(values));
    b = f.of(b, v128.load(values, 16));
  }
  for (; i + 2 <= n; i += 2, values += 16) a = f.of(a, v128.load(values));
  if (i < n) a = f.of(a, v128.shuffle<i64>(v128.load(values), unit, 0, 2));
  a = f.of(a, b);
  a = f.of(a, v128.shuffle<i64>(a, a, 1, 0));
  return i64x2.extract_lane(a, 0);
}

/** acc[i] = acc[i] op values[i]; whole vectors, so both have room behind. */
function into<Op>(acc: usize, values: usize, n: i32): void {
  const f = changetype<Op>(0);
  const end = acc + ((<usize>n) << 3);
  for (; acc < end; acc += 16, values += 16) v128.store(acc, f.of(v128.load(acc), v128.load(values)));
}

/** Tables that only the full build reads, and so holds. */
class Loops {
  @lazy static readonly along: StaticArray<Along> = [
    (v, n, u) => along<op.AddF64>(v, n, u),
    (v, n, u) => along<op.AddI64>(v, n, u),
    (v, n, u) => along<op.AddI64>(v, n, u),
    (v, n, u) => along<op.MulF64>(v, n, u),
    (v, n, u) => along<op.MulI64>(v, n, u),
    (v, n, u) => along<op.MulI64>(v, n, u),
    (v, n, u) => along<op.MaximumF64>(v, n, u),
    (v, n, u) => along<op.MaximumI64>(v, n, u),
    (v, n, u) => along<op.MaximumU64>(v, n, u),
    (v, n, u) => along<op.MinimumF64>(v, n, u),
    (v, n, u) => along<op.MinimumI64>(v, n, u),
    (v, n, u) => along<op.MinimumU64>(v, n, u),
  ];
  @lazy static readonly into: StaticArray<Into> = [
    (a, v, n) => into<op.AddF64>(a, v, n),
    (a, v, n) => into<op.AddI64>(a, v, n),
    (a, v, n) => into<op.AddI64>(a, v, n),
    (a, v, n) => into<op.MulF64>(a, v, n),
    (a, v, n) => into<op.MulI64>(a, v, n),
    (a, v, n) => into<op.MulI64>(a, v, n),
    (a, v, n) => into<op.MaximumF64>(a, v, n),
    (a, v, n) => into<op.MaximumI64>(a, v, n),
    (a, v, n) => into<op.MaximumU64>(a, v, n),
    (a, v, n) => into<op.MinimumF64>(a, v, n),
    (a, v, n) => into<op.MinimumI64>(a, v, n),
    (a, v, n) => into<op.MinimumU64>(a, v, n),
  ];
}
