// Reductions of a map's values over [outer, reduced, inner] → [outer, inner].
//
// Arguments: epilogue block, prologue block, out (slot, offset), outer, reduced, inner, op (opcodes.ts), bits of the neutral
// element, bytes an element of out.
//
// The prologue is evaluated in blocks that stay in the first-level cache. Which values are folded in which order depends on
// the sizes and strides alone: runs (inner 1) by 16 lanes within blocks of at most 1024 and then the blocks' results in the same way; columns
// by sums of 64 rows, of 64 such sums, and the rest. So rounding errors grow with the logarithm of the size, and
// any number of threads gives the same bits: they share the outputs.
//
// Kernel scratch: four arrays of a block (TEMP_BYTES each).

import { Command, Run } from "./command";
import { ArgFold, Fold } from "./fold";
import { Map } from "./map";
import { ARGMAX, ARGMIN, BLOCK, TEMP_BYTES } from "./opcodes";
import { Walk } from "./walk";

/** Outputs after which the epilogue runs. */
const FLUSH: i32 = 2048;
/** Rows of a sum at each level. */
const FAN: i32 = 64;

export function reduce(command: usize, thread: i32, threads: i32): void {
  Reduce.prologue = Command.block(command, 1);
  Reduce.source = Map.source(Reduce.prologue);
  Reduce.most = Map.block(Reduce.prologue);
  Reduce.bytes = Command.int(command, 9);
  Reduce.out = Command.pointer(command, 2, <usize>ctz(Reduce.bytes));
  Reduce.reduced = Command.int(command, 5);
  Reduce.inner = Command.int(command, 6);
  Reduce.op = Command.int(command, 7);
  Reduce.unit = Command.int(command, 8);
  const epilogue = Command.block(command, 0);
  const outer = Command.int(command, 4);
  const inner = Reduce.inner;
  let at = 0;
  let end = 0;
  if (inner == 1) {
    at = Run.share(outer, 16, thread, threads);
    end = Run.share(outer, 16, thread + 1, threads);
  } else {
    // Whole rows where they are short: each block then serves many.
    const unit = inner <= BLOCK / 2 && (outer >= threads || inner < 64) ? inner : 64;
    at = Run.share(outer * inner, unit, thread, threads);
    end = Run.share(outer * inner, unit, thread + 1, threads);
  }
  let flushed = at;
  while (at < end) {
    at = inner == 1 ? Reduce.runs(at, end) : Reduce.columns(at, end);
    if (epilogue != 0 && (at - flushed >= FLUSH || at >= end)) {
      Map.range(epilogue, flushed, at);
      flushed = at;
    }
  }
}

class Reduce {
  static prologue: usize = 0;
  /** Where the values lie, if they need no prologue. */
  static source: usize = 0;
  /** Most values that the prologue gives at once. */
  static most: i32 = 0;
  static out: usize = 0;
  static bytes: usize = 0;
  static reduced: i32 = 0;
  static inner: i32 = 0;
  static op: i32 = 0;
  static unit: i32 = 0;

  @inline
  static isArg(): bool {
    return Reduce.op >= ARGMAX;
  }

  @inline
  static least(): v128 {
    return i32x4.splat(Reduce.op >= ARGMIN ? -1 : 0);
  }

  @inline
  static put(at: i32, value: i32): void {
    if (Reduce.bytes == 4) store<i32>(Reduce.out + ((<usize>at) << 2), value);
    else if (Reduce.bytes == 2) store<u16>(Reduce.out + ((<usize>at) << 1), <u16>value);
    else store<u8>(Reduce.out + <usize>at, <u8>value);
  }

  @inline
  static values(start: i32, count: i32): usize {
    if (Reduce.source != 0) return Reduce.source + ((<usize>start) << 2);
    return Map.evaluate(Reduce.prologue, start, count);
  }

