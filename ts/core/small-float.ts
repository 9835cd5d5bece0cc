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

interface Format {
  readonly mantissa: number;
  readonly bias: number;
  /** The sign's bit; 0 without one. */
  readonly sign: number;
  /** Bits of the greatest finite value. */
  readonly greatest: number;
  /** Bits of infinity, or null. */
  readonly infinity: number | null;
  /** Bits of NaN, or null. */
  readonly nan: number | null;
  /** Whether a finite value or infinity that is too great may become the greatest. */
  readonly saturates: boolean;
}

const formats: { readonly [D in SmallFloat]: Format } = {
  float16: { mantissa: 10, bias: 15, sign: 0x8000, greatest: 0x7bff, infinity: 0x7c00, nan: 0x7e00, saturates: false },
  bfloat16: { mantissa: 7, bias: 127, sign: 0x8000, greatest: 0x7f7f, infinity: 0x7f80, nan: 0x7fc0, saturates: false },
  float8_e4m3fn: { mantissa: 3, bias: 7, sign: 0x80, greatest: 0x7e, infinity: null, nan: 0x7f, saturates: true },
  float8_e4m3fnuz: { mantissa: 3, bias: 8, sign: 0x80, greatest: 0x7f, infinity: null, nan: 0x80, saturates: true },
  float8_e5m2: { mantissa: 2, bias: 15, sign: 0x80, greatest: 0x7b, infinity: 0x7c, nan: 0x7e, saturates: true },
  float8_e5m2fnuz: { mantissa: 2, bias: 16, sign: 0x80, greatest: 0x7f, infinity: null, nan: 0x80, saturates: true },
  float8_e8m0fnu: { mantissa: 0, bias: 127, sign: 0, greatest: 0xfe, infinity: null, nan: 0xff, saturates: true },
  float4_e2m1fn: { mantissa: 1, bias: 1, sign: 8, greatest: 7, infinity: null, nan: null, saturates: true },
};

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
  const { mantissa, bias, sign, greatest, infinity } = formats[dtype];
  const own = sign === 0 ? bits : bits & (sign - 1);
  const negative = (bits & sign) !== 0;
  if (sign === 0) return own > greatest ? Number.NaN : 2 ** (own - bias);
  if (own === infinity) return negative ? -Infinity : Infinity;
  if (own > greatest || (own === 0 && bits === formats[dtype].nan)) return Number.NaN;
  const exponent = Math.max(1, own >> mantissa);
  const whole = own - ((exponent - 1) << mantissa);
  const value = whole * 2 ** (exponent - bias - mantissa);
  return negative ? -value : value;
}

/**
 * The bits nearest to a number. What is too great becomes the greatest value of the small formats (8 and 4 bits), or with
 * `saturate` false their infinity, or else NaN; that of float16 and bfloat16 is infinity.
 */
export function encode(dtype: SmallFloat, value: number, saturate = true, round: RoundMode = "up"): number {
  const format = formats[dtype];
  const { mantissa, bias, greatest, nan } = format;
  if (dtype === "float8_e8m0fnu") return encodePower(value, saturate, round);
  const sign = value < 0 || Object.is(value, -0) ? format.sign : 0;
  // A format without NaN takes the greatest, one with a single NaN has no sign for it.
  if (Number.isNaN(value)) return nan ?? greatest;
  const x = Math.abs(value);
  const exponent = Math.max(exponentOf(x), 1 - bias);
  const code =
    x === Infinity ? greatest + 1 : ((exponent + bias - 1) << mantissa) + roundEven(x * 2 ** (mantissa - exponent));
  if (code <= greatest) return code === 0 && nan === format.sign ? 0 : code | sign;
  if (format.saturates && (saturate || nan === null)) return greatest | sign;
  if (format.infinity !== null) return format.infinity | sign;
  return nan === format.sign ? (nan as number) : (nan as number) | sign;
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
  if (code < 0) return saturate || (value > 0 && value >= 2 ** (-bias - 1)) ? 0 : 0xff;
  return code <= greatest ? code : saturate ? greatest : 0xff;
}

/** Rounds a number of 0 or above half to even, as IEEE 754 does. */
function roundEven(x: number): number {
  const floor = Math.floor(x);
  const rest = x - floor;
  return rest < 0.5 || (rest === 0.5 && floor % 2 === 0) ? floor : floor + 1;
}
