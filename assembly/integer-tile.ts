// The register tiles of integer products: rows × 8 columns of int32 from packed panels (integer-panels.ts).
//
//   rows: panels of 4 lines, columns: panels of 8. A turn of the loop takes one group: four words of the rows, each
//   repeated in a vector, by two vectors of the columns.
//
// Integers are exact, so neither the order of summation nor the way a group is multiplied shows in a bit.

import { Gemm } from "./gemm";
import { Panels } from "./integer-panels";
import { Simd } from "./simd";

/** How a group is multiplied: int16 pairs, or int8 quads of which the columns or the rows have 7 bits. */
const WIDE: i32 = 0;
const COLUMNS7: i32 = 1;
const ROWS7: i32 = 2;

export class IntegerTile {
  /**
   * C = A · B, or C += A · B, of `rows` lines in panels of 4, `aPanel` bytes apart, by one panel of `columns` ≤ 8 lines. C's
   * element (i, j) is at c + i·ldc + 4·j. `seven` says which side of a narrow panel has 7 bits: true is the rows.
   */
  static panel(
    rows: i32,
    columns: i32,
    groups: i32,
    a: usize,
    aPanel: usize,
    b: usize,
    c: usize,
    ldc: isize,
    narrow: bool,
    seven: bool,
    accumulate: bool,
  ): void {
    for (; rows > 1; rows -= 4) {
      if (!narrow) IntegerTile.wide(rows, columns, groups, a, b, c, ldc, accumulate);
      else if (ASC_FEATURE_RELAXED_SIMD) {
        if (seven) IntegerTile.rows7(rows, columns, groups, a, b, c, ldc, accumulate);
        else IntegerTile.columns7(rows, columns, groups, a, b, c, ldc, accumulate);
      }
      a += aPanel;
      c += 4 * ldc;
    }
    if (rows == 1) {
      if (!narrow) IntegerTile.single(WIDE, columns, groups, a, b, c, accumulate);
      else if (ASC_FEATURE_RELAXED_SIMD) {
        if (seven) IntegerTile.single(ROWS7, columns, groups, a, b, c, accumulate);
        else IntegerTile.single(COLUMNS7, columns, groups, a, b, c, accumulate);
      }
    }
  }

  static wide(rows: i32, columns: i32, groups: i32, a: usize, b: usize, c: usize, ldc: isize, accumulate: bool): void {
    IntegerTile.four(WIDE, rows, columns, groups, a, b, c, ldc, accumulate);
  }

  static rows7(rows: i32, columns: i32, groups: i32, a: usize, b: usize, c: usize, ldc: isize, accumulate: bool): void {
    IntegerTile.four(ROWS7, rows, columns, groups, a, b, c, ldc, accumulate);
  }

  static columns7(
    rows: i32,
    columns: i32,
    groups: i32,
    a: usize,
    b: usize,
    c: usize,
    ldc: isize,
    accumulate: bool,
  ): void {
    IntegerTile.four(COLUMNS7, rows, columns, groups, a, b, c, ldc, accumulate);
  }

  @inline
  static multiply(kind: i32, a: v128, b: v128, c: v128): v128 {
    if (kind == WIDE) return i32x4.add(i32x4.dot_i16x8_s(a, b), c);
    return kind == ROWS7 ? Simd.dot7(b, a, c) : Simd.dot7(a, b, c);
  }

  /** Four rows, of which the first `rows` are stored. */
  @inline
  static four(
    kind: i32,
    rows: i32,
    columns: i32,
    groups: i32,
    a: usize,
    b: usize,
    c: usize,
    ldc: isize,
    accumulate: bool,
  ): void {
    let c00 = i32x4.splat(0),
      c01 = i32x4.splat(0);
    let c10 = i32x4.splat(0),
      c11 = i32x4.splat(0);
    let c20 = i32x4.splat(0),
      c21 = i32x4.splat(0);
    let c30 = i32x4.splat(0),
      c31 = i32x4.splat(0);
    for (; groups > 0; groups--) {
      const b0 = v128.load(b);
      const b1 = v128.load(b, 16);
      let x = v128.load32_splat(a);
      c00 = IntegerTile.multiply(kind, x, b0, c00);
      c01 = IntegerTile.multiply(kind, x, b1, c01);
      x = v128.load32_splat(a, 4);
      c10 = IntegerTile.multiply(kind, x, b0, c10);
      c11 = IntegerTile.multiply(kind, x, b1, c11);
      x = v128.load32_splat(a, 8);
      c20 = IntegerTile.multiply(kind, x, b0, c20);
      c21 = IntegerTile.multiply(kind, x, b1, c21);
      x = v128.load32_splat(a, 12);
      c30 = IntegerTile.multiply(kind, x, b0, c30);
      c31 = IntegerTile.multiply(kind, x, b1, c31);
      a += 16;
      b += 32;
    }
    IntegerTile.put(c, c00, c01, columns, accumulate);
    if (rows == 1) return;
    IntegerTile.put(c + ldc, c10, c11, columns, accumulate);
    if (rows == 2) return;
    IntegerTile.put(c + 2 * ldc, c20, c21, columns, accumulate);
    if (rows == 3) return;
    IntegerTile.put(c + 3 * ldc, c30, c31, columns, accumulate);
  }

