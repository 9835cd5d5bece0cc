// matmul: out[batch, m, n] = a[batch, m, k] · b[batch, k, n], float32.
//
// Args, in words:
//
//    0  a: slot, offset                 8  m, n, k
//    2  b: slot, offset                11  a's strides along m and k, b's along k and n (elements)
//    4  out: slot, offset              15  route, see below
//    6  epilogue block, 0 for none     16  batch shape, 3 words, outermost first
//    7  index of out[0, 0, 0] in       19  a's batch strides, 3 words; 0 = broadcast
//       the epilogue's space           22  b's batch strides, 3 words
//
// out is contiguous. The lowering chooses the route by shape and strides:
//
//   ROW    m = 1, b's rows contiguous                       Gemv.row
//   DOT    m = 1, b's columns contiguous                    Gemv.dot, on a copy of a's row unless that is contiguous
//   DOTS   a's rows and b's columns contiguous              Gemv.dots
//   DOTS_OF_COPY   a's rows contiguous, b narrow            Gemv.dots on a copy of bᵀ
//   TILES  the register tiles of gemm.ts; + PACK_A and + PACK_B say which operand is packed. An a that is not packed has
//          contiguous rows or columns, a b that is not packed has contiguous rows.
//   PANELS  + PACK_A: the same, b laid out beforehand (matmul-pack.ts)
//   ROW_OF_PANELS  m = 1 and such a b                       Gemv.panels
//
// The threads share the row panels of the whole batch or, where these are few, column panels. Within a route an output's
// order of summation does not depend on the share it falls into.
//
// Scratch: packed b, at most KC × NC floats, then packed a, at most MC × KC; or the copy of a's row or of bᵀ.

import { Command, Run } from "./command";
import { Gemm } from "./gemm";
import { Gemv } from "./gemv";
import { Map } from "./map";
import { DOT, DOTS, DOTS_OF_COPY, PACK_A, PACK_B, PANELS, ROW, ROW_OF_PANELS } from "./matmul-routes";

/** One command's problem; the fields are read once and used by every share. */
class Matmul {
  static route: i32 = 0;
  static n: i32 = 0;
  static k: i32 = 0;
  /** Strides in bytes. */
  static am: isize = 0;
  static ak: isize = 0;
  static bk: isize = 0;
  static bn: isize = 0;
  static block: usize = 0;
  /** Outputs that are finished but not yet through the epilogue: a range that grows while it stays in one piece. */
  static from: i32 = 0;
  static to: i32 = 0;

  /** Hands finished outputs to the epilogue, small neighbouring ranges together. */
  static finish(from: i32, to: i32): void {
    if (Matmul.block == 0) return;
    if (from == Matmul.to) {
      Matmul.to = to;
    } else {
      Matmul.flush();
      Matmul.from = from;
      Matmul.to = to;
    }
    if (Matmul.to - Matmul.from >= 2048) Matmul.flush();
  }

  static flush(): void {
    if (Matmul.to > Matmul.from) Map.range(Matmul.block, Matmul.from, Matmul.to);
    Matmul.from = Matmul.to;
  }

  /** Outputs [rows] × [j0, j1) of one matrix; a and c at the first row, b at column 0; `first` is the index of c[0][0]. */
  static part(rows: i32, j0: i32, j1: i32, a: usize, b: usize, c: usize, first: i32): void {
    const n = Matmul.n,
      k = Matmul.k,
      route = Matmul.route;
    if (k == 0) {
      for (let i = 0; i < rows; i++) memory.fill(c + ((<usize>i * n + j0) << 2), 0, (<usize>(j1 - j0)) << 2);
      Matmul.finishRows(rows, j0, j1, first);
    } else if (route == ROW) {
      Gemv.row(j1 - j0, k, a, Matmul.ak, b + ((<usize>j0) << 2), Matmul.bk, c + ((<usize>j0) << 2));
      Matmul.finish(first + j0, first + j1);
    } else if (route == DOT) {
      Gemv.dot(
        j1 - j0,
        k,
        Matmul.ak == 4 ? a : Matmul.copyRow(a),
        b + j0 * Matmul.bn,
        Matmul.bn,
        c + ((<usize>j0) << 2),
      );
      Matmul.finish(first + j0, first + j1);
    } else if (route == ROW_OF_PANELS) {
      const row = Matmul.ak == 4 ? a : Matmul.copyRow(a);
      Gemv.panels(j1 - j0, k, row, b + ((<usize>j0 * k) << 2), c + ((<usize>j0) << 2));
      Matmul.finish(first + j0, first + j1);
    } else if (route == DOTS) {
      Matmul.dots(rows, j0, j1, a, b + j0 * Matmul.bn, Matmul.bn, c, first);
    } else if (route == DOTS_OF_COPY) {
      Matmul.dots(rows, j0, j1, a, Matmul.copyColumns(b + j0 * Matmul.bn, j1 - j0), ((k + 3) & ~3) << 2, c, first);
    } else {
      for (let j = j0; j < j1; j += Gemm.NC) Matmul.tiles(rows, j, min(j + Gemm.NC, j1), a, b, c, first);
    }
  }

