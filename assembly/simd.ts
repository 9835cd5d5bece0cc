// The SIMD operations that differ between the plain and the relaxed build. One source, two builds: the compiler sets
// ASC_FEATURE_RELAXED_SIMD and drops the other branch.

export class Simd {
  /** a * b + c: one rounding where the relaxed build's machine fuses, two in the plain build (the same bits everywhere). */
  @inline
  static madd(a: v128, b: v128, c: v128): v128 {
    if (ASC_FEATURE_RELAXED_SIMD) return f32x4.relaxed_madd(a, b, c);
    return f32x4.add(f32x4.mul(a, b), c);
  }

  /** c - a * b, rounded as `madd`. */
  @inline
  static nmadd(a: v128, b: v128, c: v128): v128 {
    if (ASC_FEATURE_RELAXED_SIMD) return f32x4.relaxed_nmadd(a, b, c);
    return f32x4.sub(c, f32x4.mul(a, b));
  }

  /**
   * c plus, in each of four int32 lanes, the four products of int8 `a` by `b`, whose values must be in 0 … 127. Only in
   * the relaxed build.
   */
  @inline
  static dot7(a: v128, b: v128, c: v128): v128 {
    if (ASC_FEATURE_RELAXED_SIMD) return i32x4.relaxed_dot_i8x16_i7x16_add_s(a, b, c);
    unreachable();
    return c;
  }

  // pmax and pmin keep a NaN in `a`; `b ≠ b` is all ones, a NaN, where `b` is one. Of -0 and +0 the first is taken.
  /** The greater, NaN if either is. */
  @inline
  static max(a: v128, b: v128): v128 {
    return v128.or(f32x4.pmax(a, b), f32x4.ne(b, b));
  }

  /** The lesser, NaN if either is. */
  @inline
  static min(a: v128, b: v128): v128 {
    return v128.or(f32x4.pmin(a, b), f32x4.ne(b, b));
  }
}
