// pow, remainders and integer division: what float32 arithmetic alone cannot do accurately.
//
// pow(x, y) = 2^(y log₂ x) in float64, two lanes at a time: x = 2ᵉ m, m in [√½, √2), log₂ m = s L(s²) with
// s = (m - 1) / (m + 1), L of degree 5 (2^-45); 2^f, f in ±½, of degree 7 (2^-34.5). The result is rounded once to
// float32, into the subnormals too.

const LOG2: usize = memory.data<f64>([
  2.88539008177785, 0.9617966941140896, 0.5770779420945459, 0.4122092827563931, 0.31990435731959965, 0.2829204242853065,
]);
const EXP2: usize = memory.data<f64>([
  0.9999999999616823, 0.6931471807284488, 0.24022651198156134, 0.055504103534419175, 0.009618027254223168,
  0.0013333922578531393, 0.00015469290923760416, 0.000015201915963275689,
]);

export class Power {
  @inline
  static at(table: usize, i: usize): v128 {
    return v128.load64_splat(table + (i << 3));
  }

  /** 2^(y log₂ x) of two positive float64 numbers. */
  static core(x: v128, y: v128): v128 {
    const one = f64x2.splat(1);
    const e = i64x2.shr_s(i64x2.sub(x, i64x2.splat(0x3fe6a09e667f3bcd)), 52);
    const m = i64x2.sub(x, i64x2.shl(e, 52));
    const s = f64x2.div(f64x2.sub(m, one), f64x2.add(m, one));
    const z = f64x2.mul(s, s);
    let p = Power.at(LOG2, 5);
    p = f64x2.add(f64x2.mul(p, z), Power.at(LOG2, 4));
    p = f64x2.add(f64x2.mul(p, z), Power.at(LOG2, 3));
    p = f64x2.add(f64x2.mul(p, z), Power.at(LOG2, 2));
    p = f64x2.add(f64x2.mul(p, z), Power.at(LOG2, 1));
    p = f64x2.add(f64x2.mul(p, z), Power.at(LOG2, 0));
    const exponent = f64x2.convert_low_i32x4_s(v128.shuffle<i32>(e, e, 0, 2, 0, 2));
    let t = f64x2.mul(y, f64x2.add(exponent, f64x2.mul(p, s)));
    t = f64x2.pmax(f64x2.pmin(t, f64x2.splat(130)), f64x2.splat(-160));
    const magic = f64x2.splat(6755399441055744.0);
    const k = f64x2.add(t, magic);
    const f = f64x2.sub(t, f64x2.sub(k, magic));
    let q = Power.at(EXP2, 7);
    q = f64x2.add(f64x2.mul(q, f), Power.at(EXP2, 6));
    q = f64x2.add(f64x2.mul(q, f), Power.at(EXP2, 5));
    q = f64x2.add(f64x2.mul(q, f), Power.at(EXP2, 4));
    q = f64x2.add(f64x2.mul(q, f), Power.at(EXP2, 3));
    q = f64x2.add(f64x2.mul(q, f), Power.at(EXP2, 2));
    q = f64x2.add(f64x2.mul(q, f), Power.at(EXP2, 1));
    q = f64x2.add(f64x2.mul(q, f), Power.at(EXP2, 0));
    return i64x2.add(q, i64x2.shl(k, 52));
  }

