// The other register tile of direct convolution: 4 output points × 8 output channels.
//
// Here the vectors lie along the channels and the inputs are broadcast, so 4 points may lie anywhere: a plane of 10 × 10 is
// 25 such tiles, where vectors of a row would make it 30. Weights come in panels [tap][8 channels] (Gemm.packB). The tile is
// transposed on its way out, since the points' outputs are neighbours in a plane.
//
// An output is the sum over its taps in ascending order, starting at 0, as in conv2d-tile.ts: both give the same bits.

import { Reach } from "./conv2d-reach";
import { Tail } from "./conv2d-tail";
import { Simd } from "./simd";

export class Points {
  /** Byte offsets of a band's points in the stage. */
  static table: usize = 0;

  /** Fills the table for rows × width points, and repeats the last three times. */
  static offsets(rows: i32, width: i32, pitch: i32): void {
    const count = rows * width;
    for (let i = 0; i < count + 3; i++) {
      const point = min(i, count - 1);
      store<i32>(Points.table + ((<usize>i) << 2), ((point / width) * pitch + (point % width)) << 2);
    }
  }

  /** The first `count` points of the table, `channels` ≤ 8 planes from `to` on. */
  static run(channels: i32, weights: usize, source: usize, to: usize, count: i32): void {
    for (let i = 0; i < count; i += 4, to += 16) {
      const points = Points.table + ((<usize>i) << 2);
      if (count - i >= 4 && load<u32>(points, 12) - load<u32>(points) == 12)
        Points.neighbours(weights, source + load<u32>(points), to, channels);
      else Points.tile(weights, source, points, to, channels, min(count - i, 4));
    }
  }

  static tile(w: usize, source: usize, points: usize, to: usize, channels: i32, count: i32): void {
    let c00 = f32x4.splat(0),
      c01 = f32x4.splat(0);
    let c10 = f32x4.splat(0),
      c11 = f32x4.splat(0);
    let c20 = f32x4.splat(0),
      c21 = f32x4.splat(0);
    let c30 = f32x4.splat(0),
      c31 = f32x4.splat(0);
    const s0 = source + load<u32>(points);
    const s1 = source + load<u32>(points, 4);
    const s2 = source + load<u32>(points, 8);
    const s3 = source + load<u32>(points, 12);
    let t = Reach.table;
    const end = t + ((<usize>Reach.taps) << 2);
    while (t < end) {
      const offset = load<u32>(t);
      const w0 = v128.load(w);
      const w1 = v128.load(w, 16);
      let x = v128.load_splat<f32>(s0 + offset);
      c00 = Simd.madd(x, w0, c00);
      c01 = Simd.madd(x, w1, c01);
      x = v128.load_splat<f32>(s1 + offset);
      c10 = Simd.madd(x, w0, c10);
      c11 = Simd.madd(x, w1, c11);
      x = v128.load_splat<f32>(s2 + offset);
      c20 = Simd.madd(x, w0, c20);
      c21 = Simd.madd(x, w1, c21);
      x = v128.load_splat<f32>(s3 + offset);
      c30 = Simd.madd(x, w0, c30);
      c31 = Simd.madd(x, w1, c31);
      t += 4;
      w += 32;
    }
    Points.put(to, min(channels, 4), count, Reach.bias, c00, c10, c20, c30);
    if (channels > 4)
      Points.put(to + 4 * Reach.plane, channels - 4, count, Reach.bias + 4 * Tail.step, c01, c11, c21, c31);
  }

  /** Four points side by side: one address for all. */
  static neighbours(w: usize, source: usize, to: usize, channels: i32): void {
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
      const s = source + load<u32>(t);
      const w0 = v128.load(w);
      const w1 = v128.load(w, 16);
      let x = v128.load_splat<f32>(s);
      c00 = Simd.madd(x, w0, c00);
      c01 = Simd.madd(x, w1, c01);
      x = v128.load_splat<f32>(s, 4);
      c10 = Simd.madd(x, w0, c10);
      c11 = Simd.madd(x, w1, c11);
      x = v128.load_splat<f32>(s, 8);
      c20 = Simd.madd(x, w0, c20);
      c21 = Simd.madd(x, w1, c21);
      x = v128.load_splat<f32>(s, 12);
      c30 = Simd.madd(x, w0, c30);
      c31 = Simd.madd(x, w1, c31);
      // A second way out, as in gemm.ts.
      if (t == last) break;
      const next = source + load<u32>(t, 4);
      const v0 = v128.load(w, 32);
      const v1 = v128.load(w, 48);
      let z = v128.load_splat<f32>(next);
      c00 = Simd.madd(z, v0, c00);
      c01 = Simd.madd(z, v1, c01);
      z = v128.load_splat<f32>(next, 4);
      c10 = Simd.madd(z, v0, c10);
      c11 = Simd.madd(z, v1, c11);
      z = v128.load_splat<f32>(next, 8);
      c20 = Simd.madd(z, v0, c20);
      c21 = Simd.madd(z, v1, c21);
      z = v128.load_splat<f32>(next, 12);
      c30 = Simd.madd(z, v0, c30);
      c31 = Simd.madd(z, v1, c31);
      t += 8;
      w += 64;
    }
    Points.put(to, min(channels, 4), 4, Reach.bias, c00, c10, c20, c30);
    if (channels > 4) Points.put(to + 4 * Reach.plane, channels - 4, 4, Reach.bias + 4 * Tail.step, c01, c11, c21, c31);
  }

  /** Stores `channels` ≤ 4 lanes of the first `count` of 4 points, after their tail. */
  @inline
  static put(to: usize, channels: i32, count: i32, bias: usize, c0: v128, c1: v128, c2: v128, c3: v128): void {
    const b = Tail.four(bias);
    c0 = Tail.clamp(f32x4.add(c0, b));
    c1 = Tail.clamp(f32x4.add(c1, b));
    c2 = Tail.clamp(f32x4.add(c2, b));
    c3 = Tail.clamp(f32x4.add(c3, b));
    const l0 = v128.shuffle<f32>(c0, c1, 0, 4, 1, 5),
      l1 = v128.shuffle<f32>(c2, c3, 0, 4, 1, 5);
    const h0 = v128.shuffle<f32>(c0, c1, 2, 6, 3, 7),
      h1 = v128.shuffle<f32>(c2, c3, 2, 6, 3, 7);
    const plane = Reach.plane;
    Points.points(to, count, v128.shuffle<f32>(l0, l1, 0, 1, 4, 5));
    if (channels > 1) Points.points(to + plane, count, v128.shuffle<f32>(l0, l1, 2, 3, 6, 7));
    if (channels > 2) Points.points(to + 2 * plane, count, v128.shuffle<f32>(h0, h1, 0, 1, 4, 5));
    if (channels > 3) Points.points(to + 3 * plane, count, v128.shuffle<f32>(h0, h1, 2, 3, 6, 7));
  }

  @inline
  static points(to: usize, count: i32, v: v128): void {
    if (count == 4) {
      v128.store(to, v);
      return;
    }
    v128.store32_lane(to, v, 0);
    if (count > 1) v128.store32_lane(to, v, 1, 4);
    if (count > 2) v128.store32_lane(to, v, 2, 8);
  }
}