  /** Rows of a in blocks of about 128 KiB: they pass once for every four columns of b. */
  static dots(rows: i32, j0: i32, j1: i32, a: usize, b: usize, bn: isize, c: usize, first: i32): void {
    const n = Matmul.n,
      k = Matmul.k;
    const step = max(2, (32768 / k) & ~1);
    for (let i = 0; i < rows; i += step) {
      const height = min(step, rows - i);
      const at = c + ((<usize>(i * n + j0)) << 2);
      Gemv.dots(height, j1 - j0, k, a + i * Matmul.am, Matmul.am, b, bn, at, n << 2);
      Matmul.finishRows(height, j0, j1, first + i * n);
    }
  }

  /** Columns of b as rows of a multiple of 4 floats. */
  static copyColumns(b: usize, columns: i32): usize {
    const k = Matmul.k,
      pitch = ((k + 3) & ~3) << 2;
    let to = Run.kernelScratch;
    for (let d = 0; d < k; d += 4) {
      Gemm.interleave(to, pitch, b, Matmul.bk, Matmul.bn, k - d, columns);
      b += 4 * Matmul.bk;
      to += 16;
    }
    return Run.kernelScratch;
  }

  static copyRow(a: usize): usize {
    const row = Run.kernelScratch;
    const ak = Matmul.ak;
    for (let at = row, end = row + ((<usize>Matmul.k) << 2); at < end; at += 4) {
      store<f32>(at, load<f32>(a));
      a += ak;
    }
    return row;
  }

  /** The tile route for at most NC columns. */
  static tiles(rows: i32, j0: i32, j1: i32, a: usize, b: usize, c: usize, first: i32): void {
    const n = Matmul.n,
      k = Matmul.k;
    const packA = (Matmul.route & PACK_A) != 0,
      packB = (Matmul.route & PACK_B) != 0;
    const packedB = Run.kernelScratch;
    const packedA = packB ? packedB + Gemm.packedB(min(k, Gemm.KC), j1 - j0) : packedB;
    const rowwise = !packA && Matmul.am != 4;
    for (let d = 0; d < k; d += Gemm.KC) {
      const depth = min(k - d, Gemm.KC);
      let fromB = b + d * Matmul.bk + j0 * Matmul.bn;
      let bPanel: isize = Gemm.NR << 2;
      let bStep = Matmul.bk;
      if (Matmul.route & PANELS) {
        fromB = b + ((<usize>j0 * k + <usize>d * Gemm.NR) << 2);
        bStep = Gemm.NR << 2;
        bPanel = k * bStep;
      }
      if (packB) {
        Gemm.packB(packedB, fromB, bStep, Matmul.bn, depth, j1 - j0);
        fromB = packedB;
        bStep = Gemm.NR << 2;
        bPanel = depth * bStep;
      }
      for (let i = 0; i < rows; i += Gemm.MC) {
        const height = min(rows - i, Gemm.MC);
        let fromA = a + i * Matmul.am + d * Matmul.ak;
        let aPanel = Gemm.MR * Matmul.am;
        let aStep = Matmul.ak;
        if (packA) {
          Gemm.packA(packedA, fromA, Matmul.am, aStep, height, depth);
          fromA = packedA;
          aStep = Gemm.MR << 2;
          aPanel = depth * aStep;
        }
        let to = c + ((<usize>i * n + j0) << 2);
        let panel = fromB;
        for (let j = j0; j < j1; j += Gemm.NR) {
          if (rowwise)
            Gemm.rows(height, min(j1 - j, Gemm.NR), depth, fromA, Matmul.am, panel, bStep, to, n << 2, d > 0);
          else Gemm.steps(height, min(j1 - j, Gemm.NR), depth, fromA, aPanel, aStep, panel, bStep, to, n << 2, d > 0);
          panel += bPanel;
          to += Gemm.NR << 2;
        }
        if (d + depth == k) Matmul.finishRows(height, j0, j1, first + i * n);
      }
    }
  }

