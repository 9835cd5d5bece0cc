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
// Threads share (group, image, band). Scratch, in whole cache lines: tap table; sums of the points' values, twice ROWS words
// and 8; panels; stage, 64 bytes before it and 16 after.

import { Command, Run } from "./command";
import { Conv, Stage } from "./conv2d-shape";
import { GROUPS, ROWS } from "./integer-blocks";
import { Panels } from "./integer-panels";
import { IntegerTile } from "./integer-tile";
import { Map } from "./map";

/** How eight neighbouring points are read from a row of the stage. */
class Points {
  static flip: v128 = i8x16.splat(0);
  static zero: i32 = 0;
  static taps: i32 = 0;
  static table: usize = 0;
  /** Where the first points and, less the number of these, the rest lie; `first` is how many are the first. */
  static near: usize = 0;
  static far: usize = 0;
  static mask: v128 = i8x16.splat(0);
  static across: bool = false;
  /** Rows too short for two loads: the points' own places. */
  static gathered: bool = false;
  static places: usize = 0;

  /** Finds the eight points from number `p` of the band's `count` on; what stands for those past its end does not matter. */
  static locate(source: usize, p: i32, count: i32, ow: i32): void {
    const row = p / ow;
    const column = p - row * ow;
    Points.near = source + <usize>(row * Stage.wq + column);
    const first = ow - column;
    Points.across = first < 8 && p + first < count;
    Points.gathered = false;
    if (!Points.across) return;
    if (ow >= 7) {
      Points.far = source + <usize>((row + 1) * Stage.wq) - first;
      const ramp = i8x16(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15);
      Points.mask = i8x16.lt_s(ramp, i8x16.splat(<i8>first));
      return;
    }
    Points.gathered = true;
    for (let i = 0; i < 8; i++) {
      const at = min(p + i, count - 1);
      store<u32>(Points.places + ((<usize>i) << 2), source + <usize>((at / ow) * Stage.wq + (at % ow)));
    }
  }

  /** Eight bytes at an offset from the points. */
  @inline
  static load(offset: usize): v128 {
    if (!Points.across) return v128.load64_zero(Points.near + offset);
    if (Points.gathered) return Points.gather(offset);
    return v128.bitselect(v128.load64_zero(Points.near + offset), v128.load64_zero(Points.far + offset), Points.mask);
  }

  static gather(offset: usize): v128 {
    const at = Points.places + 32;
    for (let i: usize = 0; i < 8; i++) store<u8>(at + i, load<u8>(load<u32>(Points.places + (i << 2)) + offset));
    return v128.load64_zero(at);
  }

  /** Eight values of tap k as int8; zeros past the last tap. */
  @inline
  static narrow(k: i32): v128 {
    if (k >= Points.taps) return i8x16.splat(0);
    return v128.xor(Points.load(load<u32>(Points.table + ((<usize>k) << 2))), Points.flip);
  }

  /** Eight values of tap k as int16, less the zero point. */
  @inline
  static wide(k: i32, z: v128): v128 {
    const x = v128.xor(Points.load(load<u32>(Points.table + ((<usize>k) << 2))), Points.flip);
    return i16x8.sub(i16x8.extend_low_i8x16_s(x), z);
  }

  /** Packs groups [g, g + count) of the located points. */
  static pack(to: usize, g: i32, count: i32, narrow: bool): void {
    if (ASC_FEATURE_RELAXED_SIMD && narrow) {
      for (let k = g << 2, end = (g + count) << 2; k < end; k += 4) {
        Panels.quads(to, Points.narrow(k), Points.narrow(k + 1), Points.narrow(k + 2), Points.narrow(k + 3));
        to += 32;
      }
      return;
    }
    const z = i16x8.splat(<i16>Points.zero);
    const taps = Points.taps;
    for (let k = g << 1, end = (g + count) << 1; k < end; k += 2) {
      Panels.pairs(to, Points.wide(k, z), k + 1 < taps ? Points.wide(k + 1, z) : i16x8.splat(0));
      to += 32;
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
  const ldc = plane << 2;
  const bare =
    sh == 1 && sw == 1 && Conv.top == 0 && Conv.left == 0 && oh - 1 + (kh - 1) * dh < h && ow - 1 + (kw - 1) * dw < w;

  Points.table = Run.kernelScratch;
  const sums = Points.table + Conv.line(taps << 2);
  const zeros = sums + 4 * (ROWS + 8);
  Points.places = zeros + 4 * (ROWS + 8);
  const packed = Points.places + 64;
  const stage = packed + ((<usize>min(GROUPS, (taps + 1) >> 1) * ROWS) << 2) + 64;
  if (bare) {
    Stage.hq = h;
    Stage.wq = w;
  } else {
    Stage.hq = Conv.rows + ((kh - 1) * dh) / sh;
    Stage.wq = ow + ((kw - 1) * dw) / sw;
  }
  Stage.table<u8>(Points.table, cg);
  Points.taps = taps;
  Points.flip = i8x16.splat(<i8>flip);
  Points.zero = <i32>(<i8>(pad ^ flip));
  for (let i = 0; i < ROWS + 8; i++) store<i32>(zeros + ((<usize>i) << 2), Points.zero);

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
    for (let p = 0; p < count; p += ROWS) {
      const points = min(count - p, ROWS);
      const c = y + ((<usize>(start + p)) << 2);
      for (let i = 0; i < ROWS; i++) store<i32>(sums + ((<usize>i) << 2), -taps * Points.zero);
      for (let g = 0; g < groups; g += GROUPS) {
        const height = min(groups - g, GROUPS);
        const bytes = (<usize>height) << 5;
        for (let j = 0; j < points; j += 8) {
          const to = packed + (j >> 3) * bytes;
          Points.locate(source, p + j, count, ow);
          Points.pack(to, g, height, narrow);
          if (ASC_FEATURE_RELAXED_SIMD && narrow) Panels.sums(sums + ((<usize>j) << 2), to, 8, height);
        }
        for (let o = 0; o < og; o += 4) {
          const panel = panels + ((<usize>(o >> 2) * groups + g) << 4);
          const to = c + o * ldc;
          const rows = min(og - o, 4);
          for (let j = 0; j < points; j += 8) {
            const b = packed + (j >> 3) * bytes;
            const at = to + ((<usize>j) << 2);
            IntegerTile.panel(rows, min(points - j, 8), height, panel, 0, b, at, ldc, narrow, true, g > 0);
          }
        }
      }
      if (ASC_FEATURE_RELAXED_SIMD && narrow) {
        IntegerTile.correct(og, points, c, ldc, matrix + 64, zeros, matrix + 64 + line, sums);
      }
    }
    if (Conv.epilogue == 0) continue;
    if (count == plane) Map.range(Conv.epilogue, start, start + og * plane);
    else for (let i = 0; i < og; i++) Map.range(Conv.epilogue, start + i * plane, start + i * plane + count);
  }
}
