// Conversions between lanes, and between lanes and the bits that small types are stored as: one class a conversion.
//
// A small float is its own sign, exponent and mantissa (ts/core/small-float.ts). Shifted to the places of a float32's it is
// off by a power of two alone, subnormals included, since float32's subnormals are exact:
//
//   value = float32(bits << 23 - mantissa) · 2^(127 - bias)
//
// The other way x is measured in units of its last place, 2^(e - mantissa), rounded to a whole number n of them, and then
// e and n add up to the bits: (e + bias - 1 << mantissa) + n. What is beyond the greatest value follows from the sum.

/** Immediate words of an instruction. */
type Words = usize;

export class WrapUnsigned {
  @inline of(a: v128, words: Words): v128 {
    const shift = load<i32>(words);
    return i32x4.shr_u(i32x4.shl(a, shift), shift);
  }
}
export class WrapSigned {
  @inline of(a: v128, words: Words): v128 {
    const shift = load<i32>(words);
    return i32x4.shr_s(i32x4.shl(a, shift), shift);
  }
}
export class SmallToFloat {
  @inline of(a: v128, words: Words): v128 {
    const mantissa = <i32>load<u8>(words);
    const bias = <i32>load<u8>(words, 1);
    const sign = v128.and(a, i32x4.splat(1 << load<u8>(words, 2)));
    const own = v128.xor(a, sign);
    const scale = reinterpret<f32>((254 - bias) << 23);
    let x = f32x4.mul(i32x4.shl(own, 23 - mantissa), f32x4.splat(scale));
    const infinite = i32x4.eq(own, i32x4.splat(<i32>load<u16>(words, 6)));
    x = v128.bitselect(f32x4.splat(Infinity), x, infinite);
    let nan = v128.andnot(i32x4.gt_s(own, i32x4.splat(<i32>load<u16>(words, 4))), infinite);
    nan = v128.or(nan, i32x4.eq(a, i32x4.splat(<i32>load<u16>(words, 8))));
    x = v128.bitselect(f32x4.splat(NaN), x, nan);
    return v128.or(x, i32x4.shl(sign, 31 - load<u8>(words, 2)));
  }
}
export class FloatToSmall {
  @inline of(a: v128, words: Words): v128 {
    const mantissa = <i32>load<u8>(words);
    const bias = <i32>load<u8>(words, 1);
    const nan = i32x4.splat(<i32>load<u16>(words, 8));
    const greatest = i32x4.splat(<i32>load<u16>(words, 4));
    const magnitude = v128.and(a, i32x4.splat(i32.MAX_VALUE));
    const isNaN = f32x4.ne(a, a);
    const x = f32x4.pmin(magnitude, f32x4.splat(f32.MAX_VALUE));
    const e = i32x4.max_s(i32x4.sub(i32x4.shr_u(x, 23), i32x4.splat(127)), i32x4.splat(1 - bias));
    const unit = i32x4.shl(i32x4.sub(i32x4.splat(mantissa + 127), e), 23);
    const n = i32x4.trunc_sat_f32x4_s(f32x4.nearest(f32x4.mul(x, unit)));
    let bits = i32x4.add(i32x4.shl(i32x4.add(e, i32x4.splat(bias - 1)), mantissa), n);
    const over = v128.or(i32x4.gt_s(bits, greatest), i32x4.gt_s(magnitude, i32x4.splat(0x7f7fffff)));
    bits = v128.bitselect(i32x4.splat(<i32>load<u16>(words, 10)), bits, over);
    bits = v128.bitselect(nan, bits, isNaN);
    // Which sign a NaN has is the machine's affair; where the only NaN has the place of -0, 0 has no sign either.
    let unsigned = isNaN;
    if (load<u8>(words, 3) != 0) unsigned = v128.or(unsigned, i32x4.eq(bits, i32x4.splat(0)));
    const sign = i32x4.shl(i32x4.shr_u(a, 31), <i32>load<u8>(words, 2));
    return v128.or(bits, v128.andnot(sign, unsigned));
  }
}
export class PowerToFloat {
  @inline of(a: v128, _words: Words): v128 {
    const x = v128.bitselect(i32x4.splat(0x400000), i32x4.shl(a, 23), i32x4.eq(a, i32x4.splat(0)));
    return v128.bitselect(f32x4.splat(NaN), x, i32x4.eq(a, i32x4.splat(255)));
  }
}
/** A power of two, never 0: what lies below the least is rounded to it or becomes NaN; what is below 0 has none. */
export class FloatToPower {
  @inline of(a: v128, words: Words): v128 {
    const mode = load<i32>(words);
    const x = v128.and(a, i32x4.splat(i32.MAX_VALUE));
    const rest = i32x4.splat(mode == 0 ? 0 : mode == 1 ? 0x7fffff : 0x400000);
    // A subnormal float32 lies about the least power, 2^-127, or the next one.
    const next = i32x4.splat(mode == 0 ? i32.MAX_VALUE : mode == 1 ? 0x400000 : 0x5fffff);
    const bits = v128.bitselect(
      i32x4.shr_u(i32x4.gt_s(x, next), 31),
      i32x4.shr_u(i32x4.add(x, rest), 23),
      i32x4.lt_s(x, i32x4.splat(0x800000)),
    );
    let nan = v128.or(f32x4.ne(a, a), f32x4.lt(a, f32x4.splat(0)));
    if (load<i32>(words, 4) == 0) {
      nan = v128.or(nan, i32x4.lt_s(x, i32x4.splat(0x400000)));
      nan = v128.or(nan, i32x4.gt_s(bits, i32x4.splat(254)));
    }
    return v128.bitselect(i32x4.splat(255), i32x4.min_s(bits, i32x4.splat(254)), nan);
  }
}
export class Bfloat16ToFloat {
  @inline of(a: v128): v128 {
    return i32x4.shl(a, 16);
  }
}
export class FloatToBfloat16 {
  @inline of(a: v128): v128 {
    const odd = v128.and(i32x4.shr_u(a, 16), i32x4.splat(1));
    const bits = i32x4.shr_u(i32x4.add(a, i32x4.add(odd, i32x4.splat(0x7fff))), 16);
    return v128.bitselect(i32x4.splat(0x7fc0), bits, f32x4.ne(a, a));
  }
}
export class FloatToInt {
  @inline of(a: v128): v128 {
    return i32x4.trunc_sat_f32x4_s(a);
  }
}
export class FloatToU32 {
  @inline of(a: v128): v128 {
    return i32x4.trunc_sat_f32x4_u(a);
  }
}
export class IntToFloat {
  @inline of(a: v128): v128 {
    return f32x4.convert_i32x4_s(a);
  }
}
export class U32ToFloat {
  @inline of(a: v128): v128 {
    return f32x4.convert_i32x4_u(a);
  }
}
export class FloatToBool {
  @inline of(a: v128): v128 {
    return i32x4.shr_u(f32x4.ne(a, f32x4.splat(0)), 31);
  }
}
export class IntToBool {
  @inline of(a: v128): v128 {
    return i32x4.shr_u(i32x4.ne(a, i32x4.splat(0)), 31);
  }
}

