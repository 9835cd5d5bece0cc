// The three transforms of F(4 × 4, 3 × 3), see conv2d-winograd.ts, and the first of F(2 × 2, 5 × 5): tiles of 6 × 6 inputs in both.
//
// The points are 0, ±3/4, ±3/2, ∞: with them every constant of Bᵀ and Aᵀ is exact in float32 and the error is a quarter of
// that of the usual 0, ±1, ±2, ∞. With a = 3/4 and b = 3/2 (Toom and Cook's construction):
//
//   Bᵀ d:  a²b² d0 − (a² + b²) d2 + d4      Aᵀ m:  m0 + (m1 + m2) + (m3 + m4)        G g:  g0 / (a²b²)
//          (d4 − b² d2) ± a (d3 − b² d1)           a (m1 − m2) + b (m3 − m4)               (g0 + a² g2 ± a g1) / (2a² (a² − b²))
//          (d4 − a² d2) ± b (d3 − a² d1)           a² (m1 + m2) + b² (m3 + m4)             (g0 + b² g2 ± b g1) / (2b² (b² − a²))
//          a²b² d1 − (a² + b²) d3 + d5             a³ (m1 − m2) + b³ (m3 − m4) + m5        g2
//
// Vectors hold 4 output channels in `filters` and `outputs`, 4 neighbouring tiles in `inputs`.

import { Tail } from "./conv2d-tail";
import { Simd } from "./simd";

export const A: f32 = 0.75;
export const B: f32 = 1.5;
export const A2: f32 = 0.5625;
export const B2: f32 = 2.25;
const A2B2: f32 = 1.265625;
const SUM2: f32 = 2.8125;
export const A3: f32 = 0.421875;
export const B3: f32 = 3.375;
export const G0: f32 = 1.0 / 1.265625;
export const GA: f32 = -1.0 / 1.8984375;
export const GB: f32 = 1.0 / 7.59375;

export class Transform {
  /** Work area: 36 vectors, the 6 rows of a tile row (`width` floats each, the last 4 of them slack), a row of zeros. */
  static rows: usize = 0;
  static width: i32 = 0;

  /** Bytes between the 36 planes of `floats` floats: an odd number of cache lines, so that they do not share cache sets. */
  @inline
  static plane(floats: i32): usize {
    return <usize>((((floats << 2) + 63) & ~63) | 64);
  }

  /** Writes the row of zeros, `count` floats. */
  static clear(count: i32): void {
    const zeros = Transform.zeros();
    for (let i = 0; i < count; i += 4) v128.store(zeros + ((<usize>i) << 2), i32x4.splat(0));
  }

  @inline
  static zeros(): usize {
    return Transform.rows + 576 + 6 * ((<usize>Transform.width) << 2);
  }

  /** U of output channels first … first + outputs − 1: for each ξ panels of 8 outputs, [channel][8]. */
  static filters(
    u: usize,
    plane: usize,
    weights: usize,
    pitchO: i32,
    pitchC: i32,
    step: i32,
    first: i32,
    outputs: i32,
    c: i32,
  ): void {
    const t = Transform.rows;
    const origin = weights + (step < 0 ? -8 * step : 0);
    for (let o = 0; o < ((outputs + 7) & ~7); o += 4) {
      // Lanes past the last output repeat it: their products are dropped.
      const last = first + outputs - 1;
      const w0 = origin + min(first + o, last) * pitchO;
      const w1 = origin + min(first + o + 1, last) * pitchO;
      const w2 = origin + min(first + o + 2, last) * pitchO;
      const w3 = origin + min(first + o + 3, last) * pitchO;
      let to = u + ((<usize>((o >> 3) * c)) << 5) + ((<usize>(o & 4)) << 2);
      for (let i = 0; i < c; i++, to += 32) {
        for (let j = 0; j < 3; j++) {
          const at = i * pitchC + j * step;
          const row = 3 * step;
          const g0 = Transform.gather(w0 + at, w1 + at, w2 + at, w3 + at);
          const g1 = Transform.gather(w0 + at + row, w1 + at + row, w2 + at + row, w3 + at + row);
          const g2 = Transform.gather(w0 + at + 2 * row, w1 + at + 2 * row, w2 + at + 2 * row, w3 + at + 2 * row);
          Transform.filter(t + ((<usize>j) << 4), 48, g0, g1, g2);
        }
        for (let j: usize = 0; j < 6; j++) {
          const from = t + j * 48;
          Transform.filter(to + j * 6 * plane, plane, v128.load(from), v128.load(from, 16), v128.load(from, 32));
        }
      }
    }
  }

