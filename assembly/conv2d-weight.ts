// Gradient of convolution with respect to its weights:
// dw[o, c, ky, kx] = Σ x[n, c, r·sh + ky·dh − top, q·sw + kx·dw − left] · dy[n, o, r, q] over all n, r, q.
//
// A matrix of few outputs and long sums, so the vectors lie along the sum: four neighbours q … q + 3 of a row. A register tile
// holds 4 output channels × 2 taps (or 2 × 4, 1 × 5) as vectors of partial sums; a step loads 4 + 2 vectors for 8 products. Both
// operands are staged by band: x as conv2d-shape.ts says, dy with its rows filled up by zeros to whole vectors.
//
//   table of vectors: offset of (r, q) in the stage of x      table of taps: offset of (c, ky, kx) in it
//
// A tile runs over the vectors of one band of `rows` output rows, or over those of `choice` whole images: short sums would
// leave it no time beside its own start and end. Work is split over (group, block of output channels, tile of taps); images
// and bands are added in order, so the bits do not depend on the threads.
//
// Scratch: both tables, stage of dy, stage of x.

import { Command, Run } from "./command";
import { Conv, Stage } from "./conv2d-shape";
import { Map } from "./map";
import { Simd } from "./simd";

export function conv2dWeight(command: usize, thread: i32, threads: i32): void {
  Conv.read(command);
  const x = Command.pointer(command, 0);
  const dy = Command.pointer(command, 2);
  const out = Command.pointer(command, 4);
  const n = Conv.n,
    h = Conv.h,
    w = Conv.w,
    kh = Conv.kh,
    kw = Conv.kw,
    oh = Conv.oh,
    ow = Conv.ow;
  const sh = Conv.sh,
    sw = Conv.sw,
    dh = Conv.dh,
    dw = Conv.dw,
    groups = Conv.groups;
  const cg = Conv.c / groups;
  const og = Conv.o / groups;
  const kernel = kh * kw;
  const taps = cg * kernel;

  const wide = (ow + 3) >> 2;
  Stage.hq = Conv.rows + ((kh - 1) * dh) / sh;
  Stage.wq = (wide << 2) + ((kw - 1) * dw) / sw;
  const channel = sh * sw * Stage.hq * Stage.wq;
  const offsets = Run.kernelScratch;
  const vectors = offsets + Conv.line(taps << 2);
  const batch = Conv.choice;
  const dys = vectors + Conv.line((batch * Conv.rows * wide) << 2);
  const xs = dys + Conv.line((batch * og * Conv.rows * wide) << 4);
  Stage.table<f32>(offsets, cg);
  let at = vectors;
  for (let i = 0; i < batch; i++) {
    for (let r = 0; r < Conv.rows; r++) {
      for (let v = 0; v < wide; v++, at += 4) store<i32>(at, (i * cg * channel + r * Stage.wq + (v << 2)) << 2);
    }
  }

  // The tile that wastes least: 4 channels × 2 taps, 2 × 4, or 1 × 5 for a channel alone.
  const waste42 = ((og + 3) & ~3) * ((taps + 1) & ~1);
  const waste24 = ((og + 1) & ~1) * ((taps + 3) & ~3);
  const high = og == 1 ? 1 : waste24 < waste42 ? 2 : 4;
  const broad = high == 1 ? 5 : 8 / high;
  const blocks = (og + high - 1) / high;
  const tiles = (taps + broad - 1) / broad;
  const units = groups * tiles * blocks;
  const begin = Run.share(units, 1, thread, threads);
  const end = Run.share(units, 1, thread + 1, threads);
  for (let group = 0; group < groups; group++) {
    const first = max(begin - group * tiles * blocks, 0);
    const after = min(end - group * tiles * blocks, tiles * blocks);
    if (first >= after) continue;
    // Blocks of outputs and, where there is but one of them, channels of x that this share needs.
    const b0 = first / tiles;
    const b1 = (after - 1) / tiles + 1;
    const o0 = b0 * high;
    const o1 = min(b1 * high, og);
    const c0 = b1 - b0 > 1 ? 0 : ((first - b0 * tiles) * broad) / kernel;
    const c1 = b1 - b0 > 1 ? cg : min(((after - b0 * tiles) * broad - 1) / kernel + 1, cg);
    Dot.to = out + ((<usize>(group * og * taps)) << 2);
    Dot.taps = taps;
    Dot.offsets = offsets;
    Dot.vectors = vectors;
    if (n == 0) Dot.clear(first, after, tiles, high, broad, og);
    for (let image = 0; image < n; image += batch) {
      const images = min(batch, n - image);
      for (let r = 0; r < oh; r += Conv.rows) {
        const rows = min(Conv.rows, oh - r);
        Dot.length = images * rows * wide;
        Dot.add = image > 0 || r > 0;
        for (let i = 0; i < images; i++) {
          const part = (image + i) * groups + group;
          const from = x + ((<usize>((part * cg + c0) * h * w)) << 2);
          const to = xs + ((<usize>((i * cg + c0) * channel)) << 2);
          Stage.fill<f32>(to, from, c1 - c0, h, w, r * sh - Conv.top, Conv.left, sh, sw, kh, kw, dh, dw);
          const fromY = dy + ((<usize>(((part * og + o0) * oh + r) * ow)) << 2);
          Dot.rows(dys + ((<usize>((o0 * images + i) * rows * wide)) << 4), fromY, o1 - o0, rows, wide);
        }
        for (let block = b0; block < b1; block++) {
          const o = block * high;
          const t1 = min(after - block * tiles, tiles);
          for (let t = max(first - block * tiles, 0); t < t1; t++) {
            const k = t * broad;
            if (high == 4) Dot.tile42(dys, xs, o, min(og - o, 4), k, min(taps - k, 2));
            else if (high == 2) Dot.tile24(dys, xs, o, min(og - o, 2), k, min(taps - k, 4));
            else Dot.tile15(dys, xs, o, k, min(taps - k, 5));
          }
        }
      }
    }
  }
}

