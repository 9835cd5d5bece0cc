// Vectorised float32 functions: exp, expm1, log, log1p, tanh, erf, atan (sin, cos, tan: trigonometry.ts;
// pow: power.ts; sigmoid: exponential.ts).
//
// Every function is reduced to a short interval and a polynomial there. Coefficients are minimax fits of this project
// (weighted Lawson iteration, rounded to float32 one after another, the rest refitted each time). Only IEEE add, mul, div
// and bit operations are used, so the plain build gives the same bits in every engine; the relaxed build may fuse `madd`.
// Bounds, in units in the last place over all of float32, are what test/math.test.ts holds both builds to.
//
// Constants live in memory and are broadcast by their load: one instruction where a splat of a constant takes three.
// Polynomials in pairs of terms, Horner's rule in the square: as many products, half the chain that waits for them.
// Integers are rounded by adding 1.5·2²³: the sum's low bits are the nearest integer (ties to even).

import { Simd } from "./simd";

export const LN2: usize = memory.data<f32>([
  1.442695, // 1 / ln 2
  12582912.0, // 1.5 · 2²³
  0.693145751953125, // ln 2, its first 15 bits: times n exact
  1.4286068e-6, // ln 2, the rest
]);
export const EXP: usize = memory.data<f32>([
  0.49999994,
  0.16666521,
  0.041668266,
  0.008368677,
  0.0013820734, // q
  1.0,
  7569.0, // 87²: with |x| up to 87 2ⁿ and exp(x) are normal
  -87.33654, // ln 2^-126: below, exp(x) is subnormal
]);
const EXPM1: usize = memory.data<f32>([0.5, 0.16666666, 0.041666493, 0.008333545, 0.0013932331, 0.00019762572]);
const LOG: usize = memory.data<f32>([
  0.3333333, -0.2500082, 0.20001242, -0.16623409, 0.14201581, -0.13159613, 0.127622, -0.076363996,
]);
const ATAN: usize = memory.data<f32>([
  -0.333333, 0.1999853, -0.14264016, 0.109508805, -0.08399306, 0.05788138, -0.031096961, 0.01086866, -0.0017828123,
]);
const ERF: usize = memory.data<f32>([
  0.12837917, -0.37612626, 0.11283579, -0.026853347, 0.005187162, -0.0007997853, 7.806903e-5,
]);
const ERFC: usize = memory.data<f32>([
  0.00032057476, 1.1271716, 0.6380123, 0.10321806, -0.021889523, 0.0029600665, -0.00018759769,
]);

export class VMath {
  /** Constant `i` of a table in every lane. */
  @inline
  static at(table: usize, i: usize): v128 {
    return v128.load32_splat(table + (i << 2));
  }

  @inline
  static sign(x: v128): v128 {
    return v128.and(x, i32x4.splat(0x80000000));
  }

  // exp(x) = 2ⁿ exp(r), r = x - n ln 2 in ±ln 2 / 2, exp(r) = 1 + r + r² q(r), q of degree 4 (2^-28.2).
  // 2ⁿ is applied in two halves, so overflow gives inf and small results are rounded into the subnormals.
  /** exp; 1.1 ulp. */
  @inline
  static exp(x: v128): v128 {
    const t = f32x4.pmax(f32x4.pmin(x, f32x4.splat(89)), f32x4.splat(-105));
    const k = Simd.madd(t, VMath.at(LN2, 0), VMath.at(LN2, 1));
    const r = VMath.rest(t, k);
    const z = f32x4.mul(r, r);
    let q = Simd.madd(VMath.at(EXP, 4), z, Simd.madd(VMath.at(EXP, 3), r, VMath.at(EXP, 2)));
    q = Simd.madd(q, z, Simd.madd(VMath.at(EXP, 1), r, VMath.at(EXP, 0)));
    const p = f32x4.add(f32x4.splat(1), Simd.madd(z, q, r));
    const n = i32x4.shl(k, 23);
    const half = v128.and(i32x4.shr_s(n, 1), i32x4.splat(0xff800000));
    const one = f32x4.splat(1);
    return f32x4.mul(f32x4.mul(p, i32x4.add(half, one)), i32x4.add(i32x4.sub(n, half), one));
  }

  /** x - n ln 2 where `k` is n + 1.5·2²³. */
  @inline
  static rest(x: v128, k: v128): v128 {
    const n = f32x4.sub(k, VMath.at(LN2, 1));
    return Simd.nmadd(n, VMath.at(LN2, 3), Simd.nmadd(n, VMath.at(LN2, 2), x));
  }

