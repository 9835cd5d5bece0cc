// sin, cos and tan of float32 over the whole range.
//
// x = n pi/2 + r, r in +-pi/4. Up to 512 pi/2 is three parts, the first two of 15 bits: their products with n are exact.
// Beyond, Payne and Hanek's method (1983): x = m 2^e times the 96 bits of 2/pi that decide x 2/pi mod 4, in integers.
// sin r = r + r^3 S(r^2), cos r = 1 - r^2 / 2 + r^4 C(r^2), as in assembly/trigonometry.ts.

struct Reduced {
  r: f32,
  quadrant: i32,
}

/// A word of zeros, then the bits of 2/pi behind the point.
const two_over_pi = array<u32, 9>(
  0u, 0xa2f9836eu, 0x4e441529u, 0xfc2757d1u, 0xf534ddc0u, 0xdb629599u, 0x3c439041u, 0xfe5163abu, 0xdebbc561u,
);

/// Upper 32 bits of a product.
fn product_high(a: u32, b: u32) -> u32 {
  let al = a & 0xffffu;
  let ah = a >> 16u;
  let bl = b & 0xffffu;
  let bh = b >> 16u;
  let cross = ah * bl + ((al * bl) >> 16u);
  return ah * bh + (cross >> 16u) + (((cross & 0xffffu) + al * bh) >> 16u);
}

/// 32 bits of 2/pi from bit `start` on.
fn two_over_pi_at(start: u32) -> u32 {
  let word = start >> 5u;
  let shift = start & 31u;
  let next = select(two_over_pi[word + 1u] >> ((32u - shift) & 31u), 0u, shift == 0u);
  return (two_over_pi[word] << shift) | next;
}

fn reduce_large(x: f32) -> Reduced {
  let bits = bitcast<u32>(x);
  let m = (bits & 0x7fffffu) | 0x800000u;
  // e - 2 bits count whole turns; a word further for the zeros in front.
  let start = ((bits >> 23u) & 255u) - 150u - 2u + 32u;
  let w0 = two_over_pi_at(start);
  let w1 = two_over_pi_at(start + 32u);
  let w2 = two_over_pi_at(start + 64u);
  // The product's upper 64 bits: x 2/pi / 4 mod 1 in units of 2^-64.
  var low = m * w1;
  let carry_in = product_high(m, w2);
  low += carry_in;
  var high = m * w0 + product_high(m, w1) + select(0u, 1u, low < carry_in);
  let quadrant = ((high + 0x20000000u) >> 30u) & 3u;
  high -= quadrant << 30u;
  let below = (high >> 31u) != 0u;
  if (below) {
    high = ~high + select(0u, 1u, low == 0u);
    low = ~low + 1u;
  }
  let turn = f32(high) * 9.313226e-10 + f32(low) * 2.1684043e-19;
  let r = turn * 1.5707964;
  let negative = (bits >> 31u) != 0u;
  return Reduced(select(r, -r, below != negative), select(i32(quadrant), -i32(quadrant), negative));
}

fn reduce_angle(x: f32) -> Reduced {
  if (abs(x) > 512.0) {
    return reduce_large(x);
  }
  let n = round(x * 0.63661975);
  let r = ((x - n * 1.5707397) - n * 5.657970905e-5) - n * 9.920936e-10;
  return Reduced(r, i32(n));
}

fn sine(r: f32) -> f32 {
  let z = r * r;
  return r * z * ((-0.000195179 * z + 0.008332187) * z - 0.16666655) + r;
}

fn cosine(r: f32) -> f32 {
  let z = r * r;
  return (1.0 - 0.5 * z) + z * z * ((2.4432327e-5 * z - 0.001388731) * z + 0.041666646);
}

/// NaN for infinities and NaN.
fn angle_or_nan(x: f32, y: f32) -> f32 {
  let bits = bitcast<u32>(x);
  return select(y, bitcast<f32>(bits | 0x00400000u), (bits & 0x7f800000u) == 0x7f800000u);
}

fn sinf(x: f32) -> f32 {
  let t = reduce_angle(x);
  let y = select(sine(t.r), cosine(t.r), (t.quadrant & 1) != 0);
  return angle_or_nan(x, select(select(y, -y, (t.quadrant & 2) != 0), x, x == 0.0));
}

fn cosf(x: f32) -> f32 {
  let t = reduce_angle(x);
  let y = select(cosine(t.r), sine(t.r), (t.quadrant & 1) != 0);
  return angle_or_nan(x, select(y, -y, ((t.quadrant + 1) & 2) != 0));
}

fn tanf(x: f32) -> f32 {
  let t = reduce_angle(x);
  let s = sine(t.r);
  let c = cosine(t.r);
  let odd = (t.quadrant & 1) != 0;
  return angle_or_nan(x, select(select(s, -c, odd) / select(c, s, odd), x, x == 0.0));
}
