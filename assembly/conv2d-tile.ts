// The register tiles of direct convolution: a few output channels × a few vectors of 4 neighbouring outputs.
//
// A vector of outputs starts at a source address s; its tap k lies at s + table[k], for every channel and every vector alike,
// so nothing is copied per output (im2col) and the inner loop is one table entry, one load a vector, one broadcast weight
// a channel. Weights are packed in the order of the table, [block of 4 channels][tap][4], as Gemm.packA does.
//
// An engine loads all that a turn of the loop reads before it computes: sums, vectors and weights of a tile and one product
// share 15 registers. So the tiles are 4 × 2, 3 × 2, 2 × 4 and 1 × 4.
//
// An output is the sum over k in ascending order, starting at 0: its bits depend neither on the tile nor on its place in it.

import { Quad } from "./conv2d-quad";
import { Reach } from "./conv2d-reach";
import { Tail } from "./conv2d-tail";
import { Simd } from "./simd";

export class Tile {
  /** Outputs of a vector that are stored, and the bytes between them. */
  static lanes: i32 = 4;
  static step: usize = 4;

  /**
   * Convolves `rows` × `width` outputs of `channels` ≤ 4 output channels. Source rows are `sourceRow` bytes apart, output
   * rows `row`, outputs in a row `Tile.step`. A row's last vector overlaps the one before, so that no lane is past the end.
   */
  static run(
    channels: i32,
    weights: usize,
    source: usize,
    sourceRow: usize,
    to: usize,
    row: usize,
    rows: i32,
    width: i32,
  ): void {
    const step = Tile.step;
    Tile.lanes = min(width, 4);
    if (channels == 4 && ((width - 1) & 4) != 0) {
      Tile.pairs(weights, source, sourceRow, to, row, rows, width);
      return;
    }
    if (channels <= 2 && width >= 16 && step == 4) {
      Quad.run(channels, weights, source, sourceRow, to, row, rows, width);
      return;
    }
    const vectors = rows * ((width + 3) >> 2);
    const last = max(width - 4, 0);
    let s = source,
      d = to;
    let q = 0;
    let s0: usize = 0,
      s1: usize = 0,
      s2: usize = 0,
      s3: usize = 0;
    let d0: usize = 0,
      d1: usize = 0,
      d2: usize = 0,
      d3: usize = 0;
    let filled = 0;
    const want = channels > 2 ? 2 : 4;
    for (let v = 0; v < vectors; v++) {
      const column = <usize>min(q, last);
      const sv = s + (column << 2);
      const dv = d + column * step;
      q += 4;
      if (q >= width) {
        q = 0;
        s += sourceRow;
        d += row;
      }
      if (filled == 0) {
        s0 = sv;
        d0 = dv;
        // A group that the end cuts short computes its first vector again.
        s1 = s2 = s3 = sv;
        d1 = d2 = d3 = dv;
      } else if (filled == 1) {
        s1 = sv;
        d1 = dv;
      } else if (filled == 2) {
        s2 = sv;
        d2 = dv;
      } else {
        s3 = sv;
        d3 = dv;
      }
      filled++;
      if (filled < want && v + 1 < vectors) continue;
      filled = 0;
      if (channels == 4) Tile.tile4(weights, s0, s1, d0, d1);
      else if (channels == 3) Tile.tile3(weights, s0, s1, d0, d1);
      else if (channels == 2) Tile.tile2(weights, s0, s1, s2, s3, d0, d1, d2, d3);
      else Tile.tile1(weights, s0, s1, s2, s3, d0, d1, d2, d3);
    }
  }

  /** `run` for 4 channels and rows of an even number of vectors: both of a tile lie in one row. */
  static pairs(weights: usize, source: usize, sourceRow: usize, to: usize, row: usize, rows: i32, width: i32): void {
    const step = Tile.step;
    // In a row of 5 to 7 outputs the second vector overlaps the first.
    const last = max(width - 8, 0);
    const beside = <usize>(min(width, 8) - 4);
    for (; rows > 0; rows--) {
      for (let q = 0; q < width; q += 8) {
        const column = <usize>min(q, last);
        const s = source + (column << 2);
        const d = to + column * step;
        Tile.tile4(weights, s, s + (beside << 2), d, d + beside * step);
      }
      source += sourceRow;
      to += row;
    }
  }

