/**
 * Floats that have no arithmetic of their own: 16 bits, 8 and 4, between their bits and numbers.
 *
 *   sign | exponent, biased | mantissa         (-1)^sign 2^(exponent - bias) (1 + mantissa / 2^width), below the least
 *                                              exponent 2^(1 - bias) mantissa / 2^width
 *
 * Sources: IEEE 754 binary16; Google's bfloat16; Micikevicius et al. 2022 (float8 e4m3fn, e5m2); Noune et al. 2022 (the
 * fnuz ones: one NaN in the place of -0, no infinity); the OCP microscaling formats 1.0 (e8m0: powers of two; float4).
 */
import type { DType } from "./dtype.ts";

/** Dtypes that are stored as bits. */
export type SmallFloat =
  | "float16"
  | "bfloat16"
  | "float8_e4m3fn"
  | "float8_e4m3fnuz"
  | "float8_e5m2"
  | "float8_e5m2fnuz"
  | "float8_e8m0fnu"
  | "float4_e2m1fn";

/** Which neighbour e8m0, a float without mantissa, takes: nearest rounds a tie up. All others round half to even. */
export type RoundMode = "up" | "down" | "nearest";

/** How a cast rounds where it says so: see {@link encode}. */
export interface Rounding {
  readonly saturate?: boolean;
  readonly round?: RoundMode;
}

export interface Format {
  readonly mantissa: number;
  readonly bias: number;
  /** The sign's bit; 0 without one. */
  readonly sign: number;
  /** Bits of the greatest finite value. */
  readonly greatest: number;
  /** Bits of infinity; -1 without one. */
  readonly infinity: number;
  /** Bits that NaN becomes, and whether they are one. */
  readonly nan: number;
  readonly hasNaN: boolean;
  /** Whether the only NaN has the place of -0. */
  readonly unsignedZero: boolean;
}

function format(mantissa: number, bias: number, sign: number, greatest: number, infinity: number, nan: number): Format {
  const unsignedZero = nan === sign && sign === 0x80;
  return { mantissa, bias, sign, greatest, infinity, nan, hasNaN: sign !== 8, unsignedZero };
}

export const formats: { readonly [D in SmallFloat]: Format } = {
  float16: format(10, 15, 0x8000, 0x7bff, 0x7c00, 0x7e00),
  bfloat16: format(7, 127, 0x8000, 0x7f7f, 0x7f80, 0x7fc0),
  float8_e4m3fn: format(3, 7, 0x80, 0x7e, -1, 0x7f),
  float8_e4m3fnuz: format(3, 8, 0x80, 0x7f, -1, 0x80),
  float8_e5m2: format(2, 15, 0x80, 0x7b, 0x7c, 0x7e),
  float8_e5m2fnuz: format(2, 16, 0x80, 0x7f, -1, 0x80),
  float8_e8m0fnu: format(0, 127, 0, 0xfe, -1, 0xff),
  float4_e2m1fn: format(1, 1, 8, 7, -1, 8),
};

/**
 * Bits of what is too great: the greatest value of the formats of 8 and 4 bits, or with `saturate` false infinity, or NaN
 * where there is none; infinity of float16 and bfloat16, always.
 */
export function overflow({ sign, greatest, infinity, nan, hasNaN }: Format, saturate: boolean): number {
  if (sign <= 0x80 && (saturate || !hasNaN)) return greatest;
  return infinity >= 0 ? infinity : nan;
}

export const isSmallFloat = (dtype: DType): dtype is SmallFloat => dtype in formats;

const double = new Float64Array(1);
const words = new Uint32Array(double.buffer);

/** Exponent of a positive number: 2^e ≤ x < 2^(e+1); -1023 below the normal ones. */
function exponentOf(x: number): number {
  double[0] = x;
  return ((words[1] as number) >>> 20) - 1023;
}

/** The number that bits stand for. */
export function decode(dtype: SmallFloat, bits: number): number {
  const { mantissa, bias, sign, greatest, infinity, nan, unsignedZero } = formats[dtype];
  const own = sign === 0 ? bits : bits & (sign - 1);
  const negative = (bits & sign) !== 0;
  if (sign === 0) return own > greatest ? Number.NaN : 2 ** (own - bias);
  if (own === infinity) return negative ? -Infinity : Infinity;
  if (own > greatest || (unsignedZero && bits === nan)) return Number.NaN;
  const exponent = Math.max(1, own >> mantissa);
  const whole = own - ((exponent - 1) << mantissa);
  const value = whole * 2 ** (exponent - bias - mantissa);
  return negative ? -value : value;
}

/** The bits nearest to a number; those of what is too great as {@link overflow} says. */
export function encode(dtype: SmallFloat, value: number, saturate = true, round: RoundMode = "up"): number {
  const format = formats[dtype];
  const { mantissa, bias, greatest, nan } = format;
  if (dtype === "float8_e8m0fnu") return encodePower(value, saturate, round);
  const sign = value < 0 || Object.is(value, -0) ? format.sign : 0;
  if (Number.isNaN(value)) return nan;
  const x = Math.abs(value);
  const exponent = Math.max(exponentOf(x), 1 - bias);
  const code =
    x === Infinity ? greatest + 1 : ((exponent + bias - 1) << mantissa) + roundEven(x * 2 ** (mantissa - exponent));
  if (code <= greatest) return code === 0 && format.unsignedZero ? 0 : code | sign;
  return overflow(format, saturate) | sign;
}

/** A power of two of e8m0: unsigned, without 0. What is below 0 has no neighbour and becomes NaN. */
function encodePower(value: number, saturate: boolean, round: RoundMode): number {
  const { bias, greatest } = formats.float8_e8m0fnu;
  if (Number.isNaN(value) || value < 0) return 0xff;
  if (value === Infinity) return saturate ? greatest : 0xff;
  const exponent = exponentOf(value);
  const rest = value / 2 ** exponent;
  const up = round === "up" ? rest > 1 : round === "nearest" && rest >= 1.5;
  const code = exponent + bias + (up ? 1 : 0);
  if (value < 2 ** -bias) return saturate ? 0 : 0xff;
  return code <= greatest ? code : saturate ? greatest : 0xff;
}

/** Rounds a number of 0 or above half to even, as IEEE 754 does. */
function roundEven(x: number): number {
  const floor = Math.floor(x);
  const rest = x - floor;
  return rest < 0.5 || (rest === 0.5 && floor % 2 === 0) ? floor : floor + 1;
}
