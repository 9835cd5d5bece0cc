// conv2dInteger: y[n, o, r, q] = Σ (x[n, c, r·sh + ky·dh − top, q·sw + kx·dw − left] − zx) (w[o, c, ky, kx] − zw), 8-bit
// operands, int32 sums; padding contributes nothing.
//
// Arguments: as in conv2d-shape.ts, the second input packed ahead (pack-integer.ts, panels of 4 channels, a matrix a group),
// `choice` 1 for an unsigned x; then
//
//   25  x's zero point: slot (−1: none), offset
//   27  bytes of a group's packed weights
//
// A product of weights [o, taps] by points [taps, points] whose right side is packed on the way: for every band of output
// rows the image is staged as bytes (conv2d-shape.ts), padded with the zero point; then ROWS points at a time become panels
// of 8, GROUPS groups at a time. A group's two (narrow: four) taps are as many rows of the stage from its tap table:
//
//   points 0 … 7 of tap 0    x0 x1 x2 …        panel:  x0 y0 │ x1 y1 │ x2 y2 │ …
//                  tap 1    y0 y1 y2 …
//
// A panel that ends in another output row than it begins in is joined from two loads, where a row has at least 7 points.
//
// Where a group has one channel nothing is gained by panels: conv2d-integer-depthwise.ts.
//
// Threads share (group, image, band). Scratch, in whole cache lines: tap table; sums of the points' values, twice ROWS words
// and 8; panels; stage, 64 bytes before it and 16 after; with one channel a group
// the stage as int16.

import { Command, Run } from "./command";
import { Depthwise } from "./conv2d-integer-depthwise";
import { Points } from "./conv2d-integer-points";
import { Conv, Stage } from "./conv2d-shape";
import { GROUPS, ROWS } from "./integer-blocks";
import { Panels } from "./integer-panels";
import { IntegerTile } from "./integer-tile";
import { Map } from "./map";

/** The product of a band: a group's weights by the points of some output rows. */
class Band {
  static outputs: i32 = 0;
  static ldc: isize = 0;
  /** Sums of the points' values, their zero point repeated, their panels. */
  static sums: usize = 0;
  static zeros: usize = 0;
  static packed: usize = 0;

  static product(source: usize, matrix: usize, panels: usize, groups: i32, narrow: bool, c: usize, count: i32): void {
    const og = Band.outputs,
      ldc = Band.ldc,
      sums = Band.sums;
    for (let p = 0; p < count; p += ROWS) {
      const points = min(count - p, ROWS);
      for (let i = 0; i < ROWS; i++) store<i32>(sums + ((<usize>i) << 2), -Points.taps * Points.zero);
      for (let g = 0; g < groups; g += GROUPS) {
        const height = min(groups - g, GROUPS);
        const bytes = (<usize>height) << 5;
        for (let j = 0; j < points; j += 8) {
          const to = Band.packed + (j >> 3) * bytes;
          Points.locate(source, p + j, count, Conv.ow);
          Points.pack(to, g, height, narrow);
          if (ASC_FEATURE_RELAXED_SIMD && narrow) Panels.sums(sums + ((<usize>j) << 2), to, 8, height);
        }
        for (let o = 0; o < og; o += 4) {
          const panel = panels + ((<usize>(o >> 2) * groups + g) << 4);
          const rows = min(og - o, 4);
          for (let j = 0; j < points; j += 8) {
            const b = Band.packed + (j >> 3) * bytes;
            const to = c + o * ldc + ((<usize>j) << 2);
            IntegerTile.panel(rows, min(points - j, 8), height, panel, 0, b, to, ldc, narrow, true, g > 0);
          }
        }
      }
      if (ASC_FEATURE_RELAXED_SIMD && narrow) {
        const w = matrix + 64;
        IntegerTile.correct(og, points, c, ldc, w, Band.zeros, w + ((<usize>((og + 3) & ~3)) << 2), sums);
      }
      c += ROWS << 2;
    }
  }
}

