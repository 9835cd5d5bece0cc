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
// args of every kernel of this family:
//   0 epilogue, 1-2 out, 3-4 in, 5-6 second input, 7 planes, 8 h, 9 w, 10 oh, 11 ow, 12 kh, 13 kw, 14 sh, 15 sw, 16 top,
//   17 left, 18 bottom, 19 right, 20 dh, 21 dw, 22 countIncludePad (0 or 1), 23 floats of a padded row in scratch.
// Gradients are in pool2d-backward.ts. (h, w) is always the size of x, (oh, ow) that of y.
// Scratch: the padded row, then two rows of ow rounded up to 4, plus 4.

import { Command, Run } from "./command";
import { Map } from "./map";

/** The command's geometry. */
export class Pool {
  static h: i32 = 0;
  static w: i32 = 0;
  static oh: i32 = 0;
  static ow: i32 = 0;
  static kh: i32 = 0;
  static kw: i32 = 0;
  static sh: i32 = 0;
  static sw: i32 = 0;
  static top: i32 = 0;
  static left: i32 = 0;
  static bottom: i32 = 0;
  static right: i32 = 0;
  static dh: i32 = 0;
  static dw: i32 = 0;
  static countPad: bool = false;
  static width: i32 = 0;
  /** The padded row. */
  static row: usize = 0;
  /** Two rows of ow elements. */
  static first: usize = 0;
  static second: usize = 0;

  static load(command: usize): void {
    Pool.h = Command.int(command, 8);
    Pool.w = Command.int(command, 9);
    Pool.oh = Command.int(command, 10);
    Pool.ow = Command.int(command, 11);
    Pool.kh = Command.int(command, 12);
    Pool.kw = Command.int(command, 13);
    Pool.sh = Command.int(command, 14);
    Pool.sw = Command.int(command, 15);
    Pool.top = Command.int(command, 16);
    Pool.left = Command.int(command, 17);
    Pool.bottom = Command.int(command, 18);
    Pool.right = Command.int(command, 19);
    Pool.dh = Command.int(command, 20);
    Pool.dw = Command.int(command, 21);
    Pool.countPad = Command.int(command, 22) != 0;
    Pool.width = Command.int(command, 23);
    Pool.row = Run.kernelScratch;
    Pool.first = Pool.row + ((<usize>Pool.width) << 2);
    Pool.second = Pool.first + ((<usize>(((Pool.ow + 3) & ~3) + 4)) << 2);
  }

  /** Whether every window is 2 × 2, lies inside x and touches no other. */
  @inline
  static two(): bool {
    return (
      Pool.kh == 2 &&
      Pool.kw == 2 &&
      Pool.sh == 2 &&
      Pool.sw == 2 &&
      Pool.dh == 1 &&
      Pool.dw == 1 &&
      (Pool.top | Pool.left) == 0 &&
      Pool.oh * 2 <= Pool.h &&
      Pool.ow * 2 <= Pool.w
    );
  }

  /** First tap of a window that begins at `start` (maybe negative) and lies in 0 … size - 1. */
  @inline
  static firstTap(start: i32, dilation: i32): i32 {
    return start < 0 ? (dilation - 1 - start) / dilation : 0;
  }

  /** One past the last such tap, of `taps`. */
  @inline
  static lastTap(start: i32, taps: i32, dilation: i32, size: i32): i32 {
    return start >= size ? 0 : min(taps, (size - 1 - start) / dilation + 1);
  }

  /** How many elements a window that begins at `start` counts along one axis, of size `size` with `after` padding behind. */
  static count(start: i32, taps: i32, dilation: i32, size: i32, before: i32, after: i32): i32 {
    const pad = Pool.countPad;
    const first = Pool.firstTap(pad ? start + before : start, dilation);
    const last = Pool.lastTap(pad ? start + before : start, taps, dilation, pad ? size + before + after : size);
    return max(0, last - first);
  }

  /** Counts of the windows of one row, as floats in `second`. */
  static countColumns(): void {
    for (let ox = 0; ox < Pool.ow; ox++) {
      const n = Pool.count(ox * Pool.sw - Pool.left, Pool.kw, Pool.dw, Pool.w, Pool.left, Pool.right);
      store<f32>(Pool.second + ((<usize>ox) << 2), <f32>max(1, n));
    }
  }

  /** The factor that the rows of output row `oy` contribute to its windows' counts. */
  static countRows(oy: i32): f32 {
    const n = Pool.count(oy * Pool.sh - Pool.top, Pool.kh, Pool.dh, Pool.h, Pool.top, Pool.bottom);
    return <f32>max(1, n);
  }

  /** Four elements, `stride` apart. */
  @inline
  static four(p: usize, stride: i32): v128 {
    if (stride == 1) return v128.load(p);
    if (stride == 2) return v128.shuffle<f32>(v128.load(p), v128.load(p, 16), 0, 2, 4, 6);
    const s = (<usize>stride) << 2;
    let v = v128.load32_zero(p);
    v = v128.load32_lane(p + s, v, 1);
    v = v128.load32_lane(p + 2 * s, v, 2);
    return v128.load32_lane(p + 3 * s, v, 3);
  }

  /** Stores the first n lanes, n < 4. */
  @inline
  static part(p: usize, v: v128, n: i32): void {
    if (n > 0) v128.store32_lane(p, v, 0);
    if (n > 1) v128.store32_lane(p, v, 1, 4);
    if (n > 2) v128.store32_lane(p, v, 2, 8);
  }

  /** Fills a row of scratch. */
  static clear(row: usize, value: f32, count: i32): void {
    for (let i = 0; i < count; i++) store<f32>(row + ((<usize>i) << 2), value);
  }
}

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
