// Float32 functions beyond WGSL's own, with C's special values: the intervals and polynomials of assembly/math.ts, so both
// devices agree to a few units in the last place.
//
// WGSL lets a compiler assume that no value is NaN or infinite. Hence NaN is tested by bits and returned as a value that
// came in, and infinities are made from bits at run time (as constants they would be errors).

fn is_nan(x: f32) -> bool {
  return (bitcast<u32>(x) & 0x7fffffffu) > 0x7f800000u;
}

fn is_infinite(x: f32) -> bool {
  return (bitcast<u32>(x) & 0x7fffffffu) == 0x7f800000u;
}

fn is_negative(x: f32) -> bool {
  return bitcast<i32>(x) < 0;
}

fn is_zero(x: f32) -> bool {
  return (bitcast<u32>(x) << 1u) == 0u;
}

fn infinity() -> f32 {
  var bits = 0x7f800000u;
  return bitcast<f32>(bits);
}

fn not_a_number() -> f32 {
  var bits = 0x7fc00000u;
  return bitcast<f32>(bits);
}

/// |x| with the sign of `s`.
fn with_sign(x: f32, s: f32) -> f32 {
  return bitcast<f32>((bitcast<u32>(x) & 0x7fffffffu) | (bitcast<u32>(s) & 0x80000000u));
}

/// 2^e for -126 <= e <= 127.
fn power_of_two(e: i32) -> f32 {
  return bitcast<f32>((e + 127) << 23u);
}

// Comparisons as 0 or 1; false where either side is NaN.

fn equal(a: f32, b: f32) -> i32 {
  return select(0, 1, a == b && !is_nan(a) && !is_nan(b));
}

fn less(a: f32, b: f32) -> i32 {
  return select(0, 1, a < b && !is_nan(a) && !is_nan(b));
}

fn less_equal(a: f32, b: f32) -> i32 {
  return select(0, 1, a <= b && !is_nan(a) && !is_nan(b));
}

// NaN wins.

fn maximum(a: f32, b: f32) -> f32 {
  return select(select(max(a, b), b, is_nan(b)), a, is_nan(a));
}

fn minimum(a: f32, b: f32) -> f32 {
  return select(select(min(a, b), b, is_nan(b)), a, is_nan(a));
}

fn signf(x: f32) -> f32 {
  return select(with_sign(1.0, x), x, is_nan(x) || is_zero(x));
}

/// Toward zero; what int32 cannot hold becomes its nearest value, NaN 0.
fn to_int(x: f32) -> i32 {
  let whole = i32(clamp(x, -2147483648.0, 2147483520.0));
  return select(select(whole, 2147483647, x >= 2147483648.0), 0, is_nan(x));
}

/// The bits of a uint32.
fn to_unsigned(x: f32) -> i32 {
  let whole = u32(clamp(x, 0.0, 4294967040.0));
  return bitcast<i32>(select(select(whole, 0xffffffffu, x >= 4294967296.0), 0u, is_nan(x)));
}

/// The number whose bits count upward as the number does, NaN above all.
fn rank_float(x: f32) -> u32 {
  let bits = bitcast<u32>(x);
  // -0 and 0 are one.
  let ordered = select(bits | 0x80000000u, ~bits, is_negative(x) && !is_zero(x));
  return select(ordered, 0xffffffffu, is_nan(x));
}

/// exp(x + low) for -105 <= x <= 89 and a low beside which x is large; 2^n is applied in two halves, into the subnormals.
fn exp_sum(x: f32, low: f32) -> f32 {
  let n = round(x * 1.442695);
  let r = ((x - n * 0.693145751953125) - n * 1.4286068e-6) + low;
  let q = (((0.0013820734 * r + 0.008368677) * r + 0.041668266) * r + 0.16666521) * r + 0.49999994;
  let p = 1.0 + (r * r * q + r);
  let e = i32(n);
  let half = e >> 1u;
  return p * power_of_two(half) * power_of_two(e - half);
}

fn expf(x: f32) -> f32 {
  return select(exp_sum(clamp(x, -105.0, 89.0), 0.0), x, is_nan(x));
}

/// (exp(x) - 1) * unit: 2^n p + (2^n - 1), p = exp(r) - 1.
fn expm1_times(x: f32, unit: f32) -> f32 {
  let n = round(x * 1.442695);
  let r = (x - n * 0.693145751953125) - n * 1.4286068e-6;
  let q = ((((0.00019762572 * r + 0.0013932331) * r + 0.008333545) * r + 0.041666493) * r + 0.16666666) * r + 0.5;
  let p = r * r * q + r;
  let e = i32(n);
  let half = e >> 1u;
  let s = unit * power_of_two(half) * power_of_two(e - half);
  return s * p + (s - unit);
}

/// exp(x) - 1, computed at half size: 2^128 is no float32.
fn expm1f(x: f32) -> f32 {
  let y = expm1_times(clamp(x, -18.0, 89.0), 0.5);
  return select(with_sign(y + y, x), x, is_nan(x));
}