// From two vectors of two lanes to one of four.
export class F64ToFloat {
  @inline of(a: v128, b: v128): v128 {
    return v128.shuffle<i64>(f32x4.demote_f64x2_zero(a), f32x4.demote_f64x2_zero(b), 0, 2);
  }
}
export class F64ToOdd {
  @inline of(a: v128, b: v128): v128 {
    return v128.shuffle<i64>(F64ToOdd.half(a), F64ToOdd.half(b), 0, 2);
  }

  /** Towards 0, and the last bit set where that was not exact. */
  @inline static half(a: v128): v128 {
    const y = f32x4.demote_f64x2_zero(a);
    const back = f64x2.promote_low_f32x4(y);
    const away = f64x2.gt(f64x2.abs(back), f64x2.abs(a));
    const inexact = f64x2.ne(back, a);
    const low = v128.shuffle<i32>(away, inexact, 0, 2, 4, 6);
    const odd = v128.and(v128.shuffle<i32>(low, low, 2, 3, 2, 3), i32x4(1, 1, 0, 0));
    return v128.or(i32x4.add(y, v128.and(low, i32x4(-1, -1, 0, 0))), odd);
  }
}
export class F64ToInt {
  @inline of(a: v128, b: v128): v128 {
    return v128.shuffle<i64>(i32x4.trunc_sat_f64x2_s_zero(a), i32x4.trunc_sat_f64x2_s_zero(b), 0, 2);
  }
}
export class F64ToU32 {
  @inline of(a: v128, b: v128): v128 {
    return v128.shuffle<i64>(i32x4.trunc_sat_f64x2_u_zero(a), i32x4.trunc_sat_f64x2_u_zero(b), 0, 2);
  }
}
export class I64ToInt {
  @inline of(a: v128, b: v128): v128 {
    return v128.shuffle<i32>(a, b, 0, 2, 4, 6);
  }
}
export class I64ToFloat {
  @inline of(a: v128, b: v128): v128 {
    return f32x4(
      <f32>i64x2.extract_lane(a, 0),
      <f32>i64x2.extract_lane(a, 1),
      <f32>i64x2.extract_lane(b, 0),
      <f32>i64x2.extract_lane(b, 1),
    );
  }
}
export class U64ToFloat {
  @inline of(a: v128, b: v128): v128 {
    return f32x4(
      <f32>(<u64>i64x2.extract_lane(a, 0)),
      <f32>(<u64>i64x2.extract_lane(a, 1)),
      <f32>(<u64>i64x2.extract_lane(b, 0)),
      <f32>(<u64>i64x2.extract_lane(b, 1)),
    );
  }
}

// From half a vector to one.
export class FloatToF64 {
  @inline of(a: v128): v128 {
    return f64x2.promote_low_f32x4(a);
  }
}
export class IntToI64 {
  @inline of(a: v128): v128 {
    return i64x2.extend_low_i32x4_s(a);
  }
}
export class U32ToI64 {
  @inline of(a: v128): v128 {
    return i64x2.extend_low_i32x4_u(a);
  }
}

// Lane by lane.
export class I64ToF64 {
  @inline of(a: i64): i64 {
    return reinterpret<i64>(<f64>a);
  }
}
export class U64ToF64 {
  @inline of(a: i64): i64 {
    return reinterpret<i64>(<f64>(<u64>a));
  }
}
export class F64ToI64 {
  @inline of(a: i64): i64 {
    return <i64>reinterpret<f64>(a);
  }
}
export class F64ToU64 {
  @inline of(a: i64): i64 {
    return <i64>(<u64>reinterpret<f64>(a));
  }
}