  // 2ⁿ p + (2ⁿ - 1), all times `unit`, with p = exp(r) - 1 = r + r² q(r), q of degree 5 (2^-31).
  @inline
  static expm1Times(x: v128, unit: f32): v128 {
    const k = Simd.madd(x, VMath.at(LN2, 0), VMath.at(LN2, 1));
    const r = VMath.rest(x, k);
    const z = f32x4.mul(r, r);
    let q = Simd.madd(VMath.at(EXPM1, 5), r, VMath.at(EXPM1, 4));
    q = Simd.madd(q, z, Simd.madd(VMath.at(EXPM1, 3), r, VMath.at(EXPM1, 2)));
    q = Simd.madd(q, z, Simd.madd(VMath.at(EXPM1, 1), r, VMath.at(EXPM1, 0)));
    const p = Simd.madd(z, q, r);
    const s = i32x4.add(i32x4.shl(k, 23), f32x4.splat(unit));
    return Simd.madd(s, p, f32x4.sub(s, f32x4.splat(unit)));
  }

  /** exp(x) - 1; 1.4 ulp. Computed at half size: 2¹²⁸ is not a float32, 2¹²⁷ is. */
  @inline
  static expm1(x: v128): v128 {
    const t = f32x4.pmax(f32x4.pmin(x, f32x4.splat(89)), f32x4.splat(-18));
    const y = VMath.expm1Times(t, 0.5);
    return v128.or(f32x4.add(y, y), VMath.sign(x));
  }

  // tanh |x| = e / (e + 2), e = exp(2|x|) - 1; 1 to float32 from 9.02 on.
  /** tanh; 2.3 ulp. */
  @inline
  static tanh(x: v128): v128 {
    const a = f32x4.abs(x);
    const e = VMath.expm1Times(f32x4.pmin(f32x4.add(a, a), f32x4.splat(20)), 1);
    return v128.or(f32x4.div(e, f32x4.add(e, f32x4.splat(2))), VMath.sign(x));
  }

  // log x = e ln 2 + log(1 + f), 1 + f in [√½, √2); log(1 + f) = f - f²/2 + f³ Q(f), Q of degree 7 (2^-27.3).
  @inline
  static log1pTimes(f: v128, e: v128): v128 {
    const n = f32x4.convert_i32x4_s(e);
    const z = f32x4.mul(f, f);
    let q = Simd.madd(VMath.at(LOG, 7), f, VMath.at(LOG, 6));
    q = Simd.madd(q, z, Simd.madd(VMath.at(LOG, 5), f, VMath.at(LOG, 4)));
    q = Simd.madd(q, z, Simd.madd(VMath.at(LOG, 3), f, VMath.at(LOG, 2)));
    q = Simd.madd(q, z, Simd.madd(VMath.at(LOG, 1), f, VMath.at(LOG, 0)));
    let y = Simd.madd(n, VMath.at(LN2, 3), f32x4.mul(f32x4.mul(z, f), q));
    y = f32x4.sub(y, f32x4.mul(z, f32x4.splat(0.5)));
    return Simd.madd(n, VMath.at(LN2, 2), f32x4.add(f, y));
  }

  /** Exponent e of x = 2ᵉ m with m in [√½, √2). */
  @inline
  static exponent(x: v128): v128 {
    return i32x4.shr_s(i32x4.sub(x, i32x4.splat(0x3f3504f3)), 23);
  }

  /** log; 0.9 ulp. 0 gives -inf, negative numbers NaN. */
  @inline
  static log(x: v128): v128 {
    const e = VMath.exponent(x);
    const y = VMath.log1pTimes(f32x4.sub(i32x4.sub(x, i32x4.shl(e, 23)), f32x4.splat(1)), e);
    // Normal and finite: bits in [0x00800000, 0x7f800000).
    const odd = i32x4.ge_u(i32x4.sub(x, i32x4.splat(0x00800000)), i32x4.splat(0x7f000000));
    return v128.any_true(odd) ? VMath.logOf(x, y, odd) : y;
  }

  /** `y`, where `odd` the log of what is not a normal positive number. */
  static logOf(x: v128, y: v128, odd: v128): v128 {
    const scaled = f32x4.mul(x, f32x4.splat(8388608));
    const e = VMath.exponent(scaled);
    const f = f32x4.sub(i32x4.sub(scaled, i32x4.shl(e, 23)), f32x4.splat(1));
    let z = VMath.log1pTimes(f, i32x4.sub(e, i32x4.splat(23)));
    z = v128.bitselect(VMath.poles(x), z, f32x4.eq(x, f32x4.splat(0)));
    z = v128.bitselect(VMath.poles(x), z, v128.not(f32x4.lt(f32x4.abs(x), f32x4.splat(Infinity))));
    z = v128.bitselect(f32x4.splat(NaN), z, f32x4.lt(x, f32x4.splat(0)));
    return v128.bitselect(z, y, odd);
  }

  /** -inf for 0, x for inf and NaN. */
  @inline
  static poles(x: v128): v128 {
    return v128.bitselect(f32x4.splat(-Infinity), x, f32x4.eq(x, f32x4.splat(0)));
  }