/// tanh |x| = e / (e + 2), e = exp(2|x|) - 1.
fn tanhf(x: f32) -> f32 {
  let e = expm1_times(min(2.0 * abs(x), 20.0), 1.0);
  return select(with_sign(e / (e + 2.0), x), x, is_nan(x));
}

/// With z = exp(-|x|) nothing overflows: z / (1 + z) below 0, 1 / (1 + z) above.
fn sigmoidf(x: f32) -> f32 {
  let z = expf(-abs(x));
  return select(select(1.0, z, is_negative(x)) / (1.0 + z), x, is_nan(x));
}

/// f^3 Q(f) of log(1 + f) = f - f^2 / 2 + f^3 Q(f), 1 + f in [sqrt 1/2, sqrt 2).
fn log_rest(f: f32) -> f32 {
  var q = -0.076363996 * f + 0.127622;
  q = q * f - 0.13159613;
  q = q * f + 0.14201581;
  q = q * f - 0.16623409;
  q = q * f + 0.20001242;
  q = q * f - 0.2500082;
  q = q * f + 0.3333333;
  return f * f * f * q;
}

/// e ln 2 + log(1 + f).
fn log_sum(f: f32, e: f32) -> f32 {
  let y = (e * 1.4286068e-6 + log_rest(f)) - 0.5 * f * f;
  return e * 0.693145751953125 + (f + y);
}

/// Exponent e of a positive normal x = 2^e m, m in [sqrt 1/2, sqrt 2).
fn exponent(x: f32) -> i32 {
  return (bitcast<i32>(x) - 0x3f3504f3) >> 23u;
}

fn mantissa(x: f32, e: i32) -> f32 {
  return bitcast<f32>(bitcast<i32>(x) - (e << 23u));
}

fn logf(x: f32) -> f32 {
  let tiny = abs(x) < 1.1754944e-38;
  let scaled = select(x, x * 8388608.0, tiny);
  let e = exponent(scaled);
  let y = log_sum(mantissa(scaled, e) - 1.0, f32(e - select(0, 23, tiny)));
  if (is_nan(x)) {
    return x;
  }
  if (is_zero(x)) {
    return -infinity();
  }
  if (is_negative(x)) {
    return not_a_number();
  }
  return select(y, x, is_infinite(x));
}

/// log(1 + x): near 0 of x itself, else of u = 1 + x rounded and of what the rounding took, (1 + x) - u.
fn log1pf(x: f32) -> f32 {
  if (is_nan(x) || is_zero(x)) {
    return x;
  }
  if (x > -0.2928 && x < 0.4142) {
    return x + (log_rest(x) - 0.5 * x * x);
  }
  let u = 1.0 + x;
  if (u <= 0.0 || is_infinite(u)) {
    return select(select(not_a_number(), -infinity(), u == 0.0), u, u > 0.0);
  }
  let b = u - 1.0;
  let c = (1.0 - (u - b)) + (x - b);
  let e = exponent(u);
  return log_sum((mantissa(u, e) - 1.0) + c * power_of_two(-min(e, 100)), f32(e));
}

/// Below 1 an odd polynomial; above 1 - exp(-G(x)).
fn erff(x: f32) -> f32 {
  let a = min(abs(x), 4.0);
  let z = a * a;
  var p = 7.806903e-5 * z - 0.0007997853;
  p = p * z + 0.005187162;
  p = p * z - 0.026853347;
  p = p * z + 0.11283579;
  p = p * z - 0.37612626;
  p = p * z + 0.12837917;
  var g = -0.00018759769 * a + 0.0029600665;
  g = g * a - 0.021889523;
  g = g * a + 0.10321806;
  g = g * a + 0.6380123;
  g = g * a + 1.1271716;
  g = g * a + 0.00032057476;
  let y = select(1.0 - exp_sum(-g, 0.0), a * p + a, a < 1.0);
  return select(with_sign(y, x), x, is_nan(x));
}

/// y = min(|x|, 1) / max(|x|, 1), atan y = y + y^3 Q(y^2); above 1 the rest to pi / 2.
fn atanf(x: f32) -> f32 {
  let a = abs(x);
  let y = select(min(a, 1.0) / max(a, 1.0), 0.0, is_infinite(x));
  let z = y * y;
  var q = -0.0017828123 * z + 0.01086866;
  q = q * z - 0.031096961;
  q = q * z + 0.05788138;
  q = q * z - 0.08399306;
  q = q * z + 0.109508805;
  q = q * z - 0.14264016;
  q = q * z + 0.1999853;
  q = q * z - 0.333333;
  let p = y * z * q + y;
  let far = 1.5707964 - (p + 4.371139e-8);
  return select(with_sign(select(p, far, a > 1.0), x), x, is_nan(x));
}

