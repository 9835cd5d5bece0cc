/** Numbers as words and back, for casts between tensors of numbers and of strings. */
import { type DType, dtypes } from "../../core/dtype.ts";
import { held } from "../../core/storage.ts";

/** The number that a word stands for; NaN for what is none. */
export function parseNumber(word: string, dtype: DType): number | bigint {
  const text = word.trim().toLowerCase();
  if (!dtypes[dtype].float) return /^[+-]?\d+$/.test(text) ? BigInt(text) : Math.trunc(Number(text));
  const infinity = /^([+-]?)inf(inity)?$/.exec(text);
  if (infinity !== null) return infinity[1] === "-" ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY;
  return Number(text);
}

/** A value of a dtype in the fewest digits that tell it from its neighbours, as NumPy writes it. */
export function formatNumber(value: number | bigint, dtype: DType): string {
  if (dtype === "bool") return Number(value) === 0 ? "False" : "True";
  if (!dtypes[dtype].float) return String(value);
  const x = Number(value);
  if (Number.isNaN(x)) return "nan";
  if (!Number.isFinite(x)) return x < 0 ? "-inf" : "inf";
  let digits = 1;
  while (digits < 17 && held(dtype, Number(x.toExponential(digits - 1))) !== x) digits++;
  const short = Number(x.toExponential(digits - 1));
  const size = Math.abs(short);
  const sign = Object.is(x, -0) ? "-" : "";
  if (size !== 0 && (size < 1e-4 || size >= 1e16)) {
    return short.toExponential().replace(/e([+-])(\d)$/, "e$10$2");
  }
  const plain = short.toFixed(Math.max(1, decimals(short)));
  return sign + plain;
}

/** Digits behind the point. */
function decimals(x: number): number {
  const [mantissa = "", exponent = "0"] = x.toExponential().split("e");
  return Math.max(0, mantissa.replace(/^-?\d\.?/, "").length - Number(exponent));
}