export function conv2dInteger(command: usize, thread: i32, threads: i32): void {
  Conv.read(command);
  const x = Command.pointer(command, 0, 0);
  const weights = Command.pointer(command, 2, 0);
  const y = Command.pointer(command, 4);
  const flip = Conv.choice == 0 ? 0 : 128;
  const pad = Command.int(command, 25) < 0 ? 0 : <i32>load<u8>(Command.pointer(command, 25, 0));
  const entry = <usize>Command.int(command, 27);
  const h = Conv.h,
    w = Conv.w,
    kh = Conv.kh,
    kw = Conv.kw,
    oh = Conv.oh,
    ow = Conv.ow;
  const sh = Conv.sh,
    sw = Conv.sw,
    dh = Conv.dh,
    dw = Conv.dw;
  const cg = Conv.c / Conv.groups;
  const og = Conv.o / Conv.groups;
  const taps = cg * kh * kw;
  const plane = oh * ow;
  const depthwise = cg == 1;
  const bare =
    !depthwise &&
    sh == 1 &&
    sw == 1 &&
    Conv.top == 0 &&
    Conv.left == 0 &&
    oh - 1 + (kh - 1) * dh < h &&
    ow - 1 + (kw - 1) * dw < w;

  Points.table = Run.kernelScratch;
  Band.sums = Points.table + Conv.line((taps + 1) << 2);
  Band.zeros = Band.sums + 4 * (ROWS + 8);
  Points.places = Band.zeros + 4 * (ROWS + 8);
  Band.packed = Points.places + 64;
  const stage = Band.packed + ((<usize>min(GROUPS, (taps + 1) >> 1) * ROWS) << 2) + 64;
  if (bare) {
    Stage.hq = h;
    Stage.wq = w;
  } else {
    Stage.hq = Conv.rows + ((kh - 1) * dh) / sh;
    Stage.wq = ow + ((kw - 1) * dw) / sw;
  }
  Stage.table<u8>(Points.table, cg);
  store<u32>(Points.table + ((<usize>taps) << 2), 0);
  Points.taps = taps;
  Band.outputs = og;
  Band.ldc = plane << 2;
  Points.flip = i8x16.splat(<i8>flip);
  Points.zero = <i32>(<i8>(pad ^ flip));
  for (let i = 0; i < ROWS + 8; i++) store<i32>(Band.zeros + ((<usize>i) << 2), Points.zero);

  const bands = (oh + Conv.rows - 1) / Conv.rows;
  const units = Conv.n * Conv.groups * bands;
  const end = Run.share(units, 1, thread + 1, threads);
  for (let unit = Run.share(units, 1, thread, threads); unit < end; unit++) {
    const item = unit / bands;
    const group = item / Conv.n;
    const image = (item - group * Conv.n) * Conv.groups + group;
    const r = (unit - item * bands) * Conv.rows;
    const count = min(Conv.rows, oh - r) * ow;
    const from = x + <usize>(image * cg * h * w);
    let source = from + <usize>(r * w);
    if (!bare) {
      source = stage;
      Stage.fill<u8>(stage, from, cg, h, w, r * sh - Conv.top, Conv.left, sh, sw, kh, kw, dh, dw, pad);
    }
    const matrix = weights + <usize>group * entry;
    const narrow = ASC_FEATURE_RELAXED_SIMD && load<i32>(matrix) != 0;
    const groups = Panels.groups(taps, narrow);
    const line = (<usize>((og + 3) & ~3)) << 2;
    const panels = matrix + 64 + 2 * line;
    const start = image * og * plane + r * ow;
    if (depthwise && !narrow) {
      const size = sh * sw * Stage.hq * Stage.wq;
      const wide = stage + Conv.line(size) + 16;
      Depthwise.widen(wide, stage, size, Points.flip, Points.zero);
      for (let o = 0; o < og; o++) {
        const pairs = panels + ((<usize>(o >> 2) * groups) << 4) + ((<usize>(o & 3)) << 2);
        const to = y + ((<usize>(start + o * plane)) << 2);
        Depthwise.run(pairs, groups, Points.table, wide, Stage.wq, to, count / ow, ow);
      }
    } else Band.product(source, matrix, panels, groups, narrow, y + ((<usize>start) << 2), count);
    if (Conv.epilogue == 0) continue;
    if (count == plane) Map.range(Conv.epilogue, start, start + og * plane);
    else for (let i = 0; i < og; i++) Map.range(Conv.epilogue, start + i * plane, start + i * plane + count);
  }
}