/// The upper 12 bits of a fraction, so that products of two such parts are exact.
fn upper(x: f32) -> f32 {
  return bitcast<f32>(bitcast<u32>(x) & 0xfffff000u);
}

/// x^y for finite x > 0 and finite y: exp(y log x), log x and the product as sums of two numbers.
fn positive_power(x: f32, y: f32) -> f32 {
  let tiny = x < 1.1754944e-38;
  let scaled = select(x, x * 8388608.0, tiny);
  let e = exponent(scaled);
  let f = mantissa(scaled, e) - 1.0;
  let n = f32(e - select(0, 23, tiny));
  let large = n * 0.693145751953125;
  let s = large + f;
  let v = s - large;
  let lost = (large - (s - v)) + (f - v);
  let rest = ((n * 1.4286068e-6 + log_rest(f)) - 0.5 * f * f) + lost;
  let high = s + rest;
  let low = rest - (high - s);
  let p = y * high;
  if (p > 89.0) {
    return infinity();
  }
  if (p < -105.0) {
    return 0.0;
  }
  let yh = upper(y);
  let yl = y - yh;
  let hh = upper(high);
  let hl = high - hh;
  let product_rest = ((yh * hh - p) + (yh * hl + yl * hh)) + yl * hl;
  return exp_sum(p, product_rest + y * low);
}

/// C's pow: pow(x, 0) = pow(1, y) = 1, a negative base needs a whole exponent.
fn powf(x: f32, y: f32) -> f32 {
  if (is_zero(y) || x == 1.0) {
    return 1.0;
  }
  if (is_nan(x)) {
    return x;
  }
  if (is_nan(y)) {
    return y;
  }
  let a = abs(x);
  if (is_infinite(y)) {
    return select(select(0.0, infinity(), (a > 1.0) == (y > 0.0)), 1.0, a == 1.0);
  }
  let whole = floor(y) == y;
  let odd = whole && abs(y) < 16777216.0 && (i32(y) & 1) != 0;
  var r: f32;
  if (is_zero(x)) {
    r = select(infinity(), 0.0, y > 0.0);
  } else if (is_infinite(x)) {
    r = select(0.0, infinity(), y > 0.0);
  } else if (x < 0.0 && !whole) {
    return not_a_number();
  } else {
    r = positive_power(a, y);
  }
  return select(r, with_sign(r, x), odd);
}

/// Remainder with the sign of the divisor, exact: long division of the mantissas, eight bits at a time.
fn modulo(a: f32, b: f32) -> f32 {
  let ua = bitcast<u32>(a) & 0x7fffffffu;
  let ub = bitcast<u32>(b) & 0x7fffffffu;
  if (ub == 0u || ub > 0x7f800000u || ua >= 0x7f800000u) {
    return not_a_number();
  }
  var r = abs(a);
  if (ua >= ub) {
    let eb = max(ub >> 23u, 1u);
    let mb = select((ub & 0x7fffffu) | 0x800000u, ub, ub < 0x800000u);
    var m = select((ua & 0x7fffffu) | 0x800000u, ua, ua < 0x800000u) % mb;
    for (var d = max(ua >> 23u, 1u) - eb; d > 0u;) {
      let step = min(d, 8u);
      m = (m << step) % mb;
      d -= step;
    }
    // m 2^(eb - 150), normalised as far as the exponent goes.
    let shift = min(countLeadingZeros(m) - 8u, eb - 1u);
    let shifted = m << (shift & 31u);
    r = select(0.0, bitcast<f32>(select(shifted, (shifted & 0x7fffffu) | ((eb - shift) << 23u), shifted >= 0x800000u)), m != 0u);
  }
  if (is_negative(a)) {
    r = -r;
  }
  if (is_zero(r)) {
    return with_sign(0.0, b);
  }
  return select(r, r + b, is_negative(r) != is_negative(b));
}

// Integers: 0 where the divisor is 0, the least integer over -1 wraps.

fn divide_int(a: i32, b: i32) -> i32 {
  return select(a / b, 0, b == 0);
}

/// Remainder with the sign of the divisor.
fn modulo_int(a: i32, b: i32) -> i32 {
  let r = a % b;
  return select(select(r, r + b, r != 0 && (r ^ b) < 0), 0, b == 0 || b == -1);
}

/// Power by squaring, wrapping; a negative exponent gives the power's whole part.
fn power_int(a: i32, b: i32) -> i32 {
  if (b < 0) {
    return select(select(0, select(1, -1, (b & 1) != 0), a == -1), 1, a == 1);
  }
  return power_unsigned(a, b);
}

/// The same whose exponent counts as unsigned.
fn power_unsigned(a: i32, b: i32) -> i32 {
  var r = 1;
  var x = a;
  for (var e = bitcast<u32>(b); e != 0u; e >>= 1u) {
    if ((e & 1u) != 0u) {
      r *= x;
    }
    x *= x;
  }
  return r;
}
