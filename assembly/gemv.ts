// Matrix products of few rows, read where they lie: packing would cost more than it saves.
//
// `row`   y[columns] = x[depth] · B, rows of B contiguous: B streams by once, four rows at a time; y stays in the
//         first-level cache. Each y adds one product at a time in ascending depth.
// `dots`  C[rows × columns] = A · Bᵀ, rows of A and of B contiguous (the layout of a Linear layer's weight): a tile of
//         2 × 4 dot products. Each keeps four partial sums, one a lane (depth mod 4), added as (0 + 1) + (2 + 3).
// `dot`   the same for one row, eight partial sums (depth mod 8) as 4 + 4 lanes; the two vectors are added first.
//
// `panels`  y[columns] = x[depth] · B, B in panels of 32 columns and then of 8 (matmul-pack.ts), each one straight line of
//           memory; sums as in `row`.
//
// Strides are in bytes. Up to 16 bytes past an operand's last element may be read.

import { Gemm } from "./gemm";
import { Simd } from "./simd";

export class Gemv {
  static row(columns: i32, depth: i32, x: usize, xStep: isize, b: usize, bStep: isize, y: usize): void {
    const bytes = (<usize>columns) << 2;
    const vectors = y + (bytes & ~15);
    memory.fill(y, 0, bytes);
    for (; depth >= 4; depth -= 4) {
      const x0 = v128.load_splat<f32>(x);
      const x1 = v128.load_splat<f32>(x + xStep);
      const x2 = v128.load_splat<f32>(x + 2 * xStep);
      const x3 = v128.load_splat<f32>(x + 3 * xStep);
      let b0 = b,
        b1 = b + bStep,
        b2 = b1 + bStep,
        b3 = b2 + bStep;
      let to = y;
      for (; to < vectors; to += 16) {
        let sum = Simd.madd(x0, v128.load(b0), v128.load(to));
        sum = Simd.madd(x1, v128.load(b1), sum);
        sum = Simd.madd(x2, v128.load(b2), sum);
        v128.store(to, Simd.madd(x3, v128.load(b3), sum));
        b0 += 16;
        b1 += 16;
        b2 += 16;
        b3 += 16;
      }
      if (columns & 3) {
        let sum = Simd.madd(x0, v128.load(b0), v128.load(to));
        sum = Simd.madd(x1, v128.load(b1), sum);
        sum = Simd.madd(x2, v128.load(b2), sum);
        Gemm.putEdge(to, Simd.madd(x3, v128.load(b3), sum), sum, columns & 3);
      }
      x += 4 * xStep;
      b += 4 * bStep;
    }
    for (; depth > 0; depth--) {
      const x0 = v128.load_splat<f32>(x);
      let b0 = b;
      let to = y;
      for (; to < vectors; to += 16) {
        v128.store(to, Simd.madd(x0, v128.load(b0), v128.load(to)));
        b0 += 16;
      }
      if (columns & 3) {
        const sum = Simd.madd(x0, v128.load(b0), v128.load(to));
        Gemm.putEdge(to, sum, sum, columns & 3);
      }
      x += xStep;
      b += bStep;
    }
  }

  static panels(columns: i32, depth: i32, x: usize, b: usize, y: usize): void {
    const head = x + ((<usize>(depth & ~3)) << 2);
    const end = x + ((<usize>depth) << 2);
    for (; columns >= 32; columns -= 32) {
      b = Gemv.wide(head, x, b, y);
      for (let at = head; at < end; at += 4) {
        const value = v128.load_splat<f32>(at);
        for (let j: usize = 0; j < 128; j += 16) {
          v128.store(y + j, Simd.madd(value, v128.load(b + j), v128.load(y + j)));
        }
        b += 128;
      }
      y += 128;
    }
    for (; columns > 0; columns -= 8) {
      let s0 = f32x4.splat(0),
        s1 = s0;
      for (let at = x; at < end; at += 4) {
        const value = v128.load_splat<f32>(at);
        s0 = Simd.madd(value, v128.load(b), s0);
        s1 = Simd.madd(value, v128.load(b, 16), s1);
        b += 32;
      }
      Gemm.put(y, s0, s1, min(columns, 8), false);
      y += 32;
    }
  }