  @inline
  static gather(a: usize, b: usize, c: usize, d: usize): v128 {
    let v = v128.load32_zero(a);
    v = v128.load32_lane(b, v, 1);
    v = v128.load32_lane(c, v, 2);
    return v128.load32_lane(d, v, 3);
  }

  /** Stores G g, `step` bytes apart. */
  @inline
  static filter(to: usize, step: usize, g0: v128, g1: v128, g2: v128): void {
    v128.store(to, f32x4.mul(g0, f32x4.splat(G0)));
    let even = f32x4.mul(Simd.madd(g2, f32x4.splat(A2), g0), f32x4.splat(GA));
    let odd = f32x4.mul(g1, f32x4.splat(A * GA));
    v128.store(to + step, f32x4.add(even, odd));
    v128.store(to + 2 * step, f32x4.sub(even, odd));
    even = f32x4.mul(Simd.madd(g2, f32x4.splat(B2), g0), f32x4.splat(GB));
    odd = f32x4.mul(g1, f32x4.splat(B * GB));
    v128.store(to + 3 * step, f32x4.add(even, odd));
    v128.store(to + 4 * step, f32x4.sub(even, odd));
    v128.store(to + 5 * step, g2);
  }

  /**
   * V of tile rows row … row + height − 1, the tiles `tile` = 4 or 2 pixels apart: for each ξ panels of 4 tiles,
   * [channel][4], or, where `line` is not 0, a line of so many bytes a channel; tiles are numbered row by row. The last
   * vector of a row may hold tiles beyond it; the next row's first take their place.
   */
  static inputs(
    v: usize,
    plane: usize,
    line: usize,
    tile: i32,
    x: usize,
    c: i32,
    h: i32,
    w: i32,
    top: i32,
    left: i32,
    row: i32,
    height: i32,
    across: i32,
  ): void {
    const pitch = (<usize>Transform.width) << 2;
    const t = Transform.rows + 576;
    const panel = (<usize>c) << 4;
    for (let i = 0; i < c; i++) {
      for (let r = 0; r < height; r++) {
        Transform.columns(t, pitch, x, h, w, (row + r) * tile - top, left);
        for (let g = 0; g < across; g += 4) {
          const p = r * across + g;
          let to = v + <usize>(p >> 2) * panel + ((<usize>i) << 4);
          let lane = p & 3;
          if (line != 0) {
            to = v + <usize>i * line + ((<usize>p) << 2);
            lane = 0;
          }
          if (tile == 2) {
            for (let k: usize = 0; k < 6; k++) {
              const from = t + k * pitch + ((<usize>g) << 3);
              const x0 = v128.load(from),
                x2 = v128.load(from, 8),
                x4 = v128.load(from, 16);
              const x6 = v128.load(from, 24),
                x8 = v128.load(from, 32);
              Transform.input(
                to + k * 6 * plane,
                plane,
                panel,
                lane,
                v128.shuffle<f32>(x0, x4, 0, 2, 4, 6),
                v128.shuffle<f32>(x0, x4, 1, 3, 5, 7),
                v128.shuffle<f32>(x2, x6, 0, 2, 4, 6),
                v128.shuffle<f32>(x2, x6, 1, 3, 5, 7),
                v128.shuffle<f32>(x4, x8, 0, 2, 4, 6),
                v128.shuffle<f32>(x4, x8, 1, 3, 5, 7),
              );
            }
            continue;
          }
          for (let k: usize = 0; k < 6; k++) {
            const from = t + k * pitch + ((<usize>g) << 4);
            const x0 = v128.load(from),
              x1 = v128.load(from, 16),
              x2 = v128.load(from, 32),
              x3 = v128.load(from, 48);
            const next = v128.load(from, 64);
            const l0 = v128.shuffle<f32>(x0, x1, 0, 4, 1, 5),
              l1 = v128.shuffle<f32>(x2, x3, 0, 4, 1, 5);
            const h0 = v128.shuffle<f32>(x0, x1, 2, 6, 3, 7),
              h1 = v128.shuffle<f32>(x2, x3, 2, 6, 3, 7);
            const d0 = v128.shuffle<f32>(l0, l1, 0, 1, 4, 5),
              d1 = v128.shuffle<f32>(l0, l1, 2, 3, 6, 7);
            const d2 = v128.shuffle<f32>(h0, h1, 0, 1, 4, 5),
              d3 = v128.shuffle<f32>(h0, h1, 2, 3, 6, 7);
            const d4 = v128.shuffle<f32>(d0, next, 1, 2, 3, 4),
              d5 = v128.shuffle<f32>(d1, next, 1, 2, 3, 5);
            Transform.input(to + k * 6 * plane, plane, panel, lane, d0, d1, d2, d3, d4, d5);
          }
        }
      }
      x += (<usize>(h * w)) << 2;
    }
  }