  /** Outputs from `at` on where inner is 1: one long run, or as many short ones as fit a block. Returns the next output. */
  static runs(at: i32, end: i32): i32 {
    const n = Reduce.reduced;
    if (n > Reduce.most / 2) {
      Reduce.put(at, Reduce.isArg() ? Reduce.longArg(at) : Reduce.long(at));
      return at + 1;
    }
    const rows = n == 0 ? end - at : min(end - at, Reduce.most / n);
    const values = n == 0 ? 0 : Reduce.values(at * n, rows * n);
    const stride = (<usize>n) << 2;
    if (Reduce.isArg()) {
      const float = (Reduce.op & 1) == 0;
      const least = Reduce.least();
      for (let r = 0; r < rows; r++) {
        ArgFold.begin();
        ArgFold.along(values + <usize>r * stride, n, 0, float, least);
        Reduce.put(at + r, ArgFold.index);
      }
    } else {
      const unit = i32x4.splat(Reduce.unit);
      for (let r = 0; r < rows; r++) {
        Reduce.put(at + r, Fold.along(Reduce.op, values + <usize>r * stride, n, unit));
      }
    }
    return at + rows;
  }

  static long(row: i32): i32 {
    const parts = Run.kernelScratch;
    const n = Reduce.reduced;
    const op = Reduce.op;
    const unit = i32x4.splat(Reduce.unit);
    let count = 0;
    for (let i = 0; i < n; ) {
      const m = Map.length(Reduce.prologue, row * n + i, n - i);
      const part = Fold.along(op, Reduce.values(row * n + i, m), m, unit);
      i += m;
      if (count == BLOCK) {
        store<i32>(parts, Fold.along(op, parts, count, unit));
        count = 1;
      }
      store<i32>(parts + ((<usize>count) << 2), part);
      count++;
    }
    return Fold.along(op, parts, count, unit);
  }

  static longArg(row: i32): i32 {
    const n = Reduce.reduced;
    const float = (Reduce.op & 1) == 0;
    const least = Reduce.least();
    ArgFold.begin();
    for (let i = 0; i < n; ) {
      const m = Map.length(Reduce.prologue, row * n + i, n - i);
      ArgFold.along(Reduce.values(row * n + i, m), m, i, float, least);
      i += m;
    }
    return ArgFold.index;
  }

  /** Outputs from `at` on within one row of columns, at most a block of them. Returns the next output. */
  static columns(at: i32, end: i32): i32 {
    const inner = Reduce.inner;
    const reduced = Reduce.reduced;
    const op = Reduce.op;
    const o = at / inner;
    const column = at - o * inner;
    const n = min(min(Reduce.most, inner - column), end - at);
    const first = Run.kernelScratch;
    const second = first + TEMP_BYTES;
    const third = second + TEMP_BYTES;
    const isArg = Reduce.isArg();
    const unit = first + 3 * TEMP_BYTES;
    v128.store(unit, i32x4.splat(isArg ? i32.MIN_VALUE : Reduce.unit));
    Walk.fill(first, unit, n);
    if (isArg) v128.store(unit, i32x4.splat(0));
    Walk.fill(second, unit, n);
    Walk.fill(third, unit, n);
    const together = Reduce.source != 0 ? FAN : n == inner ? max(1, Reduce.most / inner) : 1;
    const stride = (<usize>inner) << 2;
    for (let r = 0; r < reduced; ) {
      const rows = min(together, min(FAN - (r & (FAN - 1)), reduced - r));
      const count = rows == 1 ? n : rows * inner;
      const values = Reduce.values((o * reduced + r) * inner + column, count);
      if (isArg) {
        ArgFold.into(first, second, values, n, r, rows, stride, (op & 1) == 0, Reduce.least());
        r += rows;
        continue;
      }
      Fold.into(op, first, values, n, rows, stride);
      r += rows;
      if ((r & (FAN - 1)) == 0) {
        Fold.into(op, second, first, n, 1, 0);
        Walk.fill(first, unit, n);
      }
      if ((r & (FAN * FAN - 1)) == 0) {
        Fold.into(op, third, second, n, 1, 0);
        Walk.fill(second, unit, n);
      }
    }
    if (!isArg) {
      Fold.into(op, second, first, n, 1, 0);
      Fold.into(op, third, second, n, 1, 0);
    }
    Walk.store(Reduce.out + <usize>at * Reduce.bytes, isArg ? second : third, 16, n, 1, Reduce.bytes);
    return at + n;
  }
}