  // u = 1 + x rounded, c = (1 + x) - u exactly (Knuth's two-sum): 1 + f = (u + c) / 2ᵉ.
  /** log(1 + x); 1.5 ulp. -1 gives -inf, less NaN. */
  @inline
  static log1p(x: v128): v128 {
    const one = f32x4.splat(1);
    const u = f32x4.add(one, x);
    const b = f32x4.sub(u, one);
    const c = f32x4.add(f32x4.sub(one, f32x4.sub(u, b)), f32x4.sub(x, b));
    const e = VMath.exponent(u);
    const shift = i32x4.shl(e, 23);
    const f = f32x4.sub(i32x4.sub(u, shift), one);
    // 2⁻ᵉ; 0 from e = 127 on, where c is nothing beside x.
    const scale = i32x4.max_s(i32x4.sub(one, shift), i32x4.splat(0));
    const y = VMath.log1pTimes(Simd.madd(c, scale, f), e);
    // Above -1, finite and not 0 (which keeps its sign).
    const odd = v128.or(v128.not(f32x4.lt(f32x4.abs(u), f32x4.splat(Infinity))), f32x4.le(u, f32x4.splat(0)));
    const zero = f32x4.eq(x, f32x4.splat(0));
    return v128.any_true(v128.or(odd, zero)) ? VMath.log1pOf(x, y, odd, zero) : y;
  }

  static log1pOf(x: v128, y: v128, odd: v128, zero: v128): v128 {
    const u = f32x4.add(x, f32x4.splat(1));
    const z = v128.bitselect(f32x4.splat(NaN), VMath.poles(u), f32x4.lt(u, f32x4.splat(0)));
    return v128.bitselect(x, v128.bitselect(z, y, odd), zero);
  }

  // Below 1: x + x P(x²), P of degree 6 (2^-29.4). Above: 1 - exp(-G(x)), G of degree 6 fits -log(1 - erf) to the
  // accuracy that 1 - erf needs beside 1; 1 to float32 from 3.92 on.
  /** erf; 1.3 ulp. */
  @inline
  static erf(x: v128): v128 {
    const a = f32x4.pmin(f32x4.abs(x), f32x4.splat(4));
    const z = f32x4.mul(a, a);
    let p = VMath.at(ERF, 6);
    p = Simd.madd(p, z, VMath.at(ERF, 5));
    p = Simd.madd(p, z, VMath.at(ERF, 4));
    p = Simd.madd(p, z, VMath.at(ERF, 3));
    p = Simd.madd(p, z, VMath.at(ERF, 2));
    p = Simd.madd(p, z, VMath.at(ERF, 1));
    p = Simd.madd(p, z, VMath.at(ERF, 0));
    let g = VMath.at(ERFC, 6);
    g = Simd.madd(g, a, VMath.at(ERFC, 5));
    g = Simd.madd(g, a, VMath.at(ERFC, 4));
    g = Simd.madd(g, a, VMath.at(ERFC, 3));
    g = Simd.madd(g, a, VMath.at(ERFC, 2));
    g = Simd.madd(g, a, VMath.at(ERFC, 1));
    g = Simd.madd(g, a, VMath.at(ERFC, 0));
    const one = f32x4.splat(1);
    const large = f32x4.sub(one, VMath.exp(f32x4.neg(g)));
    return v128.or(v128.bitselect(Simd.madd(a, p, a), large, f32x4.lt(a, one)), VMath.sign(x));
  }

  // y = min(a, 1) / max(a, 1), a = |x|; atan y = y + y³ Q(y²), Q of degree 8 (2^-28.5); above 1 π/2 - atan y.
  /** atan; 1.5 ulp. */
  @inline
  static atan(x: v128): v128 {
    const one = f32x4.splat(1);
    const a = f32x4.abs(x);
    const y = f32x4.div(f32x4.pmin(a, one), f32x4.pmax(a, one));
    const z = f32x4.mul(y, y);
    let q = VMath.at(ATAN, 8);
    q = Simd.madd(q, z, VMath.at(ATAN, 7));
    q = Simd.madd(q, z, VMath.at(ATAN, 6));
    q = Simd.madd(q, z, VMath.at(ATAN, 5));
    q = Simd.madd(q, z, VMath.at(ATAN, 4));
    q = Simd.madd(q, z, VMath.at(ATAN, 3));
    q = Simd.madd(q, z, VMath.at(ATAN, 2));
    q = Simd.madd(q, z, VMath.at(ATAN, 1));
    q = Simd.madd(q, z, VMath.at(ATAN, 0));
    const p = Simd.madd(f32x4.mul(y, z), q, y);
    // π/2 in two parts: the nearest float32 and what it lacks.
    const far = f32x4.sub(f32x4.splat(1.5707964), f32x4.add(p, f32x4.splat(4.371139e-8)));
    return v128.or(v128.bitselect(far, p, f32x4.gt(a, one)), VMath.sign(x));
  }
}