  /** One panel of 32 over x … end, a multiple of four; returns where it stopped. Alone, since a second loop would spill its sums. */
  static wide(end: usize, x: usize, b: usize, y: usize): usize {
    let s0 = f32x4.splat(0),
      s1 = s0,
      s2 = s0,
      s3 = s0,
      s4 = s0,
      s5 = s0,
      s6 = s0,
      s7 = s0;
    for (; x < end; x += 16) {
      let value = v128.load_splat<f32>(x);
      s0 = Simd.madd(value, v128.load(b), s0);
      s1 = Simd.madd(value, v128.load(b, 16), s1);
      s2 = Simd.madd(value, v128.load(b, 32), s2);
      s3 = Simd.madd(value, v128.load(b, 48), s3);
      s4 = Simd.madd(value, v128.load(b, 64), s4);
      s5 = Simd.madd(value, v128.load(b, 80), s5);
      s6 = Simd.madd(value, v128.load(b, 96), s6);
      s7 = Simd.madd(value, v128.load(b, 112), s7);
      value = v128.load_splat<f32>(x, 4);
      s0 = Simd.madd(value, v128.load(b, 128), s0);
      s1 = Simd.madd(value, v128.load(b, 144), s1);
      s2 = Simd.madd(value, v128.load(b, 160), s2);
      s3 = Simd.madd(value, v128.load(b, 176), s3);
      s4 = Simd.madd(value, v128.load(b, 192), s4);
      s5 = Simd.madd(value, v128.load(b, 208), s5);
      s6 = Simd.madd(value, v128.load(b, 224), s6);
      s7 = Simd.madd(value, v128.load(b, 240), s7);
      value = v128.load_splat<f32>(x, 8);
      s0 = Simd.madd(value, v128.load(b, 256), s0);
      s1 = Simd.madd(value, v128.load(b, 272), s1);
      s2 = Simd.madd(value, v128.load(b, 288), s2);
      s3 = Simd.madd(value, v128.load(b, 304), s3);
      s4 = Simd.madd(value, v128.load(b, 320), s4);
      s5 = Simd.madd(value, v128.load(b, 336), s5);
      s6 = Simd.madd(value, v128.load(b, 352), s6);
      s7 = Simd.madd(value, v128.load(b, 368), s7);
      value = v128.load_splat<f32>(x, 12);
      s0 = Simd.madd(value, v128.load(b, 384), s0);
      s1 = Simd.madd(value, v128.load(b, 400), s1);
      s2 = Simd.madd(value, v128.load(b, 416), s2);
      s3 = Simd.madd(value, v128.load(b, 432), s3);
      s4 = Simd.madd(value, v128.load(b, 448), s4);
      s5 = Simd.madd(value, v128.load(b, 464), s5);
      s6 = Simd.madd(value, v128.load(b, 480), s6);
      s7 = Simd.madd(value, v128.load(b, 496), s7);
      b += 512;
    }
    v128.store(y, s0);
    v128.store(y, s1, 16);
    v128.store(y, s2, 32);
    v128.store(y, s3, 48);
    v128.store(y, s4, 64);
    v128.store(y, s5, 80);
    v128.store(y, s6, 96);
    v128.store(y, s7, 112);
    return b;
  }

  static dot(columns: i32, depth: i32, x: usize, b: usize, bColumn: isize, y: usize): void {
    const head = (<usize>(depth & ~7)) << 2;
    for (; columns > 0; columns -= 4) {
      let s0 = f32x4.splat(0),
        t0 = f32x4.splat(0);
      let s1 = f32x4.splat(0),
        t1 = f32x4.splat(0);
      let s2 = f32x4.splat(0),
        t2 = f32x4.splat(0);
      let s3 = f32x4.splat(0),
        t3 = f32x4.splat(0);
      let b0 = b;
      let b1 = columns > 1 ? b0 + bColumn : b0;
      let b2 = columns > 2 ? b1 + bColumn : b0;
      let b3 = columns > 3 ? b2 + bColumn : b0;
      let at = x;
      for (const end = x + head; at < end; at += 32) {
        const x0 = v128.load(at),
          x1 = v128.load(at, 16);
        s0 = Simd.madd(x0, v128.load(b0), s0);
        t0 = Simd.madd(x1, v128.load(b0, 16), t0);
        s1 = Simd.madd(x0, v128.load(b1), s1);
        t1 = Simd.madd(x1, v128.load(b1, 16), t1);
        s2 = Simd.madd(x0, v128.load(b2), s2);
        t2 = Simd.madd(x1, v128.load(b2, 16), t2);
        s3 = Simd.madd(x0, v128.load(b3), s3);
        t3 = Simd.madd(x1, v128.load(b3, 16), t3);
        b0 += 32;
        b1 += 32;
        b2 += 32;
        b3 += 32;
      }
      if (depth & 4) {
        const x0 = v128.load(at);
        s0 = Simd.madd(x0, v128.load(b0), s0);
        s1 = Simd.madd(x0, v128.load(b1), s1);
        s2 = Simd.madd(x0, v128.load(b2), s2);
        s3 = Simd.madd(x0, v128.load(b3), s3);
        at += 16;
        b0 += 16;
        b1 += 16;
        b2 += 16;
        b3 += 16;
      }
      if (depth & 3) {
        const mask = Gemv.mask(depth & 3);
        const x0 = v128.and(v128.load(at), mask);
        s0 = Simd.madd(x0, v128.and(v128.load(b0), mask), s0);
        s1 = Simd.madd(x0, v128.and(v128.load(b1), mask), s1);
        s2 = Simd.madd(x0, v128.and(v128.load(b2), mask), s2);
        s3 = Simd.madd(x0, v128.and(v128.load(b3), mask), s3);
      }
      Gemv.put(y, Gemv.sum(f32x4.add(s0, t0), f32x4.add(s1, t1), f32x4.add(s2, t2), f32x4.add(s3, t3)), columns);
      b += 4 * bColumn;
      y += 16;
    }
  }

