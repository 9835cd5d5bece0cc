// Gradient of a 3 × 3 or 5 × 5 convolution of stride 1 with respect to its weights, by the transforms of conv2d-winograd.ts read
// backwards. From y = Aᵀ [ (G g Gᵀ) ⊙ (Bᵀ d B) ] A follows dg = Gᵀ [ Σ (Bᵀ d B) ⊙ (A dy Aᵀ) ] G, the sum over all tiles:
//
//   S[ξ] [c][o] = Σ V[ξ] [c][tile] · Y[ξ] [tile][o]        V = Bᵀ d B, Y = A dy Aᵀ, dg = Gᵀ S G
//
// 36 products for each tile of 16 outputs and 9 weights, in place of 144; with 5 × 5 weights for each tile of 4 outputs, in
// place of 100: Aᵀ then has the first two rows of the four, the last of them with m5, and G two columns more, of the points'
// cubes and fourth powers, the last of them with the 1 of the point ∞. V and Y lie as the register tile reads them, so
// nothing is packed. Work is split over blocks of 4 input channels and, where threads are more, of 8 outputs; tile blocks are
// added in order. Arguments:
//
//    0 x   2 dy   4 dw: slot, offset
//    6 n  c  h  w      10 o  oh ow    13 top  left
//   15 rows  images    tile rows, or whole images, of a block
//   17 taps            3 or 5
//
// Scratch, in whole cache lines: V, Y, S, transform rows (see conv2d-winograd-transform.ts).

import { Command, Run } from "./command";
import { A, A2, A3, B, B2, B3, G0, GA, GB, Transform } from "./conv2d-winograd-transform";
import { Gemm } from "./gemm";
import { Simd } from "./simd";

export function conv2dWinogradWeight(command: usize, thread: i32, threads: i32): void {
  const x = Command.pointer(command, 0);
  const dy = Command.pointer(command, 2);
  const dw = Command.pointer(command, 4);
  const n = Command.int(command, 6);
  const c = Command.int(command, 7);
  const h = Command.int(command, 8);
  const w = Command.int(command, 9);
  const o = Command.int(command, 10);
  const oh = Command.int(command, 11);
  const ow = Command.int(command, 12);
  const top = Command.int(command, 13);
  const left = Command.int(command, 14);
  const rows = Command.int(command, 15);
  const batch = Command.int(command, 16);
  const taps = Command.int(command, 17);
  const side = 7 - taps;

  const high = min(threads, (c + 3) >> 2);
  const wide = threads / high;
  if (thread >= high * wide) return;
  const first = Run.share(c, 4, thread % high, high);
  const channels = Run.share(c, 4, (thread % high) + 1, high) - first;
  const o0 = Run.share(o, 8, thread / high, wide);
  const o1 = Run.share(o, 8, thread / high + 1, wide);
  if (channels == 0 || o0 == o1) return;
  const down = (oh + side - 1) / side;
  const across = (ow + side - 1) / side;
  const outputs = (o + 7) & ~7;
  // A line of V: the tiles of a block and slack for the last vector.
  const line = (<usize>(((batch * rows * across + 3) & ~3) + 4)) << 2;
  const planeV = Transform.plane(c * <i32>(line >> 2));
  const planeY = Transform.plane(batch * rows * across * outputs);
  const planeS = Transform.plane(c * outputs);
  const v = Run.kernelScratch;
  const y = v + 36 * planeV;
  const s = y + 36 * planeY;
  Transform.rows = s + 36 * planeS;
  Transform.width = ((across + 3) & ~3) * side + 12;
  Transform.clear(max(w, Transform.width) + 4);

  const row = (<usize>outputs) << 2;
  for (let image = 0; image < n; image += batch) {
    const images = min(batch, n - image);
    for (let r = 0; r < down; r += rows) {
      const height = min(rows, down - r);
      for (let i = 0; i < images; i++) {
        const tile = <usize>(i * height * across);
        const from = x + ((<usize>(((image + i) * c + first) * h * w)) << 2);
        Transform.inputs(v + (tile << 2), planeV, line, side, from, channels, h, w, top, left, r, height, across);
        const fromY = dy + ((<usize>(((image + i) * o + o0) * oh * ow)) << 2);
        const to = y + tile * row + ((<usize>o0) << 2);
        if (side == 4) WeightTransform.gradients(to, planeY, row, fromY, o1 - o0, oh, ow, r, height, across);
        else WeightTransform.gradients2(to, planeY, row, fromY, o1 - o0, oh, ow, r, height, across);
      }
      const tiles = images * height * across;
      const add = image > 0 || r > 0;
      for (let i: usize = 0; i < 36; i++) {
        for (let j = o0; j < o1; j += 8) {
          const b = y + i * planeY + ((<usize>j) << 2);
          const to = s + i * planeS + ((<usize>j) << 2);
          Gemm.rows(channels, 8, tiles, v + i * planeV, line, b, row, to, row, add);
        }
      }
    }
  }
  for (let i = 0; i < channels; i++) {
    for (let j = o0; j < o1; j += 4) {
      const to = dw + ((<usize>((j * c + first + i) * taps * taps)) << 2);
      const size = (<usize>(c * taps * taps)) << 2;
      WeightTransform.weights(to, size, taps, min(o1 - j, 4), s + <usize>i * row + ((<usize>j) << 2), planeS);
    }
  }
}