class Dot {
  /** dw of the group, and its row length. */
  static to: usize = 0;
  static taps: i32 = 0;
  static offsets: usize = 0;
  static vectors: usize = 0;
  /** Vectors in the band. */
  static length: i32 = 0;
  static add: bool = false;

  /** Copies the band's rows of `channels` planes of dy to lines of Dot.length vectors, each row filled up with zeros. */
  static rows(to: usize, from: usize, channels: i32, rows: i32, wide: i32): void {
    const ow = Conv.ow;
    const plane = (<usize>(Conv.oh * ow)) << 2;
    for (let c = 0; c < channels; c++) {
      let row = from + <usize>c * plane;
      let line = to + ((<usize>(c * Dot.length)) << 4);
      for (let r = 0; r < rows; r++) {
        Stage.copy<f32>(line, row, ow, 1);
        for (let q = ow; q < wide << 2; q++) store<f32>(line + ((<usize>q) << 2), 0);
        line += (<usize>wide) << 4;
        row += (<usize>ow) << 2;
      }
    }
  }

  static clear(first: i32, after: i32, tiles: i32, high: i32, broad: i32, og: i32): void {
    for (let unit = first; unit < after; unit++) {
      const k0 = (unit % tiles) * broad;
      const o0 = (unit / tiles) * high;
      for (let o = o0; o < min(o0 + high, og); o++) {
        for (let k = k0; k < min(k0 + broad, Dot.taps); k++) store<f32>(Dot.to + ((<usize>(o * Dot.taps + k)) << 2), 0);
      }
    }
  }

