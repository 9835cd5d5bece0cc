// Gradient of a 5 × 5 convolution of stride 1 with respect to its input, by F(2 × 2, 5 × 5) read backwards. From
// y = Aᵀ [ (G g Gᵀ) ⊙ (Bᵀ d B) ] A follows dd = B [ (G g Gᵀ) ⊙ (A dy Aᵀ) ] Bᵀ for every tile of 2 × 2 outputs, whose
// 6 × 6 inputs overlap those of its neighbours and are added to them:
//
//   M[ξ] [tile][c] = Y[ξ] [tile][o] · U[ξ] [o][c]        Y = A dy Aᵀ, U = G g Gᵀ
//
// 36 products for each tile in place of 100, and no tap meets the zeros around dy. B is separable, so tiles are added up
// along a row first (four columns are carried from tile to tile), then the sums of a row down the columns. Points and
// constants: conv2d-winograd-transform.ts. G has five columns here (conv2d-winograd-weight.ts). Vectors hold 4 channels of dx.
//
// Work is split over (image, block of 8 channels of dx). Arguments:
//
//    0 dy   2 w   4 dx: slot, offset   6 epilogue block
//    7 n  c  h  w      11 o  oh ow     14 top  left      dx is [n, c, h, w], dy is [n, o, oh, ow]
//   16 rows            tile rows worked on at a time
//
// Scratch, in whole cache lines: U, Y, M of a block of 8 channels; the sums of a row [6][columns][8]; the sums of the plane
// [rows][columns][8] of every block; 36 vectors.

import { Command, Run } from "./command";
import { A, A2, B, B2, G0, GA, GB, Transform } from "./conv2d-winograd-transform";
import { WeightTransform } from "./conv2d-winograd-weight";
import { Gemm } from "./gemm";
import { Map } from "./map";
import { Simd } from "./simd";

const A2B2: f32 = 1.265625;
const SUM2: f32 = 2.8125;

export function conv2dWinogradInput(command: usize, thread: i32, threads: i32): void {
  const dy = Command.pointer(command, 0);
  const weights = Command.pointer(command, 2);
  const dx = Command.pointer(command, 4);
  const epilogue = Command.block(command, 6);
  const n = Command.int(command, 7);
  const c = Command.int(command, 8);
  const h = Command.int(command, 9);
  const w = Command.int(command, 10);
  const o = Command.int(command, 11);
  const oh = Command.int(command, 12);
  const ow = Command.int(command, 13);
  const top = Command.int(command, 14);
  const left = Command.int(command, 15);
  const rows = Command.int(command, 16);

  const blocks = (c + 7) >> 3;
  const units = n * blocks;
  let unit = Run.share(units, 1, thread, threads);
  const end = Run.share(units, 1, thread + 1, threads);
  if (unit == end) return;
  const down = (oh + 1) >> 1;
  const across = (ow + 1) >> 1;
  const outputs = (o + 3) & ~3;
  const line = (<usize>outputs) << 2;
  const columns = 2 * across + 4;
  const planeU = Transform.plane(o * 8 * blocks);
  const planeY = Transform.plane(rows * across * outputs);
  const planeM = Transform.plane(rows * across * 8);
  const us = Run.kernelScratch;
  const y = us + 36 * planeU;
  const m = y + 36 * planeY;
  const row = m + 36 * planeM;
  const sums = row + ((<usize>(6 * columns)) << 5);
  const size = (<usize>((2 * down + 4) * columns)) << 5;
  Transform.rows = sums + <usize>blocks * size;
  // Transformed weights of the blocks of this share.
  const u0 = unit / blocks == (end - 1) / blocks ? unit % blocks : 0;
  const u1 = unit / blocks == (end - 1) / blocks ? ((end - 1) % blocks) + 1 : blocks;
  for (let block = u0; block < u1; block++)
    InputTransform.filters(us + ((<usize>(block * o)) << 5), planeU, weights, c, o, block << 3);

  while (unit < end) {
    const image = unit / blocks;
    const first = unit - image * blocks;
    const after = min(blocks, first + end - unit);
    unit += after - first;
    const clear = sums + <usize>after * size;
    for (let at = sums + <usize>first * size; at < clear; at += 16) v128.store(at, i32x4.splat(0));
    const from = dy + ((<usize>(image * o * oh * ow)) << 2);
    for (let r = 0; r < down; r += rows) {
      const height = min(rows, down - r);
      WeightTransform.gradients2(y, planeY, line, from, o, oh, ow, r, height, across);
      for (let block = first; block < after; block++) {
        const u = us + ((<usize>(block * o)) << 5);
        for (let i: usize = 0; i < 36; i++)
          Gemm.rows(height * across, 8, o, y + i * planeY, line, u + i * planeU, 32, m + i * planeM, 32, false);
        for (let k = 0; k < height; k++) {
          InputTransform.across(row, columns, m + ((<usize>(k * across)) << 5), planeM, across);
          const to = sums + <usize>block * size + ((<usize>(2 * (r + k) * columns)) << 5);
          InputTransform.down(to, row, columns);
        }
      }
    }
    for (let block = first; block < after; block++) {
      const channels = min(c - (block << 3), 8);
      const start = (image * c + (block << 3)) * h * w;
      const source = sums + <usize>block * size + ((<usize>(top * columns + left)) << 5);
      const to = dx + ((<usize>start) << 2);
      const plane = (<usize>(h * w)) << 2;
      InputTransform.planes(to, plane, source, columns, min(channels, 4), h, w);
      if (channels > 4) InputTransform.planes(to + 4 * plane, plane, source + 16, columns, channels - 4, h, w);
      if (epilogue != 0) Map.range(epilogue, start, start + channels * h * w);
    }
  }
}