  static tile4(w0: usize, s0: usize, s1: usize, d0: usize, d1: usize): void {
    let c00 = f32x4.splat(0),
      c01 = f32x4.splat(0);
    let c10 = f32x4.splat(0),
      c11 = f32x4.splat(0);
    let c20 = f32x4.splat(0),
      c21 = f32x4.splat(0);
    let c30 = f32x4.splat(0),
      c31 = f32x4.splat(0);
    let t = Reach.table;
    const end = t + ((<usize>Reach.taps) << 2);
    const last = end - 4;
    while (t < end) {
      const offset = load<u32>(t);
      const x0 = v128.load(s0 + offset);
      const x1 = v128.load(s1 + offset);
      let w = v128.load_splat<f32>(w0);
      c00 = Simd.madd(w, x0, c00);
      c01 = Simd.madd(w, x1, c01);
      w = v128.load_splat<f32>(w0, 4);
      c10 = Simd.madd(w, x0, c10);
      c11 = Simd.madd(w, x1, c11);
      w = v128.load_splat<f32>(w0, 8);
      c20 = Simd.madd(w, x0, c20);
      c21 = Simd.madd(w, x1, c21);
      w = v128.load_splat<f32>(w0, 12);
      c30 = Simd.madd(w, x0, c30);
      c31 = Simd.madd(w, x1, c31);
      // A second way out, as in gemm.ts.
      if (t == last) break;
      const next = load<u32>(t, 4);
      const z0 = v128.load(s0 + next);
      const z1 = v128.load(s1 + next);
      let v = v128.load_splat<f32>(w0, 16);
      c00 = Simd.madd(v, z0, c00);
      c01 = Simd.madd(v, z1, c01);
      v = v128.load_splat<f32>(w0, 20);
      c10 = Simd.madd(v, z0, c10);
      c11 = Simd.madd(v, z1, c11);
      v = v128.load_splat<f32>(w0, 24);
      c20 = Simd.madd(v, z0, c20);
      c21 = Simd.madd(v, z1, c21);
      v = v128.load_splat<f32>(w0, 28);
      c30 = Simd.madd(v, z0, c30);
      c31 = Simd.madd(v, z1, c31);
      t += 8;
      w0 += 32;
    }
    const plane = Reach.plane,
      bias = Reach.bias,
      step = Tail.step;
    Tile.put(d0, c00, bias);
    Tile.put(d1, c01, bias);
    Tile.put(d0 + plane, c10, bias + step);
    Tile.put(d1 + plane, c11, bias + step);
    Tile.put(d0 + 2 * plane, c20, bias + 2 * step);
    Tile.put(d1 + 2 * plane, c21, bias + 2 * step);
    Tile.put(d0 + 3 * plane, c30, bias + 3 * step);
    Tile.put(d1 + 3 * plane, c31, bias + 3 * step);
  }

  static tile3(w0: usize, s0: usize, s1: usize, d0: usize, d1: usize): void {
    let c00 = f32x4.splat(0),
      c01 = f32x4.splat(0);
    let c10 = f32x4.splat(0),
      c11 = f32x4.splat(0);
    let c20 = f32x4.splat(0),
      c21 = f32x4.splat(0);
    let t = Reach.table;
    const end = t + ((<usize>Reach.taps) << 2);
    while (t < end) {
      const offset = load<u32>(t);
      const x0 = v128.load(s0 + offset);
      const x1 = v128.load(s1 + offset);
      let w = v128.load_splat<f32>(w0);
      c00 = Simd.madd(w, x0, c00);
      c01 = Simd.madd(w, x1, c01);
      w = v128.load_splat<f32>(w0, 4);
      c10 = Simd.madd(w, x0, c10);
      c11 = Simd.madd(w, x1, c11);
      w = v128.load_splat<f32>(w0, 8);
      c20 = Simd.madd(w, x0, c20);
      c21 = Simd.madd(w, x1, c21);
      t += 4;
      w0 += 16;
    }
    const plane = Reach.plane,
      bias = Reach.bias,
      step = Tail.step;
    Tile.put(d0, c00, bias);
    Tile.put(d1, c01, bias);
    Tile.put(d0 + plane, c10, bias + step);
    Tile.put(d1 + plane, c11, bias + step);
    Tile.put(d0 + 2 * plane, c20, bias + 2 * step);
    Tile.put(d1 + 2 * plane, c21, bias + 2 * step);
  }

