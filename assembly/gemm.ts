// The dense core of matmul and convolution: C[rows × columns] (+)= A[rows × depth] · B[depth × columns] in float32.
//
// A register tile is MR × NR outputs held in registers while the depth runs by. Its operands are read from panels, copies
// in the order of use, so that the inner loop walks two straight lines of memory:
//
//   packed A: ceil(rows / MR) panels, each depth × MR floats     packed B: ceil(columns / NR) panels, each depth × NR floats
//
//     panel p, depth d:  A[p·MR … p·MR + MR − 1][d]                panel q, depth d:  B[d][q·NR … q·NR + NR − 1]
//
// so A[i][d] lies at float (i / MR · depth + d) · MR + i % MR, and B[d][j] at (j / NR · depth + d) · NR + j % NR. Rows and
// columns past the edge are zeros in a panel (`packA` and `packB` write them; a kernel with its own packing must too, or at
// least leave finite numbers there: they are computed and thrown away, never stored).
//
// How to use it, after Goto and van de Geijn, "Anatomy of high-performance matrix multiplication" (2008):
//
//   for columns in steps of NC                            B block: KC × NC, in the second or third-level cache
//     for depth in steps of KC                            packB → Gemm.packedB(depth, columns) bytes
//       for rows in steps of MC                           packA → Gemm.packedA(rows, depth) bytes, in the second-level cache
//         Gemm.block(rows, columns, depth, packedA, packedB, c, ldc, accumulate = not the first depth step)
//
// All strides are in bytes and may be 0 or negative. Nothing outside C[rows × columns] is written; up to 16 bytes after
// a C row's end, and up to 64 after a panel's, may be read.
//
// Order of summation, a promise: an output is the sum, in ascending order of the depth steps, of partial sums that start
// at 0 and add one product at a time in ascending depth. So its bits depend on where the depth is cut (KC), never on
// the row and column blocks, the position in a tile, or the number of threads.

import { Simd } from "./simd";

export class Gemm {
  /** Rows of a register tile. */
  @inline static readonly MR: i32 = 4;
  /** Columns of a register tile; a multiple of 4. */
  @inline static readonly NR: i32 = 8;
  /** Depth of a panel: an A and a B panel of this depth fill about half of a 32 KiB first-level cache. */
  @inline static readonly KC: i32 = 256;
  /** Rows of a packed A block: MC × KC floats are 128 KiB. A multiple of MR. */
  @inline static readonly MC: i32 = 128;
  /** Columns of a packed B block: KC × NC floats are 1 MiB. A multiple of NR. */
  @inline static readonly NC: i32 = 1024;

  /** Bytes of a packed A block; a multiple of 16. */
  @inline
  static packedA(rows: i32, depth: i32): usize {
    return (<usize>((rows + Gemm.MR - 1) / Gemm.MR) * Gemm.MR * depth) << 2;
  }

  /** Bytes of a packed B block; a multiple of 16. */
  @inline
  static packedB(depth: i32, columns: i32): usize {
    return (<usize>((columns + Gemm.NR - 1) / Gemm.NR) * Gemm.NR * depth) << 2;
  }

  /** Packs A[rows × depth], whose element (i, d) is at a + i·rowStride + d·depthStride, to `packed`. */
  static packA(packed: usize, a: usize, rowStride: isize, depthStride: isize, rows: i32, depth: i32): void {
    for (let i = 0; i < rows; i += Gemm.MR) {
      const height = min(rows - i, Gemm.MR);
      let from = a + i * rowStride;
      if (height == Gemm.MR && depthStride == 4) {
        packed = Gemm.interleave4(packed, from, rowStride, depth);
        continue;
      }
      if (height == Gemm.MR && rowStride == 4) {
        for (let d = 0; d < depth; d++) {
          v128.store(packed, v128.load(from));
          packed += 16;
          from += depthStride;
        }
        continue;
      }
      for (let d = 0; d < depth; d++) {
        let at = from;
        for (let r = 0; r < Gemm.MR; r++) {
          store<f32>(packed, r < height ? load<f32>(at) : 0);
          packed += 4;
          at += rowStride;
        }
        from += depthStride;
      }
    }
  }

  /** Packs B[depth × columns], whose element (d, j) is at b + d·depthStride + j·columnStride, to `packed`. */
  static packB(packed: usize, b: usize, depthStride: isize, columnStride: isize, depth: i32, columns: i32): void {
    for (let j = 0; j < columns; j += Gemm.NR) {
      const width = min(columns - j, Gemm.NR);
      let from = b + j * columnStride;
      if (width == Gemm.NR && columnStride == 4) {
        for (let d = 0; d < depth; d++) {
          v128.store(packed, v128.load(from));
          v128.store(packed, v128.load(from, 16), 16);
          packed += 32;
          from += depthStride;
        }
        continue;
      }
      for (let d = 0; d < depth; d++) {
        let at = from;
        for (let c = 0; c < Gemm.NR; c++) {
          store<f32>(packed, c < width ? load<f32>(at) : 0);
          packed += 4;
          at += columnStride;
        }
        from += depthStride;
      }
    }
  }

  /**
   * C = A · B, or C += A · B, of one packed A block and one packed B block: C's element (i, j) is at c + i·ldc + 4·j.
   * The B panel is the outer loop: it stays in the first-level cache while A's panels pass.
   */
  static block(rows: i32, columns: i32, depth: i32, packedA: usize, packedB: usize, c: usize, ldc: isize, accumulate: bool): void {
    for (let j = 0; j < columns; j += Gemm.NR) {
      Gemm.panel(rows, min(columns - j, Gemm.NR), depth, packedA, packedB, c + (<usize>j << 2), ldc, accumulate);
      packedB += (<usize>depth * Gemm.NR) << 2;
    }
  }