class InputTransform {
  /** U of channels first … first + 7: for each ξ [o][8]. Lanes past the last channel repeat it and are dropped. */
  static filters(u: usize, plane: usize, weights: usize, c: i32, o: i32, first: i32): void {
    const t = Transform.rows;
    for (let i = 0; i < o; i++) {
      for (let j = 0; j < 8; j += 4) {
        const at = weights + <usize>(i * c) * 100;
        const w0 = at + <usize>min(first + j, c - 1) * 100,
          w1 = at + <usize>min(first + j + 1, c - 1) * 100;
        const w2 = at + <usize>min(first + j + 2, c - 1) * 100,
          w3 = at + <usize>min(first + j + 3, c - 1) * 100;
        for (let k: usize = 0; k < 5; k++) {
          const x = 4 * k;
          InputTransform.filter(
            t + 16 * k,
            80,
            Transform.gather(w0 + x, w1 + x, w2 + x, w3 + x),
            Transform.gather(w0 + x + 20, w1 + x + 20, w2 + x + 20, w3 + x + 20),
            Transform.gather(w0 + x + 40, w1 + x + 40, w2 + x + 40, w3 + x + 40),
            Transform.gather(w0 + x + 60, w1 + x + 60, w2 + x + 60, w3 + x + 60),
            Transform.gather(w0 + x + 80, w1 + x + 80, w2 + x + 80, w3 + x + 80),
          );
        }
        const to = u + ((<usize>i) << 5) + ((<usize>j) << 2);
        for (let k: usize = 0; k < 6; k++) {
          const g = t + 80 * k;
          InputTransform.filter(
            to + 6 * k * plane,
            plane,
            v128.load(g),
            v128.load(g, 16),
            v128.load(g, 32),
            v128.load(g, 48),
            v128.load(g, 64),
          );
        }
      }
    }
  }

  /** Stores G g, `step` bytes apart. */
  static filter(to: usize, step: usize, g0: v128, g1: v128, g2: v128, g3: v128, g4: v128): void {
    v128.store(to, f32x4.mul(g0, f32x4.splat(G0)));
    let even = Simd.madd(Simd.madd(g4, f32x4.splat(A2), g2), f32x4.splat(A2), g0);
    let odd = Simd.madd(g3, f32x4.splat(A2), g1);
    even = f32x4.mul(even, f32x4.splat(GA));
    odd = f32x4.mul(odd, f32x4.splat(A * GA));
    v128.store(to + step, f32x4.add(even, odd));
    v128.store(to + 2 * step, f32x4.sub(even, odd));
    even = Simd.madd(Simd.madd(g4, f32x4.splat(B2), g2), f32x4.splat(B2), g0);
    odd = Simd.madd(g3, f32x4.splat(B2), g1);
    even = f32x4.mul(even, f32x4.splat(GB));
    odd = f32x4.mul(odd, f32x4.splat(B * GB));
    v128.store(to + 3 * step, f32x4.add(even, odd));
    v128.store(to + 4 * step, f32x4.sub(even, odd));
    v128.store(to + 5 * step, g4);
  }

  /** The tiles of a row added up along it: for each of the 6 rows of ξ `columns` × 8 channels. */
  static across(to: usize, columns: i32, m: usize, plane: usize, across: i32): void {
    for (let i = 0; i < 12; i++) {
      // Row i / 2, half i mod 2 of the channels.
      const half = (<usize>(i & 1)) << 4;
      let from = m + 6 * <usize>(i >> 1) * plane + half;
      let at = to + ((<usize>((i >> 1) * columns)) << 5) + half;
      let x0 = f32x4.splat(0),
        x1 = f32x4.splat(0),
        x2 = f32x4.splat(0),
        x3 = f32x4.splat(0);
      for (let q = 0; q < across; q++, from += 32, at += 64) {
        const m0 = v128.load(from),
          m1 = v128.load(from + plane),
          m2 = v128.load(from + 2 * plane);
        const m3 = v128.load(from + 3 * plane),
          m4 = v128.load(from + 4 * plane),
          m5 = v128.load(from + 5 * plane);
        const s = f32x4.add(m1, m2),
          d = f32x4.sub(m1, m2),
          s2 = f32x4.add(m3, m4),
          d2 = f32x4.sub(m3, m4);
        v128.store(at, f32x4.add(x0, InputTransform.row0(m0)));
        v128.store(at, f32x4.add(x1, InputTransform.row1(d, d2, m5)), 32);
        x0 = f32x4.add(x2, InputTransform.row2(m0, s, s2));
        x1 = f32x4.add(x3, InputTransform.row3(d, d2, m5));
        x2 = f32x4.add(f32x4.add(m0, s), s2);
        x3 = m5;
      }
      v128.store(at, x0);
      v128.store(at, x1, 32);
      v128.store(at, x2, 64);
      v128.store(at, x3, 96);
    }
  }

