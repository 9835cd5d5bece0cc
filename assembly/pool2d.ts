// Pooling over windows of planes, and its gradients. A tensor [n, c, h, w] is n * c planes.
//
// Forward, a row of the output at a time: the window's rows are combined into one padded row (in scratch), and that
// row's window columns into the output. Both steps run over four columns at once, and padding costs nothing:
//
//   x rows iy … iy + (kh - 1) dh      one row, `left` pads before it        y row oy
//   ────────────────                  ┌───┬────────────────┬────┐
//   ────────────────   ── down ──►    │pad│                │ pad│  ── across ──►  ──────────
//   ────────────────                  └───┴────────────────┴────┘
//
// Max: padding is -inf, and a value replaces the best so far if it is greater or NaN, so NaN propagates and the first of
// equal values wins. The quick pass assumes that there is no NaN and looks for one on the way; a row that has one is
// done again with care. A window without any element gives -inf.
// Average: the sum over the window divided by its elements, counted with or without padding. A window that counts no
// element gives 0.
//
// Arguments are in pool2d-shape.ts, gradients in pool2d-backward.ts.

import { Command, Run } from "./command";
import { Map } from "./map";
import { Pool } from "./pool2d-shape";
import { Three } from "./pool2d-three";

/** How two values of a window combine. */
const SUM: i32 = 0;
const QUICK_MAX: i32 = 1;
const CAREFUL_MAX: i32 = 2;

class Combine {
  @inline
  static of(kind: i32, best: v128, v: v128): v128 {
    if (kind == SUM) return f32x4.add(best, v);
    if (kind == QUICK_MAX) return f32x4.pmax(best, v);
    return v128.bitselect(v, best, v128.or(f32x4.gt(v, best), f32x4.ne(v, v)));
  }

  /** Combines the window rows of output row `oy` into the padded row. Returns whether a NaN was seen (in quick max only). */
  @inline
  static down(kind: i32, x: usize, oy: i32): bool {
    const start = oy * Pool.sh - Pool.top;
    const first = Pool.firstTap(start, Pool.dh);
    const rows = Pool.lastTap(start, Pool.kh, Pool.dh, Pool.h) - first;
    const pad = f32x4.splat(kind == SUM ? 0 : -Infinity);
    const w = (<usize>Pool.w) << 2;
    const to = Pool.row + ((<usize>Pool.left) << 2);
    const step = <usize>Pool.dh * w;
    let nan = i32x4.splat(0);
    if (rows <= 0) {
      for (let b: usize = 0; b < w; b += 16) v128.store(to + b, pad);
    } else {
      const from = x + <usize>(start + first * Pool.dh) * w;
      for (let b: usize = 0; b < w; b += 32) {
        let p = from + b;
        let v0 = v128.load(p);
        let v1 = v128.load(p, 16);
        if (kind == QUICK_MAX) nan = v128.or(nan, v128.or(f32x4.ne(v0, v0), f32x4.ne(v1, v1)));
        for (let k = 1; k < rows; k++) {
          p += step;
          const u0 = v128.load(p);
          const u1 = v128.load(p, 16);
          if (kind == QUICK_MAX) nan = v128.or(nan, v128.or(f32x4.ne(u0, u0), f32x4.ne(u1, u1)));
          v0 = Combine.of(kind, v0, u0);
          v1 = Combine.of(kind, v1, u1);
        }
        v128.store(to + b, v0);
        v128.store(to + b, v1, 16);
      }
    }
    // What the last vectors wrote behind the row.
    v128.store(to + w, pad);
    v128.store(to + w, pad, 16);
    return kind == QUICK_MAX && v128.any_true(nan);
  }

  /** Combines the window columns of the padded row into a row of y, divided by the windows' counts if they are sums. */
  @inline
  static across(kind: i32, stride: i32, y: usize, rows: f32): void {
    const kw = Pool.kw;
    const ow = Pool.ow;
    const dilation = (<usize>Pool.dw) << 2;
    const step = (<usize>stride) << 4;
    const factor = f32x4.splat(rows);
    let p = Pool.row;
    let counts = Pool.second;
    for (let ox = 0; ox < ow; ox += 4) {
      let q = p;
      let v = Pool.four(q, stride);
      for (let k = 1; k < kw; k++) {
        q += dilation;
        v = Combine.of(kind, v, Pool.four(q, stride));
      }
      if (kind == SUM) v = f32x4.div(v, f32x4.mul(factor, v128.load(counts)));
      if (ox + 4 <= ow) v128.store(y, v);
      else Pool.part(y, v, ow - ox);
      p += step;
      y += 16;
      counts += 16;
    }
  }

