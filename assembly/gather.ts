// Reading and adding at positions that an index tensor names. The operand is viewed as [o, n, i], n being the axis.
//
//   take      index [j]        gather: y[o, j, i] = x[o, index[j], i]          (embedding, indexSelect)
//   elements  index [o, j, i]  gather: y[o, j, i] = x[o, index[o, j, i], i]    (torch.gather)
//
// scatterAdd is the gradient: dx is zero, then each dy[o, j, i] is added where gather read, in the order of j. A thread
// owns a range of the o * n target rows and goes through every index, so the order of additions never depends on the
// number of threads.
//
// An index counts from the end when negative: -n ≤ index < n. Any other fails the run, is read as zeros and adds nothing.
//
// gather, args: 0 epilogue, 1-2 y, 3-4 x, 5-6 index (int32), 7 mode (0 take, 1 elements), 8 log2 of bytes an element, 9 o, 10 n, 11 j, 12 i.
// scatterAdd, args: 0 epilogue, 1-2 dx, 3-4 dy, 5-6 index (int32), 7 mode, 8 lane (lanes.ts), 9 o, 10 n, 11 j,
//   12 i.
// checkIndex, args: 0 epilogue, 1-2 out, 3-4 index (int32), 5 count, 6 size: copies the index, fails on the first outside
//   0 ≤ index < size.

import { Command, Run } from "./command";
import { CHECK_INDEX, GATHER, SCATTER_ADD } from "./kernels";
import { F32, F64, I64, U64 } from "./lanes";
import { Map } from "./map";

/** Output elements that are finished before the epilogue runs over them. */
const CHUNK: i32 = 2048;

class Index {
  /** Position in 0 … n - 1 that the index at `address` names, or -1 after failing the run. */
  @inline
  static read(address: usize, n: i32, kernel: i32): i32 {
    const index = load<i32>(address);
    const position = index < 0 ? index + n : index;
    if (<u32>position < <u32>n) return position;
    Run.fail(kernel, index);
    return -1;
  }

  /** Copies a short row; bulk copies pay a call into the engine. */
  @inline
  static copy(to: usize, from: usize, bytes: usize): void {
    let b: usize = 0;
    for (; b + 16 <= bytes; b += 16) v128.store(to + b, v128.load(from + b));
    for (; b + 4 <= bytes; b += 4) store<i32>(to + b, load<i32>(from + b));
    for (; b < bytes; b++) store<u8>(to + b, load<u8>(from + b));
  }
}

/** Reads x at the index. */
export function gather(command: usize, thread: i32, threads: i32): void {
  const shift = <usize>Command.int(command, 8);
  const epilogue = Command.block(command, 0);
  const y = Command.pointer(command, 1, shift);
  const x = Command.pointer(command, 3, shift);
  const index = Command.pointer(command, 5);
  const o = Command.int(command, 9);
  const n = Command.int(command, 10);
  const j = Command.int(command, 11);
  const i = Command.int(command, 12);
  // Work items are rows of i elements when taking, single elements otherwise.
  const elements = Command.int(command, 7) == 1;
  const row = elements ? 1 : i;
  const items = elements ? o * j * i : o * j;
  const step = max(1, CHUNK / max(1, row));
  const end = Run.share(items, 1, thread + 1, threads);
  for (let from = Run.share(items, 1, thread, threads); from < end; from += step) {
    const to = min(end, from + step);
    if (elements) gatherElements(y, x, index, shift, from, to, n, j, i);
    else gatherRows(y, x, index, shift, from, to, n, j, i);
    if (epilogue != 0) Map.range(epilogue, from * row, to * row);
  }
}

function gatherRows(y: usize, x: usize, index: usize, shift: usize, from: i32, to: i32, n: i32, j: i32, i: i32): void {
  const bytes = (<usize>i) << shift;
  let o = from / j;
  let at = from - o * j;
  for (let r = from; r < to; r++) {
    const position = Index.read(index + ((<usize>at) << 2), n, GATHER);
    const target = y + <usize>r * bytes;
    const source = x + (<usize>o * <usize>n + <usize>position) * bytes;
    if (position < 0) memory.fill(target, 0, bytes);
    else if (bytes == 4) store<i32>(target, load<i32>(source));
    else if (bytes < 512) Index.copy(target, source, bytes);
    else memory.copy(target, source, bytes);
    if (++at == j) {
      at = 0;
      o++;
    }
  }
}

function gatherElements(
  y: usize,
  x: usize,
  index: usize,
  shift: usize,
  from: i32,
  to: i32,
  n: i32,
  j: i32,
  i: i32,
): void {
  const plane = j * i;
  let o = from / plane;
  let at = from - o * plane;
  let column = at % i;
  for (let e = from; e < to; e++) {
    const position = Index.read(index + ((<usize>e) << 2), n, GATHER);
    const source = x + (((<usize>o * <usize>n + <usize>position) * <usize>i + <usize>column) << shift);
    const target = y + ((<usize>e) << shift);
    if (shift == 2) store<i32>(target, position < 0 ? 0 : load<i32>(source));
    else if (shift == 3) store<i64>(target, position < 0 ? 0 : load<i64>(source));
    else if (shift == 1) store<u16>(target, position < 0 ? 0 : load<u16>(source));
    else store<u8>(target, position < 0 ? 0 : load<u8>(source));
    if (++column == i) column = 0;
    if (++at == plane) {
      at = 0;
      o++;
    }
  }
}

