/**
 * How dtypes are held: in registers as f32 or i32, in memory as their bits, parts of words where they are smaller.
 *
 * uint32 is held as i32, by its bits; what differs is written by whoever computes with it.
 *
 * Floats of 16 bits and less are computed as float32 and rounded after every step (shaders/small-float.wgsl); integers of
 * less than 32 bits keep their low bits.
 */
import { type DType, dtypes } from "../../core/dtype.ts";
import { UnsupportedError } from "../../core/errors.ts";
import { formats, isSmallFloat, overflow } from "../../core/small-float.ts";

/** Numbers of 8 bytes have no registers, and powers of two no arithmetic. */
const lacking: ReadonlySet<DType> = new Set(["float64", "int64", "uint64", "float8_e8m0fnu"]);

const held = (Object.keys(dtypes) as DType[]).filter((dtype) => !lacking.has(dtype));

export const holds = (dtype: DType): boolean => !lacking.has(dtype);

/** Type of a value in registers. @throws UnsupportedError for a dtype that shaders have no code for. */
export function register(dtype: DType): "f32" | "i32" {
  if (holds(dtype)) return dtypes[dtype].float ? "f32" : "i32";
  throw new UnsupportedError(`webgpu: cannot compute ${dtype}: the device holds ${held.join(", ")} alone`);
}

/** The constructor of a format in a shader. */
function printFormat(dtype: keyof typeof formats, saturate: boolean): string {
  const format = formats[dtype];
  const { mantissa, bias, sign, greatest, infinity, nan } = format;
  const bits = [sign, greatest, infinity < 0 ? 0xffff : infinity, nan, overflow(format, saturate)];
  return `Small(${mantissa}u, ${bias}, ${bits.map((word) => `${word}u`).join(", ")})`;
}

/** A register of the dtype from `text`, its bits in a u32. */
export function printDecode(text: string, dtype: DType): string {
  const { bits, bytes, signed } = dtypes[dtype];
  if (dtype === "bfloat16") return `from_bfloat(${text})`;
  if (isSmallFloat(dtype)) return `from_small(${text}, ${printFormat(dtype, true)})`;
  if (bytes < 4 && signed) return `extractBits(bitcast<i32>(${text}), 0u, ${8 * bytes}u)`;
  return bits === 32 ? `bitcast<${register(dtype)}>(${text})` : `i32(${text})`;
}

/** The bits of a register of the dtype, in a u32. */
export function printEncode(text: string, dtype: DType): string {
  const { bytes } = dtypes[dtype];
  if (dtype === "bfloat16") return `to_bfloat(${text})`;
  if (isSmallFloat(dtype)) return `to_small(${text}, ${printFormat(dtype, true)})`;
  return bytes < 4 ? `u32(${text} & ${2 ** (8 * bytes) - 1})` : `bitcast<u32>(${text})`;
}

/** The nearest number that the dtype has; a float too great for 8 bits becomes the greatest unless `saturate` is false. */
export function printRound(text: string, dtype: DType, saturate = true): string {
  if (dtype === "bfloat16") return `round_bfloat(${text})`;
  return isSmallFloat(dtype) ? `round_small(${text}, ${printFormat(dtype, saturate)})` : text;
}

/** The low bits of an integer, as the dtype has them. */
export function printLowBits(text: string, dtype: DType): string {
  const { bits, float, signed } = dtypes[dtype];
  if (float || bits === 32 || dtype === "bool") return text;
  return signed ? `extractBits(${text}, 0u, ${bits}u)` : `(${text} & ${2 ** bits - 1})`;
}