  /** pow of float32 with C's special values: pow(x, 0) = pow(1, y) = 1, a negative base needs a whole exponent; 0.6 ulp. */
  static pow(x: v128, y: v128): v128 {
    const a = f32x4.abs(x);
    const low = Power.core(f64x2.promote_low_f32x4(a), f64x2.promote_low_f32x4(y));
    const high = Power.core(
      f64x2.promote_low_f32x4(v128.shuffle<i32>(a, a, 2, 3, 2, 3)),
      f64x2.promote_low_f32x4(v128.shuffle<i32>(y, y, 2, 3, 2, 3)),
    );
    let r = v128.shuffle<i64>(f32x4.demote_f64x2_zero(low), f32x4.demote_f64x2_zero(high), 0, 2);
    const inf = f32x4.splat(Infinity);
    const plain = v128.and(v128.and(f32x4.gt(x, f32x4.splat(0)), f32x4.lt(x, inf)), f32x4.lt(f32x4.abs(y), inf));
    if (i32x4.all_true(plain)) return r;
    r = f32x4.replace_lane(
      r,
      0,
      Power.special(f32x4.extract_lane(x, 0), f32x4.extract_lane(y, 0), f32x4.extract_lane(r, 0)),
    );
    r = f32x4.replace_lane(
      r,
      1,
      Power.special(f32x4.extract_lane(x, 1), f32x4.extract_lane(y, 1), f32x4.extract_lane(r, 1)),
    );
    r = f32x4.replace_lane(
      r,
      2,
      Power.special(f32x4.extract_lane(x, 2), f32x4.extract_lane(y, 2), f32x4.extract_lane(r, 2)),
    );
    r = f32x4.replace_lane(
      r,
      3,
      Power.special(f32x4.extract_lane(x, 3), f32x4.extract_lane(y, 3), f32x4.extract_lane(r, 3)),
    );
    return r;
  }

  /** pow(x, y) where `r` is |x|^y if both are finite and x is not 0. */
  static special(x: f32, y: f32, r: f32): f32 {
    if (y == 0 || x == 1) return 1;
    if (x != x || y != y) return NaN;
    const a = abs(x);
    const whole = floor(y) == y;
    const odd = whole && abs(y) < 16777216 && (<i32>y & 1) != 0;
    if (abs(y) == Infinity) return a == 1 ? 1 : a > 1 == y > 0 ? Infinity : 0;
    if (a == 0) r = y > 0 ? 0 : Infinity;
    else if (a == Infinity) r = y > 0 ? Infinity : 0;
    else if (x < 0 && !whole) return NaN;
    return odd ? copysign(r, x) : r;
  }

  // Exact: float64 holds a - ⌊a / b⌋ b as long as the quotient is below 2²⁸; larger ones are taken off in steps.
  /** Remainder with the sign of the divisor; NaN for b = 0 and for infinite a. */
  static mod(a: f32, b: f32): f32 {
    const divisor = abs(<f64>b);
    let r = abs(<f64>a);
    if (!(r < Infinity) || !(divisor > 0)) return NaN;
    while (r >= divisor) {
      let step = divisor;
      if (r >= divisor * 268435456.0) {
        // divisor · 2ᵏ with a quotient of 27 or 28 bits.
        const k = ((reinterpret<i64>(r) >> 52) - (reinterpret<i64>(divisor) >> 52) - 27) << 52;
        step = reinterpret<f64>(reinterpret<i64>(divisor) + k);
      }
      r -= floor(r / step) * step;
      if (r < 0) r += step;
    }
    if (a < 0) r = -r;
    if (r != 0 && r < 0 != b < 0) r += <f64>b;
    return r == 0 ? copysign<f32>(0, b) : <f32>r;
  }

  /** Quotient rounded toward zero; 0 for b = 0, and the least integer over -1 wraps. */
  @inline
  static divInt(a: i32, b: i32): i32 {
    return b == 0 ? 0 : b == -1 ? 0 - a : a / b;
  }

  /** Remainder with the sign of the divisor; 0 for b = 0. */
  @inline
  static modInt(a: i32, b: i32): i32 {
    if (b == 0 || b == -1) return 0;
    const r = a % b;
    return r != 0 && (r ^ b) < 0 ? r + b : r;
  }

  /** Power by squaring, wrapping; a negative exponent gives the power's whole part. */
  @inline
  static powInt(a: i32, b: i32): i32 {
    if (b < 0) return a == 1 ? 1 : a == -1 ? ((b & 1) != 0 ? -1 : 1) : 0;
    let r = 1;
    for (; b != 0; b >>= 1) {
      if ((b & 1) != 0) r *= a;
      a *= a;
    }
    return r;
  }
}