  static tile2(
    w0: usize,
    s0: usize,
    s1: usize,
    s2: usize,
    s3: usize,
    d0: usize,
    d1: usize,
    d2: usize,
    d3: usize,
  ): void {
    let c00 = f32x4.splat(0),
      c01 = f32x4.splat(0),
      c02 = f32x4.splat(0),
      c03 = f32x4.splat(0);
    let c10 = f32x4.splat(0),
      c11 = f32x4.splat(0),
      c12 = f32x4.splat(0),
      c13 = f32x4.splat(0);
    let t = Reach.table;
    const end = t + ((<usize>Reach.taps) << 2);
    while (t < end) {
      const offset = load<u32>(t);
      const a = v128.load_splat<f32>(w0);
      const b = v128.load_splat<f32>(w0, 4);
      let x = v128.load(s0 + offset);
      c00 = Simd.madd(a, x, c00);
      c10 = Simd.madd(b, x, c10);
      x = v128.load(s1 + offset);
      c01 = Simd.madd(a, x, c01);
      c11 = Simd.madd(b, x, c11);
      x = v128.load(s2 + offset);
      c02 = Simd.madd(a, x, c02);
      c12 = Simd.madd(b, x, c12);
      x = v128.load(s3 + offset);
      c03 = Simd.madd(a, x, c03);
      c13 = Simd.madd(b, x, c13);
      t += 4;
      w0 += 16;
    }
    const plane = Reach.plane,
      bias = Reach.bias,
      step = Tail.step;
    Tile.put(d0, c00, bias);
    Tile.put(d1, c01, bias);
    Tile.put(d2, c02, bias);
    Tile.put(d3, c03, bias);
    Tile.put(d0 + plane, c10, bias + step);
    Tile.put(d1 + plane, c11, bias + step);
    Tile.put(d2 + plane, c12, bias + step);
    Tile.put(d3 + plane, c13, bias + step);
  }

  static tile1(
    w0: usize,
    s0: usize,
    s1: usize,
    s2: usize,
    s3: usize,
    d0: usize,
    d1: usize,
    d2: usize,
    d3: usize,
  ): void {
    let c0 = f32x4.splat(0),
      c1 = f32x4.splat(0),
      c2 = f32x4.splat(0),
      c3 = f32x4.splat(0);
    let t = Reach.table;
    const end = t + ((<usize>Reach.taps) << 2);
    while (t < end) {
      const offset = load<u32>(t);
      const w = v128.load_splat<f32>(w0);
      c0 = Simd.madd(w, v128.load(s0 + offset), c0);
      c1 = Simd.madd(w, v128.load(s1 + offset), c1);
      c2 = Simd.madd(w, v128.load(s2 + offset), c2);
      c3 = Simd.madd(w, v128.load(s3 + offset), c3);
      t += 4;
      w0 += 16;
    }
    Tile.put(d0, c0, Reach.bias);
    Tile.put(d1, c1, Reach.bias);
    Tile.put(d2, c2, Reach.bias);
    Tile.put(d3, c3, Reach.bias);
  }

  /** Stores a vector's lanes, `Tile.step` bytes apart, after their tail. */
  @inline
  static put(to: usize, sums: v128, bias: usize): void {
    const v = Tail.apply(sums, bias);
    if (Tile.lanes == 4 && Tile.step == 4) v128.store(to, v);
    else Tile.scatter(to, v);
  }

  static scatter(to: usize, v: v128): void {
    const lanes = Tile.lanes;
    const step = Tile.step;
    v128.store32_lane(to, v, 0);
    if (lanes > 1) v128.store32_lane(to + step, v, 1);
    if (lanes > 2) v128.store32_lane(to + 2 * step, v, 2);
    if (lanes > 3) v128.store32_lane(to + 3 * step, v, 3);
  }
}
