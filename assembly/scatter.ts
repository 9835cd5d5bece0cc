// x with rows replaced by, or combined with, the rows of updates that an index names. x is viewed as [n, i], the updates
// as [j, i]:
//
//   y = x;  then in the order of j:  y[index[j], :] = y[index[j], :] ∘ updates[j, :]
//
// so that of equal indices the later wins, and sums are taken in that order. A thread owns a range of the n rows and goes
// through every index. An index outside 0 … n - 1 fails the run.
//
// Arguments: 0 epilogue, 1-2 y, 3-4 x, 5-6 index (int32), 7-8 updates, 9 reduction, 10 lane (lanes.ts; of no account when
//   replacing), 11 log2 of bytes an element, 12 n, 13 j, 14 i.
// Reductions: 0 replace, 1 add, 2 mul, 3 min, 4 max; NaN wins in the last two.

import { Command, Run } from "./command";
import { Copy } from "./copy";
import { SCATTER } from "./kernels";
import { F32, F64, I32, I64, U32 } from "./lanes";
import { Map } from "./map";

export function scatter(command: usize, thread: i32, threads: i32): void {
  const epilogue = Command.block(command, 0);
  const shift = <usize>Command.int(command, 11);
  const n = Command.int(command, 12);
  const i = Command.int(command, 14);
  const start = Run.share(n, 1, thread, threads);
  const end = Run.share(n, 1, thread + 1, threads);
  if (start >= end) return;
  const bytes = (<usize>i) << shift;
  const y = Command.pointer(command, 1, shift);
  const x = Command.pointer(command, 3, shift);
  const index = Command.pointer(command, 5);
  const updates = Command.pointer(command, 7, shift);
  const reduction = Command.int(command, 9);
  const lane = Command.int(command, 10);
  const j = Command.int(command, 13);
  if (y != x) memory.copy(y + <usize>start * bytes, x + <usize>start * bytes, <usize>(end - start) * bytes);
  for (let k = 0; k < j; k++) {
    const row = load<i32>(index + ((<usize>k) << 2));
    if (<u32>row >= <u32>n) Run.fail(SCATTER, row);
    if (row < start || row >= end) continue;
    const to = y + <usize>row * bytes;
    const from = updates + <usize>k * bytes;
    if (reduction == 0) Copy.row(to, from, bytes);
    else if (lane == F32) combine<f32>(to, from, bytes, reduction);
    else if (lane == I32) combine<i32>(to, from, bytes, reduction);
    else if (lane == F64) combine<f64>(to, from, bytes, reduction);
    else if (lane == I64) combine<i64>(to, from, bytes, reduction);
    else if (lane == U32) combine<u32>(to, from, bytes, reduction);
    else combine<u64>(to, from, bytes, reduction);
  }
  if (epilogue != 0) Map.range(epilogue, start * i, end * i);
}

function combine<T>(y: usize, u: usize, bytes: usize, reduction: i32): void {
  for (let b: usize = 0; b < bytes; b += sizeof<T>()) {
    const p = load<T>(y + b);
    const q = load<T>(u + b);
    if (reduction == 1) store<T>(y + b, <T>(p + q));
    else if (reduction == 2) store<T>(y + b, <T>(p * q));
    else if (reduction == 3) store<T>(y + b, min<T>(p, q));
    else store<T>(y + b, max<T>(p, q));
  }
}
