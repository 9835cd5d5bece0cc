/** The table of element types. A further dtype is a further row. */
import { DTypeError } from "./errors.ts";

export type DType =
  | "float64"
  | "float32"
  | "float16"
  | "bfloat16"
  | "float8_e4m3fn"
  | "float8_e4m3fnuz"
  | "float8_e5m2"
  | "float8_e5m2fnuz"
  | "float8_e8m0fnu"
  | "float4_e2m1fn"
  | "int64"
  | "int32"
  | "int16"
  | "int8"
  | "int4"
  | "int2"
  | "uint64"
  | "uint32"
  | "uint16"
  | "uint8"
  | "uint4"
  | "uint2"
  | "bool";

/** Arrays of 64-bit integers. */
export type BigIntArray = BigInt64Array | BigUint64Array;

/**
 * Arrays that hold a dtype's storage: values, or bits of the floats that have no array of their own. The array of a 64-bit
 * integer is a {@link BigIntArray}, which code that knows its dtype asks for: `data<BigInt64Array>()`.
 */
export type TypedArray =
  | Float64Array
  | Float32Array
  | Int32Array
  | Int16Array
  | Int8Array
  | Uint32Array
  | Uint16Array
  | Uint8Array;

/** What arithmetic is done in: lanes of 4 bytes, or of 8. */
export type Lane = "f32" | "i32" | "f64" | "i64";

type ArrayConstructor = new (
  source: number | ArrayLike<number> | ArrayBufferLike,
  byteOffset?: number,
  length?: number,
) => TypedArray;

export interface DTypeInfo {
  /** Number of the type in commands and keys. */
  readonly code: number;
  /** Bits of a value. */
  readonly bits: number;
  /** Bytes an element is stored in; types of less than 8 bits take one. */
  readonly bytes: number;
  readonly float: boolean;
  /** Whether values below 0 exist. */
  readonly signed: boolean;
  readonly lane: Lane;
  /** Array of the storage: values, or the bits of floats that have no array of their own. */
  readonly array: ArrayConstructor;
}

function row(code: number, lane: Lane, signed: boolean, bits: number, array: unknown): DTypeInfo {
  const bytes = Math.max(1, bits / 8);
  return { code, bits, bytes, float: lane === "f32" || lane === "f64", signed, lane, array: array as ArrayConstructor };
}

export const dtypes: { readonly [D in DType]: DTypeInfo } = {
  float64: row(4, "f64", true, 64, Float64Array),
  float32: row(0, "f32", true, 32, Float32Array),
  float16: row(5, "f32", true, 16, Uint16Array),
  bfloat16: row(6, "f32", true, 16, Uint16Array),
  float8_e4m3fn: row(7, "f32", true, 8, Uint8Array),
  float8_e4m3fnuz: row(8, "f32", true, 8, Uint8Array),
  float8_e5m2: row(9, "f32", true, 8, Uint8Array),
  float8_e5m2fnuz: row(10, "f32", true, 8, Uint8Array),
  float8_e8m0fnu: row(11, "f32", false, 8, Uint8Array),
  float4_e2m1fn: row(12, "f32", true, 4, Uint8Array),
  int64: row(13, "i64", true, 64, BigInt64Array),
  int32: row(1, "i32", true, 32, Int32Array),
  int16: row(14, "i32", true, 16, Int16Array),
  int8: row(15, "i32", true, 8, Int8Array),
  int4: row(16, "i32", true, 4, Int8Array),
  int2: row(17, "i32", true, 2, Int8Array),
  uint64: row(18, "i64", false, 64, BigUint64Array),
  uint32: row(19, "i32", false, 32, Uint32Array),
  uint16: row(20, "i32", false, 16, Uint16Array),
  uint8: row(2, "i32", false, 8, Uint8Array),
  uint4: row(21, "i32", false, 4, Uint8Array),
  uint2: row(22, "i32", false, 2, Uint8Array),
  bool: row(3, "i32", false, 1, Uint8Array),
};

/** Throws unless there is such a dtype. */
export function checkDType(op: string, dtype: DType): void {
  if (Object.hasOwn(dtypes, dtype)) return;
  throw new DTypeError(`${op}: cannot make ${String(dtype)}: wanted ${Object.keys(dtypes).join(", ")}`);
}

/** Dtypes by the tag of the array that holds their values; tags are the same for arrays of another realm. */
const tags: Readonly<Record<string, DType>> = {
  Float64Array: "float64",
  Float32Array: "float32",
  Float16Array: "float16",
  BigInt64Array: "int64",
  Int32Array: "int32",
  Int16Array: "int16",
  Int8Array: "int8",
  BigUint64Array: "uint64",
  Uint32Array: "uint32",
  Uint16Array: "uint16",
  Uint8Array: "uint8",
  Uint8ClampedArray: "uint8",
};

/** The dtype whose values a typed array holds; undefined for anything else. */
export function dtypeOfArray(values: unknown): DType | undefined {
  return ArrayBuffer.isView(values) ? tags[(values as Uint8Array)[Symbol.toStringTag]] : undefined;
}

/** Whether values of the dtype are computed in lanes of 8 bytes. */
export const isWide = (dtype: DType): boolean => dtypes[dtype].lane.endsWith("64");

/**
 * The type that mixing two gives, by category and then size as in PyTorch: bool < integers < floats. A signed and an unsigned
 * integer become the signed one that holds both (float64 beside uint64), two floats of one size the next larger one.
 */
export function promote(a: DType, b: DType): DType {
  if (a === b || b === "bool") return a;
  if (a === "bool") return b;
  const [x, y] = [dtypes[a], dtypes[b]];
  if (x.float !== y.float) return x.float ? a : b;
  if (x.float || x.signed === y.signed) {
    if (x.bits !== y.bits) return x.bits > y.bits ? a : b;
    return "float32";
  }
  const [signed, unsigned] = x.signed ? [x, y] : [y, x];
  if (signed.bits > unsigned.bits) return x.signed ? a : b;
  return unsigned.bits === 64 ? "float64" : signedOf(unsigned.bits);
}

/** The smallest signed integer of more than so many bits. */
function signedOf(bits: number): DType {
  return bits < 4 ? "int4" : bits < 8 ? "int8" : bits < 16 ? "int16" : bits < 32 ? "int32" : "int64";
}