export class WeightTransform {
  /** Y of tile rows row … row + height − 1: for each ξ a row of the outputs a tile. */
  static gradients(
    to: usize,
    plane: usize,
    line: usize,
    dy: usize,
    o: i32,
    oh: i32,
    ow: i32,
    row: i32,
    height: i32,
    across: i32,
  ): void {
    const t = Transform.rows;
    const size = (<usize>(oh * ow)) << 2;
    for (let r = 0; r < height; r++) {
      const lines = min(oh - ((row + r) << 2), 4);
      for (let q = 0; q < across; q++, to += line) {
        const columns = ow - (q << 2);
        const mask = i32x4.gt_s(i32x4.splat(columns), i32x4(0, 1, 2, 3));
        const at = dy + ((<usize>(((row + r) * ow + q) << 2)) << 2);
        for (let j = 0; j < o; j += 4) {
          // Lanes past the last output repeat the first of the four: their sums are dropped.
          const o0 = at + <usize>j * size;
          const o1 = j + 1 < o ? o0 + size : o0;
          const o2 = j + 2 < o ? o0 + 2 * size : o0;
          const o3 = j + 3 < o ? o0 + 3 * size : o0;
          let i = 0;
          for (let k: usize = 0; i < lines; i++, k += (<usize>ow) << 2) {
            const x0 = v128.and(v128.load(o0 + k), mask),
              x1 = v128.and(v128.load(o1 + k), mask);
            const x2 = v128.and(v128.load(o2 + k), mask),
              x3 = v128.and(v128.load(o3 + k), mask);
            const l0 = v128.shuffle<f32>(x0, x1, 0, 4, 1, 5),
              l1 = v128.shuffle<f32>(x2, x3, 0, 4, 1, 5);
            const h0 = v128.shuffle<f32>(x0, x1, 2, 6, 3, 7),
              h1 = v128.shuffle<f32>(x2, x3, 2, 6, 3, 7);
            WeightTransform.gradient(
              t + 96 * <usize>i,
              16,
              v128.shuffle<f32>(l0, l1, 0, 1, 4, 5),
              v128.shuffle<f32>(l0, l1, 2, 3, 6, 7),
              v128.shuffle<f32>(h0, h1, 0, 1, 4, 5),
              v128.shuffle<f32>(h0, h1, 2, 3, 6, 7),
            );
          }
          for (; i < 4; i++) {
            for (let k: usize = 0; k < 96; k += 16) v128.store(t + 96 * <usize>i + k, i32x4.splat(0));
          }
          for (let k: usize = 0; k < 6; k++) {
            const from = t + 16 * k;
            WeightTransform.gradient(
              to + k * plane + ((<usize>j) << 2),
              6 * plane,
              v128.load(from),
              v128.load(from, 96),
              v128.load(from, 192),
              v128.load(from, 288),
            );
          }
        }
      }
    }
  }