  /** Bᵀ down the columns of pixel rows y … y + 5 of a plane, with padding: 6 rows, `pitch` bytes apart. */
  static columns(t: usize, pitch: usize, x: usize, h: i32, w: i32, y: i32, left: i32): void {
    const r0 = Transform.pixels(x, y, h, w),
      r1 = Transform.pixels(x, y + 1, h, w),
      r2 = Transform.pixels(x, y + 2, h, w);
    const r3 = Transform.pixels(x, y + 3, h, w),
      r4 = Transform.pixels(x, y + 4, h, w),
      r5 = Transform.pixels(x, y + 5, h, w);
    const width = Transform.width - 4;
    const columns = min(w, width - left);
    for (let i = 0; i < left; i += 4) Transform.blank(t + ((<usize>i) << 2), pitch);
    const to = t + ((<usize>left) << 2);
    const end = (<usize>max(columns, 0)) << 2;
    for (let i: usize = 0; i < end; i += 16) {
      Transform.input(
        to + i,
        pitch,
        0,
        0,
        v128.load(r0 + i),
        v128.load(r1 + i),
        v128.load(r2 + i),
        v128.load(r3 + i),
        v128.load(r4 + i),
        v128.load(r5 + i),
      );
    }
    for (let i = left + columns; i < width; i += 4) Transform.blank(t + ((<usize>i) << 2), pitch);
  }

  /** Row y of a plane, or zeros. */
  @inline
  static pixels(x: usize, y: i32, h: i32, w: i32): usize {
    return <u32>y < <u32>h ? x + ((<usize>(y * w)) << 2) : Transform.zeros();
  }

  @inline
  static blank(to: usize, pitch: usize): void {
    for (let k: usize = 0; k < 6; k++) v128.store(to + k * pitch, i32x4.splat(0));
  }