  /** Adds a tile row's sums to the plane's: 6 rows from `to` on. */
  static down(to: usize, from: usize, columns: i32): void {
    const pitch = (<usize>columns) << 5;
    const end = to + pitch;
    for (; to < end; to += 16, from += 16) {
      const m0 = v128.load(from),
        m1 = v128.load(from + pitch),
        m2 = v128.load(from + 2 * pitch);
      const m3 = v128.load(from + 3 * pitch),
        m4 = v128.load(from + 4 * pitch),
        m5 = v128.load(from + 5 * pitch);
      const s = f32x4.add(m1, m2),
        d = f32x4.sub(m1, m2),
        s2 = f32x4.add(m3, m4),
        d2 = f32x4.sub(m3, m4);
      InputTransform.add(to, InputTransform.row0(m0));
      InputTransform.add(to + pitch, InputTransform.row1(d, d2, m5));
      InputTransform.add(to + 2 * pitch, InputTransform.row2(m0, s, s2));
      InputTransform.add(to + 3 * pitch, InputTransform.row3(d, d2, m5));
      InputTransform.add(to + 4 * pitch, f32x4.add(f32x4.add(m0, s), s2));
      InputTransform.add(to + 5 * pitch, m5);
    }
  }

  @inline
  static add(to: usize, v: v128): void {
    v128.store(to, f32x4.add(v128.load(to), v));
  }

  // The first four rows of B m, with s, d, s2, d2 = m1 ± m2, m3 ± m4; the others are m0 + s + s2 and m5.
  @inline
  static row0(m0: v128): v128 {
    return f32x4.mul(m0, f32x4.splat(A2B2));
  }

  @inline
  static row1(d: v128, d2: v128, m5: v128): v128 {
    const m = f32x4.mul(m5, f32x4.splat(A2B2));
    return Simd.madd(d2, f32x4.splat(-B * A2), Simd.madd(d, f32x4.splat(-A * B2), m));
  }

  @inline
  static row2(m0: v128, s: v128, s2: v128): v128 {
    const m = f32x4.mul(m0, f32x4.splat(-SUM2));
    return Simd.madd(s2, f32x4.splat(-A2), Simd.madd(s, f32x4.splat(-B2), m));
  }

  @inline
  static row3(d: v128, d2: v128, m5: v128): v128 {
    const m = f32x4.mul(m5, f32x4.splat(-SUM2));
    return Simd.madd(d2, f32x4.splat(B), Simd.madd(d, f32x4.splat(A), m));
  }

  /** The pixels of `count` ≤ 4 channels, from vectors of channels to planes. */
  static planes(to: usize, plane: usize, from: usize, columns: i32, count: i32, h: i32, w: i32): void {
    for (let y = 0; y < h; y++, from += (<usize>columns) << 5) {
      for (let x = 0; x < w; x += 4, to += 16) {
        const at = from + ((<usize>x) << 5);
        const x0 = v128.load(at),
          x1 = v128.load(at, 32),
          x2 = v128.load(at, 64),
          x3 = v128.load(at, 96);
        const l0 = v128.shuffle<f32>(x0, x1, 0, 4, 1, 5),
          l1 = v128.shuffle<f32>(x2, x3, 0, 4, 1, 5);
        const h0 = v128.shuffle<f32>(x0, x1, 2, 6, 3, 7),
          h1 = v128.shuffle<f32>(x2, x3, 2, 6, 3, 7);
        const left = w - x;
        Transform.edge(to, v128.shuffle<f32>(l0, l1, 0, 1, 4, 5), left);
        if (count > 1) Transform.edge(to + plane, v128.shuffle<f32>(l0, l1, 2, 3, 6, 7), left);
        if (count > 2) Transform.edge(to + 2 * plane, v128.shuffle<f32>(h0, h1, 0, 1, 4, 5), left);
        if (count > 3) Transform.edge(to + 3 * plane, v128.shuffle<f32>(h0, h1, 2, 3, 6, 7), left);
      }
      to += ((<usize>w) << 2) - ((<usize>((w + 3) & ~3)) << 2);
    }
  }
}
