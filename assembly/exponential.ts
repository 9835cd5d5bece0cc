// Loops over exp with every constant in a register: what the loop of an op would load again for each vector.
//
// exp(x) = 2ⁿ (1 + r + r² q(r)) as in math.ts, with 2ⁿ applied in one product: that serves |x| ≤ 87, where 2ⁿ and the
// result are normal. `over` sends a vector with anything else through VMath.exp, which gives the same bits there.
// `below` serves x ≤ 0 (and NaN): what lies under 2^-126 becomes 0, so it takes neither a clamp nor a branch.

import { EXP, LN2, VMath } from "./math";
import { Simd } from "./simd";

/** Values of one sum in `below`. */
const CHUNK: i32 = 1024;

export class Exponential {
  @inline
  static of(
    x: v128,
    inverse: v128,
    magic: v128,
    high: v128,
    low: v128,
    c0: v128,
    c1: v128,
    c2: v128,
    c3: v128,
    c4: v128,
    one: v128,
  ): v128 {
    const k = Simd.madd(x, inverse, magic);
    const n = f32x4.sub(k, magic);
    const r = Simd.nmadd(n, low, Simd.nmadd(n, high, x));
    const z = f32x4.mul(r, r);
    const q = Simd.madd(Simd.madd(c4, z, Simd.madd(c3, r, c2)), z, Simd.madd(c1, r, c0));
    const p = f32x4.add(one, Simd.madd(z, q, r));
    return f32x4.mul(p, i32x4.add(i32x4.shl(k, 23), one));
  }

  /** exp, 1.1 ulp, of the values at `a`, `step` bytes from vector to vector, to [d, end); whole vectors. */
  static over(d: usize, end: usize, a: usize, step: usize): void {
    const inverse = VMath.at(LN2, 0);
    const magic = VMath.at(LN2, 1);
    const high = VMath.at(LN2, 2);
    const low = VMath.at(LN2, 3);
    const c0 = VMath.at(EXP, 0);
    const c1 = VMath.at(EXP, 1);
    const c2 = VMath.at(EXP, 2);
    const c3 = VMath.at(EXP, 3);
    const c4 = VMath.at(EXP, 4);
    const one = VMath.at(EXP, 5);
    const limit = VMath.at(EXP, 6);
    do {
      const x = v128.load(a);
      if (v128.any_true(f32x4.gt(f32x4.mul(x, x), limit))) v128.store(d, VMath.exp(x));
      else v128.store(d, Exponential.of(x, inverse, magic, high, low, c0, c1, c2, c3, c4, one));
      a += step;
      d += 16;
    } while (d < end);
  }

  // With z = exp(-|x|) nothing overflows: z / (1 + z) below 0, 1 / (1 + z) above.
  /** As `over`, 1 / (1 + exp(-x)); 2.2 ulp. */
  static sigmoids(d: usize, end: usize, a: usize, step: usize): void {
    const inverse = VMath.at(LN2, 0);
    const magic = VMath.at(LN2, 1);
    const high = VMath.at(LN2, 2);
    const low = VMath.at(LN2, 3);
    const c0 = VMath.at(EXP, 0);
    const c1 = VMath.at(EXP, 1);
    const c2 = VMath.at(EXP, 2);
    const c3 = VMath.at(EXP, 3);
    const c4 = VMath.at(EXP, 4);
    const one = VMath.at(EXP, 5);
    const limit = VMath.at(EXP, 6);
    const sign = i32x4.splat(0x80000000);
    do {
      const x = v128.load(a);
      const t = v128.or(x, sign);
      let z: v128;
      if (v128.any_true(f32x4.gt(f32x4.mul(x, x), limit))) z = VMath.exp(t);
      else z = Exponential.of(t, inverse, magic, high, low, c0, c1, c2, c3, c4, one);
      v128.store(d, f32x4.div(v128.bitselect(z, one, i32x4.shr_s(x, 31)), f32x4.add(one, z)));
      a += step;
      d += 16;
    } while (d < end);
  }

  /**
   * Sums of exp(x - top) by lanes, `top` being the greatest of the `n` values (a multiple of 4); stored at `d` if it is
   * not 0. Within CHUNK values, then chunk after chunk.
   */
  @inline
  static below(d: usize, a: usize, n: i32, top: v128): v128 {
    const inverse = VMath.at(LN2, 0);
    const magic = VMath.at(LN2, 1);
    const high = VMath.at(LN2, 2);
    const low = VMath.at(LN2, 3);
    const c0 = VMath.at(EXP, 0);
    const c1 = VMath.at(EXP, 1);
    const c2 = VMath.at(EXP, 2);
    const c3 = VMath.at(EXP, 3);
    const c4 = VMath.at(EXP, 4);
    const one = VMath.at(EXP, 5);
    const least = VMath.at(EXP, 7);
    const last = a + ((<usize>n) << 2);
    let sum = f32x4.splat(0);
    while (a < last) {
      const end = min(a + ((<usize>CHUNK) << 2), last);
      let part = f32x4.splat(0);
      for (; a < end; a += 16) {
        const x = f32x4.sub(v128.load(a), top);
        const y = Exponential.of(x, inverse, magic, high, low, c0, c1, c2, c3, c4, one);
        const e = v128.andnot(y, f32x4.lt(x, least));
        if (d != 0) {
          v128.store(d, e);
          d += 16;
        }
        part = f32x4.add(part, e);
      }
      sum = f32x4.add(sum, part);
    }
    return sum;
  }
}
