// The dense core of matmul and convolution: C[rows × columns] (+)= A[rows × depth] · B[depth × columns] in float32.
//
// A register tile is MR × NR outputs held in registers while the depth runs by. Its operands are read from panels, copies
// in the order of use, so that the inner loop walks two straight lines of memory:
//
//   packed A: ceil(rows / MR) panels, each depth × MR floats     packed B: ceil(columns / NR) panels, each depth × NR floats
//
//     panel p, depth d:  A[p·MR … p·MR + MR − 1][d]                panel q, depth d:  B[d][q·NR … q·NR + NR − 1]
//
// so A[i][d] lies at float (i / MR · depth + d) · MR + i % MR, and B[d][j] at (j / NR · depth + d) · NR + j % NR. What a
// panel holds past the last row or column does not matter: it is computed and thrown away, never stored.
//
// How to use it, after Goto and van de Geijn, "Anatomy of high-performance matrix multiplication" (2008):
//
//   for columns in steps of NC                            B block: KC × NC, in the second or third-level cache
//     for depth in steps of KC                            packB → Gemm.packedB(depth, columns) bytes
//       for rows in steps of MC                           packA → Gemm.packedA(rows, depth) bytes, in the second-level cache
//         Gemm.block(rows, columns, depth, packedA, packedB, c, ldc, accumulate = not the first depth step)
//
// All strides are in bytes and may be 0 or negative. Nothing outside C[rows × columns] is written; up to 32 bytes after
// an operand's end may be read.
//
// Order of summation, a promise: an output is the sum, in ascending order of the depth steps, of partial sums that start
// at 0 and add one product at a time in ascending depth. So its bits depend on where the depth is cut (KC), never on
// the row and column blocks, the position in a tile, or the number of threads.

import { KC, MC, MR, NC, NR } from "./gemm-blocks";
import { Simd } from "./simd";

export class Gemm {
  @inline static readonly MR: i32 = MR;
  @inline static readonly NR: i32 = NR;
  @inline static readonly KC: i32 = KC;
  @inline static readonly MC: i32 = MC;
  @inline static readonly NC: i32 = NC;

  /** Bytes of a packed A block; a multiple of 16. */
  @inline
  static packedA(rows: i32, depth: i32): usize {
    return (<usize>((rows + MR - 1) / MR) * MR * depth) << 2;
  }

  /** Bytes of a packed B block; a multiple of 16. */
  @inline
  static packedB(depth: i32, columns: i32): usize {
    return (<usize>((columns + NR - 1) / NR) * NR * depth) << 2;
  }

  /** Packs A[rows × depth], whose element (i, d) is at a + i·rowStride + d·depthStride, to `packed`. */
  static packA(packed: usize, a: usize, rowStride: isize, depthStride: isize, rows: i32, depth: i32): void {
    for (let i = 0; i < rows; i += MR) {
      Gemm.interleave(packed, MR << 2, a, rowStride, depthStride, rows - i, depth);
      packed += (<usize>depth * MR) << 2;
      a += MR * rowStride;
    }
  }

  /** Packs B[depth × columns], whose element (d, j) is at b + d·depthStride + j·columnStride, to `packed`. */
  static packB(packed: usize, b: usize, depthStride: isize, columnStride: isize, depth: i32, columns: i32): void {
    for (let j = 0; j < columns; j += NR) {
      if (columnStride == 4) {
        let from = b;
        for (let d = 0; d < depth; d++) {
          v128.store(packed, v128.load(from));
          v128.store(packed, v128.load(from, 16), 16);
          packed += NR << 2;
          from += depthStride;
        }
      } else {
        Gemm.interleave(packed, NR << 2, b, columnStride, depthStride, columns - j, depth);
        const rest = columns - j - 4;
        if (rest > 0)
          Gemm.interleave(packed + 16, NR << 2, b + 4 * columnStride, columnStride, depthStride, rest, depth);
        packed += (<usize>depth * NR) << 2;
      }
      b += NR * columnStride;
    }
  }

  /**
   * C = A · B, or C += A · B, of one packed A block and one packed B block: C's element (i, j) is at c + i·ldc + 4·j.
   * The B panel is the outer loop: it stays in the first-level cache while A's panels pass.
   */
  static block(
    rows: i32,
    columns: i32,
    depth: i32,
    packedA: usize,
    packedB: usize,
    c: usize,
    ldc: isize,
    accumulate: bool,
  ): void {
    for (let j = 0; j < columns; j += NR) {
      Gemm.panel(rows, min(columns - j, NR), depth, packedA, packedB, c + ((<usize>j) << 2), ldc, accumulate);
      packedB += (<usize>depth * NR) << 2;
    }
  }

