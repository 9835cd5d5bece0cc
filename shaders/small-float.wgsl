// Floats of 16 bits and less between their bits and float32, as ts/core/small-float.ts defines them: rounded half to even.
//
// Subnormal numbers are made by multiplication, since an adapter may take those of float32 and float16 for 0.

/// A row of the table of formats: bits of the mantissa, bias of the exponent, the sign's bit, bits of the greatest number, of
/// infinity (none: 0xffff), of NaN, and of what is too great.
struct Small {
  mantissa: u32,
  bias: i32,
  sign: u32,
  greatest: u32,
  infinity: u32,
  nan: u32,
  overflow: u32,
}

/// 2^e for -126 <= e <= 127.
fn small_power(e: i32) -> f32 {
  return bitcast<f32>((e + 127) << 23u);
}

/// Whether the only NaN has the place of -0.
fn small_unsigned_zero(format: Small) -> bool {
  return format.sign == 0x80u && format.nan == 0x80u;
}

fn from_small(bits: u32, format: Small) -> f32 {
  let own = bits & (format.sign - 1u);
  let sign = select(0u, 0x80000000u, (bits & format.sign) != 0u);
  if (own == format.infinity) {
    return bitcast<f32>(sign | 0x7f800000u);
  }
  if (own > format.greatest || (small_unsigned_zero(format) && bits == format.nan)) {
    return bitcast<f32>(sign | 0x7fc00000u);
  }
  let exponent = max(1u, own >> format.mantissa);
  let whole = own - ((exponent - 1u) << format.mantissa);
  let value = f32(whole) * small_power(i32(exponent) - format.bias - i32(format.mantissa));
  return bitcast<f32>(bitcast<u32>(value) | sign);
}

fn to_small(x: f32, format: Small) -> u32 {
  let bits = bitcast<u32>(x);
  let size = bits & 0x7fffffffu;
  if (size > 0x7f800000u) {
    return format.nan;
  }
  let sign = select(0u, format.sign, bits != size);
  let exponent = max(i32(size >> 23u) - 127, 1 - format.bias);
  var code = format.greatest + 1u;
  if (size < 0x7f800000u) {
    let scaled = u32(round(bitcast<f32>(size) * small_power(i32(format.mantissa) - exponent)));
    code = (u32(exponent + format.bias - 1) << format.mantissa) + scaled;
  }
  if (code > format.greatest) {
    return format.overflow | sign;
  }
  return select(code | sign, 0u, code == 0u && small_unsigned_zero(format));
}

/// The nearest number of the format.
fn round_small(x: f32, format: Small) -> f32 {
  return from_small(to_small(x, format), format);
}

fn from_bfloat(bits: u32) -> f32 {
  return bitcast<f32>(bits << 16u);
}

fn to_bfloat(x: f32) -> u32 {
  let bits = bitcast<u32>(x);
  if ((bits & 0x7fffffffu) > 0x7f800000u) {
    return 0x7fc0u;
  }
  return (bits + 0x7fffu + ((bits >> 16u) & 1u)) >> 16u;
}

fn round_bfloat(x: f32) -> f32 {
  return from_bfloat(to_bfloat(x));
}
