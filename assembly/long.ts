// Arithmetic of 64-bit integers that machines have no vectors for.

export class Long {
  /** Quotient rounded toward zero; 0 for b = 0, and the least integer over -1 wraps. */
  @inline
  static div(a: i64, b: i64): i64 {
    return b == 0 ? 0 : b == -1 ? 0 - a : a / b;
  }

  /** Remainder with the sign of the dividend; 0 for b = 0. */
  @inline
  static fmod(a: i64, b: i64): i64 {
    return b == 0 || b == -1 ? 0 : a % b;
  }

  /** Remainder with the sign of the divisor; 0 for b = 0. */
  @inline
  static mod(a: i64, b: i64): i64 {
    const r = Long.fmod(a, b);
    return r != 0 && (r ^ b) < 0 ? r + b : r;
  }

  /** Power by squaring, wrapping; a negative exponent gives the power's whole part. */
  static pow(a: i64, b: i64): i64 {
    if (b < 0) return a == 1 ? 1 : a == -1 ? ((b & 1) != 0 ? -1 : 1) : 0;
    return Long.power(a, <u64>b);
  }

  static power(a: i64, b: u64): i64 {
    let r: i64 = 1;
    for (; b != 0; b >>= 1) {
      if ((b & 1) != 0) r *= a;
      a *= a;
    }
    return r;
  }

  /** 0 from a shift of 64 on. */
  @inline
  static shiftLeft(a: i64, b: i64): i64 {
    return <u64>b < 64 ? a << b : 0;
  }

  /** The sign's bit comes in. */
  @inline
  static shiftRight(a: i64, b: i64): i64 {
    return a >> (<u64>b < 64 ? b : 63);
  }
}