  /** `block` with one B panel: columns ≤ NR. */
  @inline
  static panel(
    rows: i32,
    columns: i32,
    depth: i32,
    packedA: usize,
    packedB: usize,
    c: usize,
    ldc: isize,
    accumulate: bool,
  ): void {
    Gemm.steps(rows, columns, depth, packedA, (depth * MR) << 2, MR << 2, packedB, NR << 2, c, ldc, accumulate);
  }

  /** `block` with one A panel and one B panel: rows ≤ MR, columns ≤ NR. */
  @inline
  static tile(
    rows: i32,
    columns: i32,
    depth: i32,
    packedA: usize,
    packedB: usize,
    c: usize,
    ldc: isize,
    accumulate: bool,
  ): void {
    Gemm.stepped(rows, columns, depth, packedA, MR << 2, packedB, NR << 2, c, ldc, accumulate);
  }

  /** `stepped` for any number of rows: the next MR rows of A are `aPanel` bytes on. */
  static steps(
    rows: i32,
    columns: i32,
    depth: i32,
    a: usize,
    aPanel: isize,
    aStep: isize,
    b: usize,
    bStep: isize,
    c: usize,
    ldc: isize,
    accumulate: bool,
  ): void {
    for (; rows > 0; rows -= MR) {
      Gemm.stepped(rows, columns, depth, a, aStep, b, bStep, c, ldc, accumulate);
      a += aPanel;
      c += MR * ldc;
    }
  }

  /** `rowwise` for any number of rows. */
  static rows(
    rows: i32,
    columns: i32,
    depth: i32,
    a: usize,
    aRow: isize,
    b: usize,
    bStep: isize,
    c: usize,
    ldc: isize,
    accumulate: bool,
  ): void {
    for (; rows > 0; rows -= MR) {
      Gemm.rowwise(rows, columns, depth, a, aRow, b, bStep, c, ldc, accumulate);
      a += MR * aRow;
      c += MR * ldc;
    }
  }

  /**
   * The register tile. `aStep` and `bStep` are the bytes from one depth to the next: those of a panel, or of a matrix that
   * needs no packing because its rows (B) or its columns (A) are contiguous. Rows and columns beyond MR and NR are left out.
   */
  static stepped(
    rows: i32,
    columns: i32,
    depth: i32,
    a: usize,
    aStep: isize,
    b: usize,
    bStep: isize,
    c: usize,
    ldc: isize,
    accumulate: bool,
  ): void {
    let c00 = f32x4.splat(0),
      c01 = f32x4.splat(0);
    let c10 = f32x4.splat(0),
      c11 = f32x4.splat(0);
    let c20 = f32x4.splat(0),
      c21 = f32x4.splat(0);
    let c30 = f32x4.splat(0),
      c31 = f32x4.splat(0);
    while (depth > 0) {
      const b0 = v128.load(b);
      const b1 = v128.load(b, 16);
      let x = v128.load_splat<f32>(a);
      c00 = Simd.madd(x, b0, c00);
      c01 = Simd.madd(x, b1, c01);
      x = v128.load_splat<f32>(a, 4);
      c10 = Simd.madd(x, b0, c10);
      c11 = Simd.madd(x, b1, c11);
      x = v128.load_splat<f32>(a, 8);
      c20 = Simd.madd(x, b0, c20);
      c21 = Simd.madd(x, b1, c21);
      x = v128.load_splat<f32>(a, 12);
      c30 = Simd.madd(x, b0, c30);
      c31 = Simd.madd(x, b1, c31);
      a += aStep;
      b += bStep;
      // A second way out: an engine does not carry the loads below over it, where they would take registers.
      if (--depth == 0) break;
      const d0 = v128.load(b);
      const d1 = v128.load(b, 16);
      let z = v128.load_splat<f32>(a);
      c00 = Simd.madd(z, d0, c00);
      c01 = Simd.madd(z, d1, c01);
      z = v128.load_splat<f32>(a, 4);
      c10 = Simd.madd(z, d0, c10);
      c11 = Simd.madd(z, d1, c11);
      z = v128.load_splat<f32>(a, 8);
      c20 = Simd.madd(z, d0, c20);
      c21 = Simd.madd(z, d1, c21);
      z = v128.load_splat<f32>(a, 12);
      c30 = Simd.madd(z, d0, c30);
      c31 = Simd.madd(z, d1, c31);
      a += aStep;
      b += bStep;
      depth--;
    }
    Gemm.put(c, c00, c01, columns, accumulate);
    if (rows == 1) return;
    Gemm.put(c + ldc, c10, c11, columns, accumulate);
    if (rows == 2) return;
    Gemm.put(c + 2 * ldc, c20, c21, columns, accumulate);
    if (rows == 3) return;
    Gemm.put(c + 3 * ldc, c30, c31, columns, accumulate);
  }