  /** Stores Bᵀ d, `step` bytes apart; lanes from `4 − lane` on go to the next panel. */
  @inline
  static input(
    to: usize,
    step: usize,
    panel: usize,
    lane: i32,
    d0: v128,
    d1: v128,
    d2: v128,
    d3: v128,
    d4: v128,
    d5: v128,
  ): void {
    const v0 = f32x4.add(Simd.madd(d0, f32x4.splat(A2B2), f32x4.mul(d2, f32x4.splat(-SUM2))), d4);
    const e0 = Simd.madd(d2, f32x4.splat(-B2), d4);
    const f0 = f32x4.mul(Simd.madd(d1, f32x4.splat(-B2), d3), f32x4.splat(A));
    const e1 = Simd.madd(d2, f32x4.splat(-A2), d4);
    const f1 = f32x4.mul(Simd.madd(d1, f32x4.splat(-A2), d3), f32x4.splat(B));
    const v5 = f32x4.add(Simd.madd(d1, f32x4.splat(A2B2), f32x4.mul(d3, f32x4.splat(-SUM2))), d5);
    const v1 = f32x4.add(e0, f0),
      v2 = f32x4.sub(e0, f0),
      v3 = f32x4.add(e1, f1),
      v4 = f32x4.sub(e1, f1);
    if (lane == 0) {
      v128.store(to, v0);
      v128.store(to + step, v1);
      v128.store(to + 2 * step, v2);
      v128.store(to + 3 * step, v3);
      v128.store(to + 4 * step, v4);
      v128.store(to + 5 * step, v5);
    } else {
      Transform.split(to, panel, lane, v0);
      Transform.split(to + step, panel, lane, v1);
      Transform.split(to + 2 * step, panel, lane, v2);
      Transform.split(to + 3 * step, panel, lane, v3);
      Transform.split(to + 4 * step, panel, lane, v4);
      Transform.split(to + 5 * step, panel, lane, v5);
    }
  }

  /** Four tiles, of which the first is lane `lane` ≥ 1 of its panel. */
  static split(to: usize, panel: usize, lane: i32, v: v128): void {
    const next = to + panel;
    if (lane == 2) {
      v128.store64_lane(to, v, 0, 8);
      v128.store64_lane(next, v, 1);
    } else if (lane == 1) {
      v128.store64_lane(to, v, 0, 4);
      v128.store32_lane(to, v, 2, 12);
      v128.store32_lane(next, v, 3);
    } else {
      v128.store32_lane(to, v, 0, 12);
      v128.store32_lane(next, v, 1);
      v128.store64_lane(next, v, 1, 4);
    }
  }

  /** Outputs of tile rows row … row + height − 1 of `outputs` planes, channel `first`'s at y; M is [ξ][tile][chunk]. */
  static outputs(
    y: usize,
    m: usize,
    plane: usize,
    chunk: i32,
    first: i32,
    outputs: i32,
    oh: i32,
    ow: i32,
    row: i32,
    height: i32,
    across: i32,
  ): void {
    const t = Transform.rows;
    const size = (<usize>(oh * ow)) << 2;
    // 16 channels at a time: the lines of M are read whole.
    for (let o0 = 0; o0 < outputs; o0 += 16) {
      for (let r = 0; r < height; r++) {
        const lines = min(oh - ((row + r) << 2), 4);
        for (let q = 0; q < across; q++) {
          const columns = ow - (q << 2);
          const at = m + ((<usize>((r * across + q) * chunk)) << 2);
          const to = y + ((<usize>(((row + r) * ow + q) << 2)) << 2);
          for (let o = o0; o < min(o0 + 16, outputs); o += 4) {
            Transform.output(t, at + ((<usize>o) << 2), plane);
            const bias = Tail.four(Tail.of(first + o));
            Transform.lines(t, to + <usize>o * size, size, (<usize>ow) << 2, min(outputs - o, 4), lines, columns, bias);
          }
        }
      }
    }
  }