  @inline
  static acrossAny(kind: i32, y: usize, rows: f32): void {
    if (Pool.sw == 1) Combine.across(kind, 1, y, rows);
    else if (Pool.sw == 2) Combine.across(kind, 2, y, rows);
    else Combine.across(kind, Pool.sw, y, rows);
  }

  /** A row of y from 2 × 2 windows that touch none other. Returns whether a NaN may have been seen (in quick max only). */
  @inline
  static two(kind: i32, x: usize, y: usize): bool {
    const below = (<usize>Pool.w) << 2;
    const ow = Pool.ow;
    const quarter = f32x4.splat(0.25);
    let nan = i32x4.splat(0);
    for (let ox = 0; ox < ow; ox += 4) {
      const a = v128.load(x);
      const b = v128.load(x, 16);
      const c = v128.load(x + below);
      const d = v128.load(x + below, 16);
      const u = Combine.of(kind, a, c);
      const v = Combine.of(kind, b, d);
      if (kind == QUICK_MAX) {
        // The sum is NaN if any of the four is; where infinities cancel too, which costs only time.
        const sum = f32x4.add(f32x4.add(a, b), f32x4.add(c, d));
        nan = v128.or(nan, f32x4.ne(sum, sum));
      }
      let z = Combine.of(kind, v128.shuffle<f32>(u, v, 0, 2, 4, 6), v128.shuffle<f32>(u, v, 1, 3, 5, 7));
      if (kind == SUM) z = f32x4.mul(z, quarter);
      if (ox + 4 <= ow) v128.store(y, z);
      else Pool.part(y, z, ow - ox);
      x += 32;
      y += 16;
    }
    return kind == QUICK_MAX && v128.any_true(nan);
  }
}

/** Plain functions, so that each variant is compiled once and the rows' loops are short. */
function carefulRow(x: usize, y: usize, oy: i32): void {
  Combine.down(CAREFUL_MAX, x, oy);
  Combine.acrossAny(CAREFUL_MAX, y, 0);
}

function maxRow(x: usize, y: usize, oy: i32): void {
  if (Combine.down(QUICK_MAX, x, oy)) carefulRow(x, y, oy);
  else Combine.acrossAny(QUICK_MAX, y, 0);
}

function maxRowTwo(x: usize, y: usize, oy: i32): void {
  if (Combine.two(QUICK_MAX, x + ((<usize>(oy * 2 * Pool.w)) << 2), y)) carefulRow(x, y, oy);
}

function maxRowThree(x: usize, y: usize, oy: i32): void {
  if (Three.row(x, y, oy)) carefulRow(x, y, oy);
}

function averageRow(x: usize, y: usize, oy: i32): void {
  Combine.down(SUM, x, oy);
  Combine.acrossAny(SUM, y, Pool.countRows(oy));
}

function averageRowTwo(x: usize, y: usize, oy: i32): void {
  Combine.two(SUM, x + ((<usize>(oy * 2 * Pool.w)) << 2), y);
}

/** Goes through this thread's rows of y, some hundreds of elements between two calls of the epilogue. */
export function maxPool2d(command: usize, thread: i32, threads: i32): void {
  pool(command, thread, threads, true);
}

export function avgPool2d(command: usize, thread: i32, threads: i32): void {
  pool(command, thread, threads, false);
}

function pool(command: usize, thread: i32, threads: i32, maximum: bool): void {
  Pool.load(command);
  const epilogue = Command.block(command, 0);
  const out = Command.pointer(command, 1);
  const x = Command.pointer(command, 3);
  const oh = Pool.oh;
  const ow = Pool.ow;
  const rows = Command.int(command, 7) * oh;
  const plane = (<usize>(Pool.h * Pool.w)) << 2;
  const two = Pool.two();
  const three = Pool.three();
  Pool.clear(Pool.row, maximum ? -Infinity : 0, Pool.width);
  if (!maximum) Pool.countColumns();
  const start = Run.share(rows, 1, thread, threads);
  const end = Run.share(rows, 1, thread + 1, threads);
  const step = max(1, 1024 / max(1, ow));
  for (let from = start; from < end; from += step) {
    const to = min(end, from + step);
    let oy = from % oh;
    let source = x + <usize>(from / oh) * plane;
    let y = out + ((<usize>(from * ow)) << 2);
    for (let r = from; r < to; r++) {
      if (maximum) {
        if (two) maxRowTwo(source, y, oy);
        else if (three) maxRowThree(source, y, oy);
        else maxRow(source, y, oy);
      } else if (two) averageRowTwo(source, y, oy);
      else averageRow(source, y, oy);
      y += (<usize>ow) << 2;
      if (++oy == oh) {
        oy = 0;
        source += plane;
      }
    }
    if (epilogue != 0) Map.range(epilogue, from * ow, to * ow);
  }
}