  @inline
  static finishRows(rows: i32, j0: i32, j1: i32, first: i32): void {
    const n = Matmul.n;
    if (j1 - j0 == n) Matmul.finish(first, first + rows * n);
    else for (let i = 0; i < rows; i++) Matmul.finish(first + i * n + j0, first + i * n + j1);
  }
}

export function matmul(command: usize, thread: i32, threads: i32): void {
  const a = Command.pointer(command, 0);
  const b = Command.pointer(command, 2);
  const out = Command.pointer(command, 4);
  const first = Command.int(command, 7);
  const m = Command.int(command, 8);
  const n = Command.int(command, 9);
  Matmul.n = n;
  Matmul.k = Command.int(command, 10);
  Matmul.am = Command.int(command, 11) << 2;
  Matmul.ak = Command.int(command, 12) << 2;
  Matmul.bk = Command.int(command, 13) << 2;
  Matmul.bn = Command.int(command, 14) << 2;
  Matmul.route = Command.int(command, 15);
  Matmul.block = Command.block(command, 6);
  Matmul.from = 0;
  Matmul.to = 0;

  const batch1 = Command.int(command, 17);
  const batch2 = Command.int(command, 18);
  const batches = Command.int(command, 16) * batch1 * batch2;
  const rowPanels = (m + Gemm.MR - 1) / Gemm.MR;
  const width = Matmul.route == ROW_OF_PANELS ? 32 : 16;
  const columnPanels = (n + width - 1) / width;
  let byRows = true;
  if (threads > 1) {
    // What a thread does not share with the others is packed, or read, by it alone: the longer side is cut.
    const wide = batches == 1 && n > m && columnPanels >= 4 * threads;
    byRows = !wide && (batches * rowPanels >= 4 * threads || rowPanels >= columnPanels);
  }
  const unit = byRows ? Gemm.MR : width;
  const units = byRows ? rowPanels : columnPanels;
  let at = 0;
  let end = batches * units;
  if (threads > 1) {
    at = Run.share(end, 1, thread, threads);
    end = Run.share(end, 1, thread + 1, threads);
  }
  while (at < end) {
    let batch = 0;
    let aShift = 0;
    let bShift = 0;
    if (batches > 1) {
      batch = at / units;
      const x2 = batch % batch2;
      const outer = batch / batch2;
      const x1 = outer % batch1;
      const x0 = outer / batch1;
      aShift = x0 * Command.int(command, 19) + x1 * Command.int(command, 20) + x2 * Command.int(command, 21);
      bShift = x0 * Command.int(command, 22) + x1 * Command.int(command, 23) + x2 * Command.int(command, 24);
    }
    const u0 = at - batch * units;
    const u1 = min(units, u0 + end - at);
    at += u1 - u0;
    const start = batch * m * n;
    const i0 = byRows ? u0 * unit : 0;
    const i1 = byRows ? min(m, u1 * unit) : m;
    Matmul.part(
      i1 - i0,
      byRows ? 0 : u0 * unit,
      byRows ? n : min(n, u1 * unit),
      a + ((<usize>aShift) << 2) + i0 * Matmul.am,
      b + ((<usize>bShift) << 2),
      out + ((<usize>(start + i0 * n)) << 2),
      first + start + i0 * n,
    );
  }
  Matmul.flush();
}
