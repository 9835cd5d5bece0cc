// matmulInteger: out[batch, m, n] = (a[batch, m, k] − za)(b[batch, k, n] − zb), 8-bit operands, int32 sums that wrap at 2³².
//
// Arguments, in words:
//
//    0  a: slot, offset                 9  m, n, k
//    2  packed b: slot, offset         12  a's strides along m and k (bytes)
//    4  out: slot, offset              14  1 for an unsigned a
//    6  epilogue block, 0 for none     15  rank of the batch, its shape, strides of a, of packed b, of a's zero point (bytes)
//    7  a's zero point: slot (−1:
//       none), offset
//    …  after the batch: stride of a's zero point along m
//
// b is packed ahead (pack-integer.ts). Blocks of ROWS rows of a are packed to panels of 4, GROUPS groups at a time; a panel
// of b stays in the first-level cache while they pass. Threads share rows or, where these are few, columns; what is summed
// is exact in int32, so no order shows.
//
// Scratch: 12 (ROWS + 8) bytes for a block's zero points, sums and what its values are less; then the panels.

import { Command, Run } from "./command";
import { GROUPS, ROWS } from "./integer-blocks";
import { Panels } from "./integer-panels";
import { IntegerTile } from "./integer-tile";
import { Map } from "./map";

const LINE: usize = (ROWS + 8) * 4;

class MatmulInteger {
  static n: i32 = 0;
  static k: i32 = 0;
  static am: isize = 0;
  static ak: isize = 0;
  static flip: i32 = 0;
  static zeroStride: isize = 0;
  static block: usize = 0;

  /** Outputs [rows] × [j0, j1) of one matrix; j0 begins a panel. `first` is the index of c[0][0]; zero is 0 for none. */
  static part(rows: i32, j0: i32, j1: i32, a: usize, b: usize, zero: usize, c: usize, first: i32): void {
    const n = MatmulInteger.n,
      k = MatmulInteger.k;
    const ldc = n << 2;
    const narrow = ASC_FEATURE_RELAXED_SIMD && load<i32>(b) != 0;
    const line = (<usize>((n + 7) & ~7)) << 2;
    const w = b + 64;
    const q = w + line;
    const groups = Panels.groups(k, narrow);
    const less = Run.kernelScratch;
    const p = less + LINE;
    const sums = p + LINE;
    const packed = sums + LINE;
    const per = Panels.per(narrow);
    for (let i = 0; i < rows; i += ROWS) {
      const height = min(rows - i, ROWS);
      for (let r = 0; r < height; r++) {
        const at = (<usize>r) << 2;
        const byte = zero == 0 ? 0 : load<u8>(zero + (i + r) * MatmulInteger.zeroStride);
        const value = <i32>(<i8>(byte ^ MatmulInteger.flip));
        store<i32>(less + at, narrow ? 0 : value);
        store<i32>(p + at, value);
        store<i32>(sums + at, -k * value);
      }
      for (let g = 0; g < groups; g += GROUPS) {
        const depth = min(k - g * per, GROUPS * per);
        const count = min(groups - g, GROUPS);
        const aPanel = (<usize>count) << 4;
        const from = a + i * MatmulInteger.am + g * per * MatmulInteger.ak;
        for (let r = 0; r < height; r += 4) {
          const to = packed + (r >> 2) * aPanel;
          const at = (<usize>r) << 2;
          const base = from + r * MatmulInteger.am;
          const lines = height - r;
          Panels.pack(
            to,
            4,
            base,
            MatmulInteger.am,
            MatmulInteger.ak,
            lines,
            depth,
            narrow,
            MatmulInteger.flip,
            less + at,
          );
          if (ASC_FEATURE_RELAXED_SIMD && narrow) Panels.sums(sums + at, to, 4, count);
        }
        const at = c + ((<usize>(i * n)) << 2);
        for (let j = j0; j < j1; j += 8) {
          const panel = q + line + ((<usize>(j >> 3) * groups + g) << 5);
          const to = at + ((<usize>j) << 2);
          IntegerTile.panel(height, min(j1 - j, 8), count, packed, aPanel, panel, to, ldc, narrow, false, g > 0);
        }
      }
      const to = c + ((<usize>(i * n + j0)) << 2);
      if (groups == 0) for (let r = 0; r < height; r++) memory.fill(to + r * ldc, 0, (<usize>(j1 - j0)) << 2);
      if (ASC_FEATURE_RELAXED_SIMD && narrow) {
        const at = (<usize>j0) << 2;
        IntegerTile.correct(height, j1 - j0, to, ldc, p, w + at, sums, q + at);
      }
      if (MatmulInteger.block == 0) continue;
      const start = first + i * n;
      if (j1 - j0 == n) Map.range(MatmulInteger.block, start, start + height * n);
      else for (let r = 0; r < height; r++) Map.range(MatmulInteger.block, start + r * n + j0, start + r * n + j1);
    }
  }
}

export function matmulInteger(command: usize, thread: i32, threads: i32): void {
  const a = Command.pointer(command, 0, 0);
  const b = Command.pointer(command, 2, 0);
  const out = Command.pointer(command, 4);
  MatmulInteger.block = Command.block(command, 6);
  const zero = Command.int(command, 7) < 0 ? 0 : Command.pointer(command, 7, 0);
  const m = Command.int(command, 9);
  const n = Command.int(command, 10);
  MatmulInteger.n = n;
  MatmulInteger.k = Command.int(command, 11);
  MatmulInteger.am = Command.int(command, 12);
  MatmulInteger.ak = Command.int(command, 13);
  MatmulInteger.flip = Command.int(command, 14) == 0 ? 0 : 128;
  MatmulInteger.zeroStride = Command.int(command, 16 + 4 * Command.int(command, 15));
  const batches = Command.batches(command, 15);
  const rowPanels = (m + 3) >> 2;
  const columnPanels = (n + 7) >> 3;
  const byRows = batches * rowPanels >= 4 * threads || rowPanels >= columnPanels;
  const units = byRows ? rowPanels : columnPanels;
  let at = Run.share(batches * units, 1, thread, threads);
  const end = Run.share(batches * units, 1, thread + 1, threads);
  while (at < end) {
    const batch = at / units;
    const u0 = at - batch * units;
    const u1 = min(units, u0 + end - at);
    at += u1 - u0;
    const i0 = byRows ? u0 << 2 : 0;
    const i1 = byRows ? min(m, u1 << 2) : m;
    const j0 = byRows ? 0 : u0 << 3;
    const j1 = byRows ? n : min(n, u1 << 3);
    const start = (batch * m + i0) * n;
    MatmulInteger.part(
      i1 - i0,
      j0,
      j1,
      a + Command.batchOffset(command, 15, batch, 0) + i0 * MatmulInteger.am,
      b + Command.batchOffset(command, 15, batch, 1),
      zero == 0 ? 0 : zero + Command.batchOffset(command, 15, batch, 2) + i0 * MatmulInteger.zeroStride,
      out + ((<usize>start) << 2),
      start,
    );
  }
}