  /** Aᵀ M of one tile, 4 channels: 4 × 6 vectors at t. */
  @inline
  static output(t: usize, m: usize, plane: usize): void {
    for (let j: usize = 0; j < 6; j++) {
      const from = m + j * plane;
      const m0 = v128.load(from),
        m1 = v128.load(from + 6 * plane),
        m2 = v128.load(from + 12 * plane);
      const m3 = v128.load(from + 18 * plane),
        m4 = v128.load(from + 24 * plane),
        m5 = v128.load(from + 30 * plane);
      const s = f32x4.add(m1, m2),
        d = f32x4.sub(m1, m2),
        s2 = f32x4.add(m3, m4),
        d2 = f32x4.sub(m3, m4);
      const to = t + (j << 4);
      v128.store(to, f32x4.add(f32x4.add(m0, s), s2));
      v128.store(to, Simd.madd(d2, f32x4.splat(B), f32x4.mul(d, f32x4.splat(A))), 96);
      v128.store(to, Simd.madd(s2, f32x4.splat(B2), f32x4.mul(s, f32x4.splat(A2))), 192);
      v128.store(to, f32x4.add(Simd.madd(d2, f32x4.splat(B3), f32x4.mul(d, f32x4.splat(A3))), m5), 288);
    }
  }

  /** (Aᵀ M) A of one tile, and its tail, to the first `count` planes, `lines` rows and `columns` columns. */
  @inline
  static lines(t: usize, to: usize, size: usize, pitch: usize, count: i32, lines: i32, columns: i32, bias: v128): void {
    for (let i = 0; i < lines; i++, t += 96, to += pitch) {
      const m0 = v128.load(t),
        m1 = v128.load(t, 16),
        m2 = v128.load(t, 32),
        m3 = v128.load(t, 48),
        m4 = v128.load(t, 64),
        m5 = v128.load(t, 80);
      const s = f32x4.add(m1, m2),
        d = f32x4.sub(m1, m2),
        s2 = f32x4.add(m3, m4),
        d2 = f32x4.sub(m3, m4);
      const y0 = Tail.clamp(f32x4.add(f32x4.add(f32x4.add(m0, s), s2), bias));
      const y1 = Tail.clamp(f32x4.add(Simd.madd(d2, f32x4.splat(B), f32x4.mul(d, f32x4.splat(A))), bias));
      const y2 = Tail.clamp(f32x4.add(Simd.madd(s2, f32x4.splat(B2), f32x4.mul(s, f32x4.splat(A2))), bias));
      const y3 = Tail.clamp(
        f32x4.add(f32x4.add(Simd.madd(d2, f32x4.splat(B3), f32x4.mul(d, f32x4.splat(A3))), m5), bias),
      );
      const l0 = v128.shuffle<f32>(y0, y1, 0, 4, 1, 5),
        l1 = v128.shuffle<f32>(y2, y3, 0, 4, 1, 5);
      const h0 = v128.shuffle<f32>(y0, y1, 2, 6, 3, 7),
        h1 = v128.shuffle<f32>(y2, y3, 2, 6, 3, 7);
      const o0 = v128.shuffle<f32>(l0, l1, 0, 1, 4, 5),
        o1 = v128.shuffle<f32>(l0, l1, 2, 3, 6, 7);
      const o2 = v128.shuffle<f32>(h0, h1, 0, 1, 4, 5),
        o3 = v128.shuffle<f32>(h0, h1, 2, 3, 6, 7);
      if (columns >= 4 && count == 4) {
        v128.store(to, o0);
        v128.store(to + size, o1);
        v128.store(to + 2 * size, o2);
        v128.store(to + 3 * size, o3);
      } else {
        Transform.edge(to, o0, columns);
        if (count > 1) Transform.edge(to + size, o1, columns);
        if (count > 2) Transform.edge(to + 2 * size, o2, columns);
        if (count > 3) Transform.edge(to + 3 * size, o3, columns);
      }
    }
  }

  static edge(to: usize, v: v128, columns: i32): void {
    if (columns >= 4) {
      v128.store(to, v);
      return;
    }
    v128.store32_lane(to, v, 0);
    if (columns > 1) v128.store32_lane(to, v, 1, 4);
    if (columns > 2) v128.store32_lane(to, v, 2, 8);
  }
}
