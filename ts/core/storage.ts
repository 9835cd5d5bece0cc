/** Between numbers and how a dtype stores them. */
import { type BigIntArray, type DType, dtypes, type TypedArray } from "./dtype.ts";
import { decode, encode, isSmallFloat, type Rounding } from "./small-float.ts";

/** What can be stored: numbers, or the bigints of 64-bit integers. */
export type Numbers = ArrayLike<number> | ArrayLike<bigint>;

const isBigInts = (values: object): boolean => values instanceof BigInt64Array || values instanceof BigUint64Array;

/** Stores values: floats are rounded to the nearest, integers keep their low bits, bool asks for not 0. */
export function store(dtype: DType, values: Numbers, { saturate, round }: Rounding = {}): TypedArray {
  const { array, bits, bytes, signed } = dtypes[dtype];
  const numbers = values as ArrayLike<number>;
  const n = values.length;
  const made = new array(n);
  if (isBigInts(made)) {
    const made64 = made as unknown as BigIntArray;
    for (let i = 0; i < n; i++) made64[i] = toBigInt(numbers[i] as number | bigint);
  } else if (isSmallFloat(dtype)) {
    for (let i = 0; i < n; i++) made[i] = encode(dtype, Number(numbers[i]), saturate, round);
  } else if (dtype === "bool") {
    for (let i = 0; i < n; i++) made[i] = Number(numbers[i]) === 0 ? 0 : 1;
  } else if (bits < 8 * bytes) {
    const shift = 32 - bits;
    for (let i = 0; i < n; i++) {
      const high = lowBits(numbers[i] as number | bigint) << shift;
      made[i] = signed ? high >> shift : high >>> shift;
    }
  } else if (typeof numbers[0] === "bigint") {
    const { float } = dtypes[dtype];
    for (let i = 0; i < n; i++) made[i] = float ? Number(numbers[i]) : lowBits(numbers[i] as number | bigint);
  } else {
    made.set(numbers);
  }
  return made;
}

/** The numbers that an array of the dtype's storage stands for; 64-bit integers beyond 2^53 are rounded. */
export function load(dtype: DType, stored: TypedArray): ArrayLike<number> {
  if (isSmallFloat(dtype)) return Float64Array.from(stored, (bits) => decode(dtype, bits));
  return isBigInts(stored) ? Float64Array.from(stored, Number) : stored;
}

/** A number as the dtype holds it. */
export function held(dtype: DType, value: number, rounding: Rounding = {}): number {
  return load(dtype, store(dtype, [value], rounding))[0] as number;
}

/** The range of an integer dtype; of 64-bit ones the nearest numbers. */
export function rangeOf(dtype: DType): { readonly least: number; readonly greatest: number } {
  const { bits, signed } = dtypes[dtype];
  return signed ? { least: -(2 ** (bits - 1)), greatest: 2 ** (bits - 1) - 1 } : { least: 0, greatest: 2 ** bits - 1 };
}

function toBigInt(value: number | bigint): bigint {
  if (typeof value === "bigint") return value;
  return Number.isFinite(value) ? BigInt(Math.trunc(value)) : 0n;
}

const lowBits = (value: number | bigint): number =>
  typeof value === "bigint" ? Number(BigInt.asIntN(32, value)) : value | 0;
