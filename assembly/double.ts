// Functions of float64, by IEEE operations alone: the same bits in every engine. AssemblyScript's own functions (fdlibm's
// methods) stay below 1 ulp; what they would need tables for is reduced to the others.
//
//   exp      1 + expm1(x) for x ≥ 0, 1 / e⁻ˣ below: within 2 ulp, and 0 below -709.78
//   log      log1p(x - 1), exact from ½ to 2, and -ln(1 / x) below ½: within 2 ulp
//   pow      by squaring for whole exponents up to 1024: within |y| ulp; else e^(y ln x): within 2 |y ln x| ulp
//   erf      the series of Abramowitz and Stegun 7.1.6, whose terms are all positive, up to 6, where it is 1: within 8 ulp

export class Double {
  static exp(x: f64): f64 {
    return x < 0 ? 1 / (1 + NativeMath.expm1(-x)) : 1 + NativeMath.expm1(x);
  }

  static expm1(x: f64): f64 {
    return NativeMath.expm1(x);
  }

  static log(x: f64): f64 {
    // Without this the reciprocal of a subnormal could be infinite.
    if (x < 1e-300 && x > 0) return Double.log(x * 18014398509481984) - 37.429947750237046;
    return x < 0.5 && x > 0 ? -NativeMath.log1p(1 / x - 1) : NativeMath.log1p(x - 1);
  }

  static log1p(x: f64): f64 {
    return NativeMath.log1p(x);
  }

  static sin(x: f64): f64 {
    return NativeMath.sin(x);
  }

  static cos(x: f64): f64 {
    return NativeMath.cos(x);
  }

  static tan(x: f64): f64 {
    return NativeMath.tan(x);
  }

  static atan(x: f64): f64 {
    return NativeMath.atan(x);
  }

  static tanh(x: f64): f64 {
    return NativeMath.tanh(x);
  }

  static sigmoid(x: f64): f64 {
    return 1 / (1 + Double.exp(-x));
  }

  static erf(x: f64): f64 {
    if (!(abs(x) < 6)) return x != x ? x : copysign<f64>(1, x);
    const square = x * x;
    let term = x;
    let total = x;
    for (let n = 3.0; abs(term) > 1e-17 * abs(total); n += 2) {
      term *= (2 * square) / n;
      total += term;
    }
    return 1.1283791670955126 * Double.exp(-square) * total;
  }

  static pow(x: f64, y: f64): f64 {
    if (y == 0 || x == 1) return 1;
    if (x != x || y != y) return NaN;
    const whole = floor(y) == y;
    const negative = whole && floor(y * 0.5) * 2 != y && (x < 0 || 1 / x < 0);
    const a = abs(x);
    if (a == 1 && (whole || abs(y) == Infinity)) return negative ? -1 : 1;
    if (x < 0 && !whole) return a == Infinity ? (y > 0 ? Infinity : 0) : NaN;
    let r: f64 = 1;
    if (whole && abs(y) <= 1024) {
      let square = a;
      for (let n = <i32>abs(y); n != 0; n >>= 1) {
        if ((n & 1) != 0) r *= square;
        square *= square;
      }
      if (y < 0) r = 1 / r;
    } else {
      r = Double.exp(y * Double.log(a));
    }
    return negative ? -r : r;
  }

  /** Remainder with the sign of the dividend, exact. */
  static fmod(a: f64, b: f64): f64 {
    return a % b;
  }

  /** Remainder with the sign of the divisor. */
  static mod(a: f64, b: f64): f64 {
    const r = a % b;
    if (r == 0) return copysign<f64>(0, b);
    return r < 0 != b < 0 ? r + b : r;
  }
}
