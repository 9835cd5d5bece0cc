// sin, cos and tan of float32, correct over the whole range.
//
// x = n π/2 + r, r in ±π/4, computed in float64: n = x 2/π rounded by adding 1.5·2⁵², and π/2 in a part of 33 bits (times
// n < 2²⁰ exact) and the rest. From 2²⁰ on, Payne and Hanek's method ("Radian reduction for trigonometric functions",
// 1983): x = m 2ᵉ times the 96 bits of 2/π that decide x 2/π mod 4, in integers.
// sin r = r + r³ S(r²), cos r = 1 - r²/2 + r⁴ C(r²), S and C of degree 2 (2^-27.9 and 2^-33).

import { VMath } from "./math";
import { Simd } from "./simd";

const SIN: usize = memory.data<f32>([-0.16666655, 0.008332187, -0.000195179]);
const COS: usize = memory.data<f32>([0.041666646, -0.001388731, 2.4432327e-5]);
/** A word of zeros, then the bits of 2/π behind the point. */
const TWO_OVER_PI: usize = memory.data<u32>([
  0, 0xa2f9836e, 0x4e441529, 0xfc2757d1, 0xf534ddc0, 0xdb629599, 0x3c439041, 0xfe5163ab, 0xdebbc561,
]);

export class Trigonometry {
  /** Quadrant that `large` found. */
  static quadrant: i32 = 0;

  /** sin; 1.6 ulp. */
  @inline
  static sin(x: v128): v128 {
    return Trigonometry.of(x, 0);
  }

  /** cos; 1.6 ulp. */
  @inline
  static cos(x: v128): v128 {
    return Trigonometry.of(x, 1);
  }

  /** tan; 3 ulp. */
  @inline
  static tan(x: v128): v128 {
    return Trigonometry.of(x, 2);
  }

  /** which: 0 sin, 1 cos, 2 tan. */
  @inline
  static of(x: v128, which: i32): v128 {
    const scale = f64x2.splat(0.6366197723675814);
    const magic = f64x2.splat(6755399441055744.0);
    const low = f64x2.promote_low_f32x4(x);
    const high = f64x2.promote_low_f32x4(v128.shuffle<i32>(x, x, 2, 3, 2, 3));
    const lowN = f64x2.add(f64x2.mul(low, scale), magic);
    const highN = f64x2.add(f64x2.mul(high, scale), magic);
    let n = v128.shuffle<i32>(lowN, highN, 0, 2, 4, 6);
    const lowR = Trigonometry.rest(low, f64x2.sub(lowN, magic));
    const highR = Trigonometry.rest(high, f64x2.sub(highN, magic));
    let r = v128.shuffle<i64>(f32x4.demote_f64x2_zero(lowR), f32x4.demote_f64x2_zero(highR), 0, 2);
    if (!i32x4.all_true(f32x4.lt(f32x4.abs(x), f32x4.splat(1048576)))) {
      r = f32x4.replace_lane(r, 0, Trigonometry.large(f32x4.extract_lane(x, 0)));
      n = i32x4.replace_lane(n, 0, Trigonometry.quadrant);
      r = f32x4.replace_lane(r, 1, Trigonometry.large(f32x4.extract_lane(x, 1)));
      n = i32x4.replace_lane(n, 1, Trigonometry.quadrant);
      r = f32x4.replace_lane(r, 2, Trigonometry.large(f32x4.extract_lane(x, 2)));
      n = i32x4.replace_lane(n, 2, Trigonometry.quadrant);
      r = f32x4.replace_lane(r, 3, Trigonometry.large(f32x4.extract_lane(x, 3)));
      n = i32x4.replace_lane(n, 3, Trigonometry.quadrant);
    }
    const z = f32x4.mul(r, r);
    let s = Simd.madd(VMath.at(SIN, 2), z, VMath.at(SIN, 1));
    s = Simd.madd(s, z, VMath.at(SIN, 0));
    s = Simd.madd(f32x4.mul(r, z), s, r);
    // r³ S of -0 is +0 and would take its sign.
    if (which != 1) s = v128.bitselect(x, s, f32x4.eq(x, f32x4.splat(0)));
    let c = Simd.madd(VMath.at(COS, 2), z, VMath.at(COS, 1));
    c = Simd.madd(c, z, VMath.at(COS, 0));
    // 1 - z/2 rounded, and what its rounding lost.
    const one = f32x4.splat(1);
    const h = f32x4.mul(z, f32x4.splat(0.5));
    const w = f32x4.sub(one, h);
    c = f32x4.add(w, f32x4.add(f32x4.sub(f32x4.sub(one, w), h), f32x4.mul(f32x4.mul(z, z), c)));
    const odd = i32x4.shr_s(i32x4.shl(n, 31), 31);
    if (which == 2) {
      const y = f32x4.div(v128.bitselect(c, s, odd), v128.bitselect(s, c, odd));
      return v128.xor(y, i32x4.shl(n, 31));
    }
    if (which == 1) {
      n = i32x4.add(n, i32x4.splat(1));
      return v128.xor(v128.bitselect(s, c, odd), i32x4.shl(i32x4.shr_u(n, 1), 31));
    }
    return v128.xor(v128.bitselect(c, s, odd), i32x4.shl(i32x4.shr_u(n, 1), 31));
  }

  @inline
  static rest(x: v128, n: v128): v128 {
    const r = f64x2.sub(x, f64x2.mul(n, f64x2.splat(1.5707963267341256)));
    return f64x2.sub(r, f64x2.mul(n, f64x2.splat(6.077100506506192e-11)));
  }

  /** r of one number, small ones too (a vector may mix them); leaves n in `quadrant`. */
  static large(x: f32): f32 {
    const bits = reinterpret<u32>(x);
    const biased = <i32>((bits >> 23) & 255);
    Trigonometry.quadrant = 0;
    if (biased == 255) return NaN;
    if (biased < 147) {
      const n = nearest(<f64>x * 0.6366197723675814);
      Trigonometry.quadrant = <i32>n;
      return <f32>(<f64>x - n * 1.5707963267341256 - n * 6.077100506506192e-11);
    }
    const m = <u64>((bits & 0x7fffff) | 0x800000);
    // x = m 2ᵉ, e = biased - 150; the bits of 2/π from e - 2 on, one word later for the leading zeros.
    const start = <usize>(biased - 150 - 2 + 32);
    const word = TWO_OVER_PI + ((start >> 5) << 2);
    const shift = <u64>(start & 31);
    const first = ((<u64>load<u32>(word)) << 32) | load<u32>(word, 4);
    const second = ((<u64>load<u32>(word, 8)) << 32) | load<u32>(word, 12);
    const high = shift == 0 ? first : (first << shift) | (second >> (64 - shift));
    const low = (second << shift) >> 32;
    // x 2/π / 4 mod 1 in units of 2^-64.
    const turn = m * high + ((m * low) >> 32);
    const n = (turn + ((<u64>1) << 61)) >> 62;
    const r = <f64>(<i64>(turn - (n << 62))) * 3.4061215800865545e-19;
    const negative = bits >> 31 != 0;
    Trigonometry.quadrant = negative ? -(<i32>n) : <i32>n;
    return <f32>(negative ? -r : r);
  }
}