  static dots(
    rows: i32,
    columns: i32,
    depth: i32,
    a: usize,
    aRow: isize,
    b: usize,
    bColumn: isize,
    c: usize,
    ldc: isize,
  ): void {
    const head = (<usize>(depth & ~3)) << 2;
    for (; columns > 0; columns -= 4) {
      let row = a;
      let to = c;
      for (let i = 0; i < rows; i += 2) {
        const two = i + 1 < rows;
        let s00 = f32x4.splat(0),
          s01 = f32x4.splat(0),
          s02 = f32x4.splat(0),
          s03 = f32x4.splat(0);
        let s10 = f32x4.splat(0),
          s11 = f32x4.splat(0),
          s12 = f32x4.splat(0),
          s13 = f32x4.splat(0);
        let a0 = row;
        let a1 = two ? a0 + aRow : a0;
        let b0 = b;
        let b1 = columns > 1 ? b0 + bColumn : b0;
        let b2 = columns > 2 ? b1 + bColumn : b0;
        let b3 = columns > 3 ? b2 + bColumn : b0;
        for (const end = a0 + head; a0 < end; a0 += 16) {
          const x0 = v128.load(a0),
            x1 = v128.load(a1);
          let w = v128.load(b0);
          s00 = Simd.madd(x0, w, s00);
          s10 = Simd.madd(x1, w, s10);
          w = v128.load(b1);
          s01 = Simd.madd(x0, w, s01);
          s11 = Simd.madd(x1, w, s11);
          w = v128.load(b2);
          s02 = Simd.madd(x0, w, s02);
          s12 = Simd.madd(x1, w, s12);
          w = v128.load(b3);
          s03 = Simd.madd(x0, w, s03);
          s13 = Simd.madd(x1, w, s13);
          a1 += 16;
          b0 += 16;
          b1 += 16;
          b2 += 16;
          b3 += 16;
        }
        if (depth & 3) {
          const mask = Gemv.mask(depth & 3);
          const x0 = v128.and(v128.load(a0), mask),
            x1 = v128.and(v128.load(a1), mask);
          let w = v128.and(v128.load(b0), mask);
          s00 = Simd.madd(x0, w, s00);
          s10 = Simd.madd(x1, w, s10);
          w = v128.and(v128.load(b1), mask);
          s01 = Simd.madd(x0, w, s01);
          s11 = Simd.madd(x1, w, s11);
          w = v128.and(v128.load(b2), mask);
          s02 = Simd.madd(x0, w, s02);
          s12 = Simd.madd(x1, w, s12);
          w = v128.and(v128.load(b3), mask);
          s03 = Simd.madd(x0, w, s03);
          s13 = Simd.madd(x1, w, s13);
        }
        Gemv.put(to, Gemv.sum(s00, s01, s02, s03), columns);
        if (two) Gemv.put(to + ldc, Gemv.sum(s10, s11, s12, s13), columns);
        row += 2 * aRow;
        to += 2 * ldc;
      }
      b += 4 * bColumn;
      c += 16;
    }
  }

  /** All bits in the first `lanes` lanes, 1 … 3. */
  @inline
  static mask(lanes: i32): v128 {
    return i32x4.lt_s(i32x4(0, 1, 2, 3), i32x4.splat(lanes));
  }

  /** The four vectors' sums over their lanes, (0 + 1) + (2 + 3) each. */
  @inline
  static sum(s0: v128, s1: v128, s2: v128, s3: v128): v128 {
    const low = f32x4.add(v128.shuffle<f32>(s0, s1, 0, 4, 2, 6), v128.shuffle<f32>(s0, s1, 1, 5, 3, 7));
    const high = f32x4.add(v128.shuffle<f32>(s2, s3, 0, 4, 2, 6), v128.shuffle<f32>(s2, s3, 1, 5, 3, 7));
    return f32x4.add(v128.shuffle<f32>(low, high, 0, 1, 4, 5), v128.shuffle<f32>(low, high, 2, 3, 6, 7));
  }

  /** Stores the first `columns` lanes, all if 4 or more. */
  @inline
  static put(c: usize, value: v128, columns: i32): void {
    if (columns >= 4) v128.store(c, value);
    else Gemm.putEdge(c, value, value, columns);
  }
}