  /** Stores A y, `step` bytes apart. */
  @inline
  static gradient(to: usize, step: usize, y0: v128, y1: v128, y2: v128, y3: v128): void {
    v128.store(to, y0);
    let even = Simd.madd(y2, f32x4.splat(A2), y0);
    let odd = Simd.madd(y3, f32x4.splat(A3), f32x4.mul(y1, f32x4.splat(A)));
    v128.store(to + step, f32x4.add(even, odd));
    v128.store(to + 2 * step, f32x4.sub(even, odd));
    even = Simd.madd(y2, f32x4.splat(B2), y0);
    odd = Simd.madd(y3, f32x4.splat(B3), f32x4.mul(y1, f32x4.splat(B)));
    v128.store(to + 3 * step, f32x4.add(even, odd));
    v128.store(to + 4 * step, f32x4.sub(even, odd));
    v128.store(to + 5 * step, y3);
  }

  /** Y of tiles of 2 × 2. */
  static gradients2(
    to: usize,
    plane: usize,
    line: usize,
    dy: usize,
    o: i32,
    oh: i32,
    ow: i32,
    row: i32,
    height: i32,
    across: i32,
  ): void {
    const size = (<usize>(oh * ow)) << 2;
    for (let r = 0; r < height; r++) {
      const y = (row + r) << 1;
      // A row below the last is the last, times zero.
      const below = y + 1 < oh ? (<usize>ow) << 2 : 0;
      const rest = i32x4.splat(y + 1 < oh ? -1 : 0);
      for (let q = 0; q < across; q++, to += line) {
        const mask = i32x4.splat((q << 1) + 1 < ow ? -1 : 0);
        const at = dy + ((<usize>(y * ow + (q << 1))) << 2);
        for (let j = 0; j < o; j += 4) {
          const o0 = at + <usize>j * size;
          const o1 = j + 1 < o ? o0 + size : o0;
          const o2 = j + 2 < o ? o0 + 2 * size : o0;
          const o3 = j + 3 < o ? o0 + 3 * size : o0;
          const u01 = v128.load64_lane(o1, v128.load64_zero(o0), 1),
            u23 = v128.load64_lane(o3, v128.load64_zero(o2), 1);
          const v01 = v128.load64_lane(o1 + below, v128.load64_zero(o0 + below), 1),
            v23 = v128.load64_lane(o3 + below, v128.load64_zero(o2 + below), 1);
          const u0 = v128.shuffle<f32>(u01, u23, 0, 2, 4, 6),
            u1 = v128.and(v128.shuffle<f32>(u01, u23, 1, 3, 5, 7), mask);
          const v0 = v128.and(v128.shuffle<f32>(v01, v23, 0, 2, 4, 6), rest),
            v1 = v128.and(v128.and(v128.shuffle<f32>(v01, v23, 1, 3, 5, 7), mask), rest);
          const t = to + ((<usize>j) << 2);
          WeightTransform.pair(t, 6 * plane, u0, v0);
          let u = f32x4.mul(u1, f32x4.splat(A)),
            v = f32x4.mul(v1, f32x4.splat(A));
          WeightTransform.pair(t + plane, 6 * plane, f32x4.add(u0, u), f32x4.add(v0, v));
          WeightTransform.pair(t + 2 * plane, 6 * plane, f32x4.sub(u0, u), f32x4.sub(v0, v));
          u = f32x4.mul(u1, f32x4.splat(B));
          v = f32x4.mul(v1, f32x4.splat(B));
          WeightTransform.pair(t + 3 * plane, 6 * plane, f32x4.add(u0, u), f32x4.add(v0, v));
          WeightTransform.pair(t + 4 * plane, 6 * plane, f32x4.sub(u0, u), f32x4.sub(v0, v));
          WeightTransform.pair(t + 5 * plane, 6 * plane, u1, v1);
        }
      }
    }
  }