  /** `stepped` for an A whose rows, `aRow` bytes apart, are contiguous. */
  static rowwise(
    rows: i32,
    columns: i32,
    depth: i32,
    a: usize,
    aRow: isize,
    b: usize,
    bStep: isize,
    c: usize,
    ldc: isize,
    accumulate: bool,
  ): void {
    let c00 = f32x4.splat(0),
      c01 = f32x4.splat(0);
    let c10 = f32x4.splat(0),
      c11 = f32x4.splat(0);
    let c20 = f32x4.splat(0),
      c21 = f32x4.splat(0);
    let c30 = f32x4.splat(0),
      c31 = f32x4.splat(0);
    let a1 = rows > 1 ? a + aRow : a;
    let a2 = rows > 2 ? a1 + aRow : a;
    let a3 = rows > 3 ? a2 + aRow : a;
    for (; depth > 0; depth--) {
      const b0 = v128.load(b);
      const b1 = v128.load(b, 16);
      let x = v128.load_splat<f32>(a);
      c00 = Simd.madd(x, b0, c00);
      c01 = Simd.madd(x, b1, c01);
      x = v128.load_splat<f32>(a1);
      c10 = Simd.madd(x, b0, c10);
      c11 = Simd.madd(x, b1, c11);
      x = v128.load_splat<f32>(a2);
      c20 = Simd.madd(x, b0, c20);
      c21 = Simd.madd(x, b1, c21);
      x = v128.load_splat<f32>(a3);
      c30 = Simd.madd(x, b0, c30);
      c31 = Simd.madd(x, b1, c31);
      a += 4;
      a1 += 4;
      a2 += 4;
      a3 += 4;
      b += bStep;
    }
    Gemm.put(c, c00, c01, columns, accumulate);
    if (rows == 1) return;
    Gemm.put(c + ldc, c10, c11, columns, accumulate);
    if (rows == 2) return;
    Gemm.put(c + 2 * ldc, c20, c21, columns, accumulate);
    if (rows == 3) return;
    Gemm.put(c + 3 * ldc, c30, c31, columns, accumulate);
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

  /**
   * Four lines of `depth` floats, `line` bytes apart, to vectors of one float from each, `toStep` bytes apart. Where there
   * are fewer than four lines the first stands in for the others.
   */
  static interleave(to: usize, toStep: isize, from: usize, line: isize, step: isize, lines: i32, depth: i32): void {
    if (line == 4) {
      for (; depth > 0; depth--) {
        v128.store(to, v128.load(from));
        to += toStep;
        from += step;
      }
      return;
    }
    let r0 = from;
    let r1 = lines > 1 ? r0 + line : r0;
    let r2 = lines > 2 ? r1 + line : r0;
    let r3 = lines > 3 ? r2 + line : r0;
    if (step == 4) {
      for (; depth >= 4; depth -= 4) {
        const x0 = v128.load(r0),
          x1 = v128.load(r1),
          x2 = v128.load(r2),
          x3 = v128.load(r3);
        const t0 = v128.shuffle<f32>(x0, x1, 0, 4, 1, 5);
        const t1 = v128.shuffle<f32>(x2, x3, 0, 4, 1, 5);
        const t2 = v128.shuffle<f32>(x0, x1, 2, 6, 3, 7);
        const t3 = v128.shuffle<f32>(x2, x3, 2, 6, 3, 7);
        v128.store(to, v128.shuffle<f32>(t0, t1, 0, 1, 4, 5));
        to += toStep;
        v128.store(to, v128.shuffle<f32>(t0, t1, 2, 3, 6, 7));
        to += toStep;
        v128.store(to, v128.shuffle<f32>(t2, t3, 0, 1, 4, 5));
        to += toStep;
        v128.store(to, v128.shuffle<f32>(t2, t3, 2, 3, 6, 7));
        to += toStep;
        r0 += 16;
        r1 += 16;
        r2 += 16;
        r3 += 16;
      }
    }
    for (; depth > 0; depth--) {
      store<f32>(to, load<f32>(r0));
      store<f32>(to, load<f32>(r1), 4);
      store<f32>(to, load<f32>(r2), 8);
      store<f32>(to, load<f32>(r3), 12);
      to += toStep;
      r0 += step;
      r1 += step;
      r2 += step;
      r3 += step;
    }
  }
}