/** Adds dy at the index. */
export function scatterAdd(command: usize, thread: i32, threads: i32): void {
  const epilogue = Command.block(command, 0);
  const lane = Command.int(command, 8);
  const shift: usize = lane == F64 || lane == I64 || lane == U64 ? 3 : 2;
  const dx = Command.pointer(command, 1, shift);
  const dy = Command.pointer(command, 3, shift);
  const index = Command.pointer(command, 5);
  const elements = Command.int(command, 7) == 1;
  const n = Command.int(command, 10);
  const j = Command.int(command, 11);
  const i = Command.int(command, 12);
  const rows = Command.int(command, 9) * n;
  const start = Run.share(rows, 1, thread, threads);
  const end = Run.share(rows, 1, thread + 1, threads);
  if (start >= end) return;
  memory.fill(dx + ((<usize>(start * i)) << shift), 0, (<usize>((end - start) * i)) << shift);
  for (let o = start / n; o * n < end; o++) {
    const first = max(0, start - o * n);
    const last = min(n, end - o * n);
    const target = dx + ((<usize>(o * n * i)) << shift);
    const source = dy + ((<usize>(o * j * i)) << shift);
    const names = elements ? index + ((<usize>(o * j * i)) << 2) : index;
    if (elements) addElements(target, source, names, lane, shift, first, last, n, j, i);
    else addRows(target, source, names, lane, shift, first, last, n, j, i);
  }
  if (epilogue != 0) Map.range(epilogue, start * i, end * i);
}

function addRows(
  dx: usize,
  dy: usize,
  index: usize,
  lane: i32,
  shift: usize,
  first: i32,
  last: i32,
  n: i32,
  j: i32,
  i: i32,
): void {
  const bytes = (<usize>i) << shift;
  for (let k = 0; k < j; k++) {
    const position = Index.read(index + ((<usize>k) << 2), n, SCATTER_ADD);
    if (position < first || position >= last) continue;
    add(dx + <usize>position * bytes, dy + <usize>k * bytes, bytes, lane, shift);
  }
}

function addElements(
  dx: usize,
  dy: usize,
  index: usize,
  lane: i32,
  shift: usize,
  first: i32,
  last: i32,
  n: i32,
  j: i32,
  i: i32,
): void {
  let at: usize = 0;
  for (let k = 0; k < j; k++) {
    for (let column = 0; column < i; column++, at++) {
      const position = Index.read(index + (at << 2), n, SCATTER_ADD);
      if (position < first || position >= last) continue;
      add(dx + ((<usize>(position * i + column)) << shift), dy + (at << shift), (<usize>1) << shift, lane, shift);
    }
  }
}

/** Adds a run of values, in vectors and then one by one. */
function add(target: usize, source: usize, bytes: usize, lane: i32, shift: usize): void {
  const vectors = bytes & ~15;
  let b: usize = 0;
  if (lane == F32) {
    for (; b < vectors; b += 16) v128.store(target + b, f32x4.add(v128.load(target + b), v128.load(source + b)));
    for (; b < bytes; b += 4) store<f32>(target + b, load<f32>(target + b) + load<f32>(source + b));
  } else if (lane == F64) {
    for (; b < bytes; b += 8) store<f64>(target + b, load<f64>(target + b) + load<f64>(source + b));
  } else if (shift == 3) {
    for (; b < bytes; b += 8) store<i64>(target + b, load<i64>(target + b) + load<i64>(source + b));
  } else {
    for (; b < vectors; b += 16) v128.store(target + b, i32x4.add(v128.load(target + b), v128.load(source + b)));
    for (; b < bytes; b += 4) store<i32>(target + b, load<i32>(target + b) + load<i32>(source + b));
  }
}

/** Copies an index and refuses what lies outside 0 … size - 1. */
export function checkIndex(command: usize, thread: i32, threads: i32): void {
  const epilogue = Command.block(command, 0);
  const out = Command.pointer(command, 1);
  const index = Command.pointer(command, 3);
  const count = Command.int(command, 5);
  const size = <u32>Command.int(command, 6);
  const start = Run.share(count, 16, thread, threads);
  const end = Run.share(count, 16, thread + 1, threads);
  for (let e = start; e < end; e++) {
    const value = load<i32>(index + ((<usize>e) << 2));
    if (<u32>value >= size) Run.fail(CHECK_INDEX, value);
    store<i32>(out + ((<usize>e) << 2), value);
  }
  if (epilogue != 0 && start < end) Map.range(epilogue, start, end);
}
