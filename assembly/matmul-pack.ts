// The right factor of products laid out once, for those that never change: panels for the whole depth, one after another.
//
//   [batch][panel][k][width]        lanes past the last column hold anything
//
// width 8 serves the register tiles (gemm.ts). Width 32 serves single rows (Gemv.panels): what is left of n takes panels of 8.
//
// Arguments: b (slot, offset), out (slot, offset), batch, k, n, b's strides along batch, k and n, width.
// Threads share the columns, eight at a time.

import { Command, Run } from "./command";
import { Gemm } from "./gemm";

export function matmulPack(command: usize, thread: i32, threads: i32): void {
  const batch = Command.int(command, 4);
  const k = Command.int(command, 5);
  const n = Command.int(command, 6);
  const kStride = (<isize>Command.int(command, 8)) << 2;
  const nStride = (<isize>Command.int(command, 9)) << 2;
  const width = Command.int(command, 10);
  const eights = (n + 7) >> 3;
  const wide = n - (n % width);
  const end = Run.share(batch * eights, 1, thread + 1, threads);
  for (let i = Run.share(batch * eights, 1, thread, threads); i < end; i++) {
    const matrix = i / eights;
    const column = (i - matrix * eights) << 3;
    const own = column < wide ? width : 8;
    const inside = column < wide ? column % width : 0;
    const from = Command.pointer(command, 0) + ((<isize>(matrix * Command.int(command, 7))) << 2) + column * nStride;
    const start = <usize>(matrix * eights * 8 + column - inside) * <usize>k + <usize>inside;
    const to = Command.pointer(command, 2) + (start << 2);
    const step = (<isize>own) << 2;
    Gemm.interleave(to, step, from, nStride, kStride, n - column, k);
    if (n - column > 4) Gemm.interleave(to + 16, step, from + 4 * nStride, nStride, kStride, n - column - 4, k);
  }
}
