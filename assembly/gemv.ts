// Matrix products of few rows, read where they lie: packing would cost more than it saves.
//
// `row`   y[columns] = x[depth] · B, rows of B contiguous: B streams by once, four rows at a time; y stays in the
//         first-level cache. Each y adds one product at a time in ascending depth.
// `dots`  C[rows × columns] = A · Bᵀ, rows of A and of B contiguous (the layout of a Linear layer's weight): a tile of
//         2 × 4 dot products. Each keeps four partial sums, one a lane (depth mod 4), added as (0 + 1) + (2 + 3).
// `dot`   the same for one row, eight partial sums (depth mod 8) as 4 + 4 lanes; the two vectors are added first.
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