  /** Channels o … o + 3 × taps k, k + 1; what lies past `high` and `broad` repeats the first and is dropped. */
  static tile42(dys: usize, xs: usize, o: i32, high: i32, k: i32, broad: i32): void {
    let c00 = f32x4.splat(0),
      c01 = f32x4.splat(0);
    let c10 = f32x4.splat(0),
      c11 = f32x4.splat(0);
    let c20 = f32x4.splat(0),
      c21 = f32x4.splat(0);
    let c30 = f32x4.splat(0),
      c31 = f32x4.splat(0);
    const pitch = (<usize>Dot.length) << 4;
    let y0 = dys + <usize>o * pitch;
    let y1 = high > 1 ? y0 + pitch : y0,
      y2 = high > 2 ? y0 + 2 * pitch : y0,
      y3 = high > 3 ? y0 + 3 * pitch : y0;
    const x0 = Dot.source(xs, k);
    const x1 = broad > 1 ? Dot.source(xs, k + 1) : x0;
    let t = Dot.vectors;
    const end = t + ((<usize>Dot.length) << 2);
    while (t < end) {
      const offset = load<u32>(t);
      const a0 = v128.load(x0 + offset);
      const a1 = v128.load(x1 + offset);
      let b = v128.load(y0);
      c00 = Simd.madd(a0, b, c00);
      c01 = Simd.madd(a1, b, c01);
      b = v128.load(y1);
      c10 = Simd.madd(a0, b, c10);
      c11 = Simd.madd(a1, b, c11);
      b = v128.load(y2);
      c20 = Simd.madd(a0, b, c20);
      c21 = Simd.madd(a1, b, c21);
      b = v128.load(y3);
      c30 = Simd.madd(a0, b, c30);
      c31 = Simd.madd(a1, b, c31);
      t += 4;
      y0 += 16;
      y1 += 16;
      y2 += 16;
      y3 += 16;
    }
    Dot.put(o, high, k, Dot.sums(c00, c10, c20, c30));
    if (broad > 1) Dot.put(o, high, k + 1, Dot.sums(c01, c11, c21, c31));
  }

  /** Channels o, o + 1 × taps k … k + 3. */
  static tile24(dys: usize, xs: usize, o: i32, high: i32, k: i32, broad: i32): void {
    let c00 = f32x4.splat(0),
      c01 = f32x4.splat(0),
      c02 = f32x4.splat(0),
      c03 = f32x4.splat(0);
    let c10 = f32x4.splat(0),
      c11 = f32x4.splat(0),
      c12 = f32x4.splat(0),
      c13 = f32x4.splat(0);
    const pitch = (<usize>Dot.length) << 4;
    let y0 = dys + <usize>o * pitch;
    let y1 = high > 1 ? y0 + pitch : y0;
    const x0 = Dot.source(xs, k);
    const x1 = broad > 1 ? Dot.source(xs, k + 1) : x0;
    const x2 = broad > 2 ? Dot.source(xs, k + 2) : x0;
    const x3 = broad > 3 ? Dot.source(xs, k + 3) : x0;
    let t = Dot.vectors;
    const end = t + ((<usize>Dot.length) << 2);
    while (t < end) {
      const offset = load<u32>(t);
      const b0 = v128.load(y0);
      const b1 = v128.load(y1);
      let a = v128.load(x0 + offset);
      c00 = Simd.madd(a, b0, c00);
      c10 = Simd.madd(a, b1, c10);
      a = v128.load(x1 + offset);
      c01 = Simd.madd(a, b0, c01);
      c11 = Simd.madd(a, b1, c11);
      a = v128.load(x2 + offset);
      c02 = Simd.madd(a, b0, c02);
      c12 = Simd.madd(a, b1, c12);
      a = v128.load(x3 + offset);
      c03 = Simd.madd(a, b0, c03);
      c13 = Simd.madd(a, b1, c13);
      t += 4;
      y0 += 16;
      y1 += 16;
    }
    const d0 = Dot.sums(c00, c10, c00, c10),
      d1 = Dot.sums(c01, c11, c01, c11);
    Dot.put(o, high, k, d0);
    if (broad > 1) Dot.put(o, high, k + 1, d1);
    if (broad > 2) Dot.put(o, high, k + 2, Dot.sums(c02, c12, c02, c12));
    if (broad > 3) Dot.put(o, high, k + 3, Dot.sums(c03, c13, c03, c13));
  }