  /** `block` with one B panel: columns ≤ NR. */
  static panel(rows: i32, columns: i32, depth: i32, packedA: usize, packedB: usize, c: usize, ldc: isize, accumulate: bool): void {
    for (let i = 0; i < rows; i += Gemm.MR) {
      Gemm.tile(min(rows - i, Gemm.MR), columns, depth, packedA, packedB, c, ldc, accumulate);
      packedA += (<usize>depth * Gemm.MR) << 2;
      c += Gemm.MR * ldc;
    }
  }

  /** `block` with one A panel and one B panel: rows ≤ MR, columns ≤ NR. */
  static tile(rows: i32, columns: i32, depth: i32, packedA: usize, packedB: usize, c: usize, ldc: isize, accumulate: bool): void {
    let c00 = f32x4.splat(0), c01 = f32x4.splat(0);
    let c10 = f32x4.splat(0), c11 = f32x4.splat(0);
    let c20 = f32x4.splat(0), c21 = f32x4.splat(0);
    let c30 = f32x4.splat(0), c31 = f32x4.splat(0);
    const end = packedA + ((<usize>depth * Gemm.MR) << 2);
    while (packedA < end) {
      const b0 = v128.load(packedB);
      const b1 = v128.load(packedB, 16);
      let a = v128.load_splat<f32>(packedA);
      c00 = Simd.madd(a, b0, c00);
      c01 = Simd.madd(a, b1, c01);
      a = v128.load_splat<f32>(packedA, 4);
      c10 = Simd.madd(a, b0, c10);
      c11 = Simd.madd(a, b1, c11);
      a = v128.load_splat<f32>(packedA, 8);
      c20 = Simd.madd(a, b0, c20);
      c21 = Simd.madd(a, b1, c21);
      a = v128.load_splat<f32>(packedA, 12);
      c30 = Simd.madd(a, b0, c30);
      c31 = Simd.madd(a, b1, c31);
      packedA += 16;
      packedB += 32;
    }
    Gemm.put(c, c00, c01, columns, accumulate);
    if (rows == 1) return;
    c += ldc;
    Gemm.put(c, c10, c11, columns, accumulate);
    if (rows == 2) return;
    c += ldc;
    Gemm.put(c, c20, c21, columns, accumulate);
    if (rows == 3) return;
    Gemm.put(c + ldc, c30, c31, columns, accumulate);
  }

  /** Stores, or adds, the first `columns` ≤ 8 of a tile row to c. */
  @inline
  static put(c: usize, low: v128, high: v128, columns: i32, accumulate: bool): void {
    if (accumulate) {
      low = f32x4.add(v128.load(c), low);
      high = f32x4.add(v128.load(c, 16), high);
    }
    if (columns == 8) {
      v128.store(c, low);
      v128.store(c, high, 16);
    } else Gemm.putEdge(c, low, high, columns);
  }

  /** Stores the first `columns` < 8 of a tile row to c. */
  static putEdge(c: usize, low: v128, high: v128, columns: i32): void {
    if (columns & 4) {
      v128.store(c, low);
      low = high;
      c += 16;
    }
    if (columns & 2) {
      v128.store64_lane(c, low, 0);
      low = i8x16.shuffle(low, low, 8, 9, 10, 11, 12, 13, 14, 15, 8, 9, 10, 11, 12, 13, 14, 15);
      c += 8;
    }
    if (columns & 1) v128.store32_lane(c, low, 0);
  }

  /** Four rows of `depth` consecutive floats, `stride` bytes apart, to depth × 4: 4 × 4 transposes. Returns the end. */
  static interleave4(to: usize, from: usize, stride: isize, depth: i32): usize {
    let r0 = from, r1 = r0 + stride, r2 = r1 + stride, r3 = r2 + stride;
    let d = 0;
    for (; d <= depth - 4; d += 4) {
      const x0 = v128.load(r0), x1 = v128.load(r1), x2 = v128.load(r2), x3 = v128.load(r3);
      const t0 = v128.shuffle<f32>(x0, x1, 0, 4, 1, 5);
      const t1 = v128.shuffle<f32>(x2, x3, 0, 4, 1, 5);
      const t2 = v128.shuffle<f32>(x0, x1, 2, 6, 3, 7);
      const t3 = v128.shuffle<f32>(x2, x3, 2, 6, 3, 7);
      v128.store(to, v128.shuffle<f32>(t0, t1, 0, 1, 4, 5));
      v128.store(to, v128.shuffle<f32>(t0, t1, 2, 3, 6, 7), 16);
      v128.store(to, v128.shuffle<f32>(t2, t3, 0, 1, 4, 5), 32);
      v128.store(to, v128.shuffle<f32>(t2, t3, 2, 3, 6, 7), 48);
      to += 64;
      r0 += 16;
      r1 += 16;
      r2 += 16;
      r3 += 16;
    }
    for (; d < depth; d++) {
      store<f32>(to, load<f32>(r0));
      store<f32>(to, load<f32>(r1), 4);
      store<f32>(to, load<f32>(r2), 8);
      store<f32>(to, load<f32>(r3), 12);
      to += 16;
      r0 += 4;
      r1 += 4;
      r2 += 4;
      r3 += 4;
    }
    return to;
  }
}