  /** Stores A (u, v), `step` bytes apart. */
  @inline
  static pair(to: usize, step: usize, u: v128, v: v128): void {
    const a = f32x4.mul(v, f32x4.splat(A)),
      b = f32x4.mul(v, f32x4.splat(B));
    v128.store(to, u);
    v128.store(to + step, f32x4.add(u, a));
    v128.store(to + 2 * step, f32x4.sub(u, a));
    v128.store(to + 3 * step, f32x4.add(u, b));
    v128.store(to + 4 * step, f32x4.sub(u, b));
    v128.store(to + 5 * step, v);
  }

  /** Gᵀ S G of one input channel and `count` ≤ 4 outputs, whose weights are `size` bytes apart. */
  static weights(to: usize, size: usize, taps: i32, count: i32, s: usize, plane: usize): void {
    const t = Transform.rows;
    for (let k: usize = 0; k < 6; k++) {
      const m = s + k * plane;
      const step = 6 * plane;
      WeightTransform.weight(
        t + 16 * k,
        96,
        taps,
        v128.load(m),
        v128.load(m + step),
        v128.load(m + 2 * step),
        v128.load(m + 3 * step),
        v128.load(m + 4 * step),
        v128.load(m + 5 * step),
      );
    }
    for (let i = 0; i < taps; i++) {
      const m = t + 96 * <usize>i;
      const line = t + 480;
      WeightTransform.weight(
        line,
        16,
        taps,
        v128.load(m),
        v128.load(m, 16),
        v128.load(m, 32),
        v128.load(m, 48),
        v128.load(m, 64),
        v128.load(m, 80),
      );
      for (let lane = 0; lane < count; lane++) {
        const from = line + ((<usize>lane) << 2);
        for (let k = 0; k < taps; k++) {
          const at = to + <usize>lane * size + ((<usize>(i * taps + k)) << 2);
          store<f32>(at, load<f32>(from + ((<usize>k) << 4)));
        }
      }
    }
  }

  /** Stores Gᵀ m, `step` bytes apart. */
  static weight(to: usize, step: usize, taps: i32, m0: v128, m1: v128, m2: v128, m3: v128, m4: v128, m5: v128): void {
    const s = f32x4.mul(f32x4.add(m1, m2), f32x4.splat(GA)),
      d = f32x4.mul(f32x4.sub(m1, m2), f32x4.splat(A * GA));
    const s2 = f32x4.mul(f32x4.add(m3, m4), f32x4.splat(GB)),
      d2 = f32x4.mul(f32x4.sub(m3, m4), f32x4.splat(B * GB));
    v128.store(to, Simd.madd(m0, f32x4.splat(G0), f32x4.add(s, s2)));
    v128.store(to + step, f32x4.add(d, d2));
    const g2 = Simd.madd(s2, f32x4.splat(B2), f32x4.mul(s, f32x4.splat(A2)));
    if (taps == 3) {
      v128.store(to + 2 * step, f32x4.add(g2, m5));
      return;
    }
    v128.store(to + 2 * step, g2);
    v128.store(to + 3 * step, Simd.madd(d2, f32x4.splat(B2), f32x4.mul(d, f32x4.splat(A2))));
    const g4 = Simd.madd(s2, f32x4.splat(B2 * B2), f32x4.mul(s, f32x4.splat(A2 * A2)));
    v128.store(to + 4 * step, f32x4.add(g4, m5));
  }
}