  /** One row; every other group has sums of its own, so that one does not wait for the other. */
  @inline
  static single(kind: i32, columns: i32, groups: i32, a: usize, b: usize, c: usize, accumulate: bool): void {
    let c0 = i32x4.splat(0),
      c1 = i32x4.splat(0);
    let e0 = i32x4.splat(0),
      e1 = i32x4.splat(0);
    for (; groups >= 2; groups -= 2) {
      const x = v128.load32_splat(a);
      const y = v128.load32_splat(a, 16);
      c0 = IntegerTile.multiply(kind, x, v128.load(b), c0);
      c1 = IntegerTile.multiply(kind, x, v128.load(b, 16), c1);
      e0 = IntegerTile.multiply(kind, y, v128.load(b, 32), e0);
      e1 = IntegerTile.multiply(kind, y, v128.load(b, 48), e1);
      a += 32;
      b += 64;
    }
    if (groups > 0) {
      const x = v128.load32_splat(a);
      c0 = IntegerTile.multiply(kind, x, v128.load(b), c0);
      c1 = IntegerTile.multiply(kind, x, v128.load(b, 16), c1);
    }
    IntegerTile.put(c, i32x4.add(c0, e0), i32x4.add(c1, e1), columns, accumulate);
  }

  /** Stores, or adds, the first `columns` ≤ 8 of a tile row to c. */
  @inline
  static put(c: usize, low: v128, high: v128, columns: i32, accumulate: bool): void {
    if (accumulate) {
      low = i32x4.add(v128.load(c), low);
      high = i32x4.add(v128.load(c, 16), high);
    }
    if (columns == 8) {
      v128.store(c, low);
      v128.store(c, high, 16);
    } else Gemm.putEdge(c, low, high, columns);
  }

  /** Puts zero points right: C[i][j] −= r[i]·s[j] + t[i]·u[j], all int32 vectors of one number a row or a column. */
  static correct(rows: i32, columns: i32, c: usize, ldc: isize, r: usize, s: usize, t: usize, u: usize): void {
    for (; rows > 0; rows--) {
      const x = v128.load32_splat(r);
      const y = v128.load32_splat(t);
      let at = c;
      let j: usize = 0;
      for (const end = (<usize>columns & ~3) << 2; j < end; j += 16) {
        const product = i32x4.add(i32x4.mul(x, v128.load(s + j)), i32x4.mul(y, v128.load(u + j)));
        v128.store(at, i32x4.sub(v128.load(at), product));
        at += 16;
      }
      for (const end = (<usize>columns) << 2; j < end; j += 4) {
        const product = load<i32>(r) * load<i32>(s + j) + load<i32>(t) * load<i32>(u + j);
        store<i32>(at, load<i32>(at) - product);
        at += 4;
      }
      r += 4;
      t += 4;
      c += ldc;
    }
  }

  private static tried: i32 = 0;

  /**
   * Whether narrow panels can be used. The baseline compiler of V8 11.3 (relaxed SIMD behind a flag) loses the addend of the
   * relaxed dot, so the relaxed build tries the loops themselves once, before they ran often enough to be compiled again.
   * Needs 384 bytes at `scratch`.
   */
  static narrowWorks(scratch: usize): bool {
    if (!ASC_FEATURE_RELAXED_SIMD) return false;
    if (IntegerTile.tried == 0) {
      const works = IntegerTile.trial(scratch, true) && IntegerTile.trial(scratch, false);
      IntegerTile.tried = works ? 1 : 2;
    }
    return IntegerTile.tried == 1;
  }

  /** Three groups of five rows by eight columns, and the sums of a panel, against what they must be. */
  private static trial(scratch: usize, seven: bool): bool {
    const a = scratch,
      b = scratch + 96,
      c = scratch + 192;
    memory.fill(a, <u8>(seven ? 5 : -3), 96);
    memory.fill(b, <u8>(seven ? -3 : 5), 96);
    for (let i: usize = 0; i < 176; i += 4) store<i32>(c + i, 7);
    IntegerTile.panel(5, 8, 3, a, 48, b, c, 32, true, seven, true);
    Panels.sums(c + 160, seven ? b : a, 4, 3);
    let works = true;
    for (let i: usize = 0; i < 176; i += 4) works = works && load<i32>(c + i) == (i < 160 ? 7 - 180 : 7 - 36);
    return works;
  }
}