  /** One channel (depthwise) × taps k … k + 4. */
  static tile15(dys: usize, xs: usize, o: i32, k: i32, broad: i32): void {
    let c0 = f32x4.splat(0),
      c1 = f32x4.splat(0),
      c2 = f32x4.splat(0),
      c3 = f32x4.splat(0),
      c4 = f32x4.splat(0);
    let y0 = dys + ((<usize>(o * Dot.length)) << 4);
    const x0 = Dot.source(xs, k);
    const x1 = broad > 1 ? Dot.source(xs, k + 1) : x0;
    const x2 = broad > 2 ? Dot.source(xs, k + 2) : x0;
    const x3 = broad > 3 ? Dot.source(xs, k + 3) : x0;
    const x4 = broad > 4 ? Dot.source(xs, k + 4) : x0;
    let t = Dot.vectors;
    const end = t + ((<usize>Dot.length) << 2);
    while (t < end) {
      const offset = load<u32>(t);
      const b = v128.load(y0);
      c0 = Simd.madd(v128.load(x0 + offset), b, c0);
      c1 = Simd.madd(v128.load(x1 + offset), b, c1);
      c2 = Simd.madd(v128.load(x2 + offset), b, c2);
      c3 = Simd.madd(v128.load(x3 + offset), b, c3);
      c4 = Simd.madd(v128.load(x4 + offset), b, c4);
      t += 4;
      y0 += 16;
    }
    Dot.put(o, 1, k, Dot.sums(c0, c0, c0, c0));
    if (broad > 1) Dot.put(o, 1, k + 1, Dot.sums(c1, c1, c1, c1));
    if (broad > 2) Dot.put(o, 1, k + 2, Dot.sums(c2, c2, c2, c2));
    if (broad > 3) Dot.put(o, 1, k + 3, Dot.sums(c3, c3, c3, c3));
    if (broad > 4) Dot.put(o, 1, k + 4, Dot.sums(c4, c4, c4, c4));
  }

  @inline
  static source(xs: usize, k: i32): usize {
    return xs + load<u32>(Dot.offsets + ((<usize>k) << 2));
  }

  /** The sums of four vectors' lanes, in order: ((0 + 2) + (1 + 3)). */
  @inline
  static sums(a: v128, b: v128, c: v128, d: v128): v128 {
    const ab = f32x4.add(v128.shuffle<f32>(a, b, 0, 4, 1, 5), v128.shuffle<f32>(a, b, 2, 6, 3, 7));
    const cd = f32x4.add(v128.shuffle<f32>(c, d, 0, 4, 1, 5), v128.shuffle<f32>(c, d, 2, 6, 3, 7));
    return f32x4.add(v128.shuffle<f32>(ab, cd, 0, 1, 4, 5), v128.shuffle<f32>(ab, cd, 2, 3, 6, 7));
  }

  /** Stores, or adds, the first `count` lanes: tap k of the channels from o on. */
  @inline
  static put(o: i32, count: i32, k: i32, v: v128): void {
    const row = (<usize>Dot.taps) << 2;
    const to = Dot.to + <usize>o * row + ((<usize>k) << 2);
    Dot.lane(to, f32x4.extract_lane(v, 0));
    if (count > 1) Dot.lane(to + row, f32x4.extract_lane(v, 1));
    if (count > 2) Dot.lane(to + 2 * row, f32x4.extract_lane(v, 2));
    if (count > 3) Dot.lane(to + 3 * row, f32x4.extract_lane(v, 3));
  }

  @inline
  static lane(to: usize, value: f32): void {
    store<f32>(to, Dot.add ? load<f32>(to) + value : value);
  }
}
