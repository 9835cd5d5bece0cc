/**
 * Tensors of a file → host arrays. Raw data is little-endian and stays where it is where its address allows a typed array.
 */
import { type DType, dtypes, type TypedArray } from "../../../core/dtype.ts";
import { FormatError, UnsupportedError } from "../../../core/errors.ts";
import { formatShape, type Shape } from "../../../core/shape.ts";
import type { TensorProto } from "./schema.ts";

/** Element types by their number in a file; string is no DType and has a reader of its own. */
const dtypeByCode: Readonly<Record<number, DType>> = {
  1: "float32",
  2: "uint8",
  3: "int8",
  4: "uint16",
  5: "int16",
  6: "int32",
  7: "int64",
  9: "bool",
  10: "float16",
  11: "float64",
  12: "uint32",
  13: "uint64",
  16: "bfloat16",
  17: "float8_e4m3fn",
  18: "float8_e4m3fnuz",
  19: "float8_e5m2",
  20: "float8_e5m2fnuz",
  21: "uint4",
  22: "int4",
  23: "float4_e2m1fn",
  24: "float8_e8m0fnu",
  25: "uint2",
  26: "int2",
};

export const stringCode = 8;

/** The dtype of a number in a file. Throws {@link UnsupportedError} for complex numbers and what is unknown. */
export function dtypeOf(code: number): DType {
  const dtype = dtypeByCode[code];
  if (dtype !== undefined) return dtype;
  throw new UnsupportedError(
    `onnx: cannot read elements of type ${code}: ${code === 14 || code === 15 ? "complex numbers have no dtype" : "no such type is known"}`,
  );
}

/** The number in a file of a dtype. */
export function codeOf(dtype: DType | "string"): number {
  if (dtype === "string") return stringCode;
  return Number(Object.keys(dtypeByCode).find((code) => dtypeByCode[Number(code)] === dtype));
}

/** Values of a tensor on the host; strings are decoded. */
export type HostTensor =
  | { readonly shape: Shape; readonly dtype: DType; readonly data: TypedArray }
  | { readonly shape: Shape; readonly dtype: "string"; readonly data: readonly string[] };

/** Number of elements; refuses shapes that no memory holds. */
function countOf(name: string, dims: readonly number[]): number {
  let count = 1;
  for (const dim of dims) {
    if (!Number.isSafeInteger(dim) || dim < 0) throw broken(name, dims, `size ${dim} is no count`);
    count *= dim;
    if (count > 2 ** 31 - 1) throw broken(name, dims, "more than 2^31 - 1 elements");
  }
  return count;
}

function broken(name: string, dims: readonly number[], what: string): FormatError {
  return new FormatError(`onnx: cannot read tensor "${name}" of shape ${formatShape(dims)}: ${what}`);
}

/** The values of a tensor; `raw` stands for its bytes where they are in another file. */
export function readTensor(proto: TensorProto, raw: Uint8Array | undefined = proto.raw): HostTensor {
  const { name, dims } = proto;
  if (proto.segment !== undefined)
    throw new UnsupportedError(`onnx: cannot read tensor "${name}": it is one segment of a tensor`);
  const count = countOf(name, dims);
  if (proto.dataType === stringCode) {
    if (proto.strings.length !== count)
      throw broken(name, dims, `${proto.strings.length} strings are there, wanted ${count}`);
    const decoder = new TextDecoder();
    return { shape: dims, dtype: "string", data: proto.strings.map((text) => decoder.decode(text)) };
  }
  const dtype = dtypeOf(proto.dataType);
  const data = raw === undefined ? readListed(proto, dtype, count) : readRaw(name, dims, dtype, raw, count);
  return { shape: dims, dtype, data };
}

/** Bits of the dtypes that are packed several a byte, low bits first. */
export function packedBits(dtype: DType): number {
  if (dtype === "uint4" || dtype === "int4" || dtype === "float4_e2m1fn") return 4;
  return dtype === "uint2" || dtype === "int2" ? 2 : 0;
}

function readRaw(name: string, dims: Shape, dtype: DType, raw: Uint8Array, count: number): TypedArray {
  const bits = packedBits(dtype);
  const { bytes, array } = dtypes[dtype];
  const wanted = bits === 0 ? count * bytes : Math.ceil((count * bits) / 8);
  if (raw.length !== wanted) throw broken(name, dims, `${raw.length} bytes are there, wanted ${wanted} of ${dtype}`);
  if (bits !== 0) return unpack(raw, dtype, bits, count);
  if (raw.byteOffset % bytes === 0) return new array(raw.buffer, raw.byteOffset, count);
  return new array(new Uint8Array(raw).buffer, 0, count);
}

/**
 * Moves raw data back to where a typed array may begin, onto its own tag and length, which have been read: so weights need
 * no copy. Only for files whose bytes nobody else holds.
 */
export function alignRaw(proto: TensorProto): void {
  const { raw, dataType } = proto;
  const dtype = dtypeByCode[dataType];
  if (raw === undefined || dtype === undefined) return;
  const shift = raw.byteOffset % dtypes[dtype].bytes;
  // One byte of tag, and seven bits of the length a byte.
  const room = 1 + Math.ceil(Math.log2(raw.length + 1) / 7);
  if (shift === 0 || shift > room) return;
  const at = raw.byteOffset - shift;
  new Uint8Array(raw.buffer).copyWithin(at, raw.byteOffset, raw.byteOffset + raw.length);
  proto.raw = new Uint8Array(raw.buffer, at, raw.length);
}

function unpack(raw: Uint8Array, dtype: DType, bits: number, count: number): TypedArray {
  const values = new dtypes[dtype].array(count);
  const perByte = 8 / bits;
  const mask = (1 << bits) - 1;
  const signed = dtype === "int4" || dtype === "int2";
  for (let i = 0; i < count; i++) {
    const value = ((raw[Math.floor(i / perByte)] as number) >> ((i % perByte) * bits)) & mask;
    values[i] = signed && value >> (bits - 1) === 1 ? value - (1 << bits) : value;
  }
  return values;
}

function readListed(proto: TensorProto, dtype: DType, count: number): TypedArray {
  const { name, dims } = proto;
  const bits = packedBits(dtype);
  if (bits !== 0) {
    const wanted = Math.ceil((count * bits) / 8);
    // A packed list holds a byte an entry; some writers put one element in each.
    if (proto.int32s.length === wanted) return unpack(Uint8Array.from(proto.int32s), dtype, bits, count);
  }
  const list = listOf(proto, dtype);
  if (list.length !== count) throw broken(name, dims, `${list.length} values are there, wanted ${count} of ${dtype}`);
  const { array } = dtypes[dtype];
  if (dtype === "bool") return Uint8Array.from(list as number[], (value) => (value === 0 ? 0 : 1));
  return new array(list as ArrayLike<number>);
}

/** The list that the format prescribes for a dtype. */
function listOf(proto: TensorProto, dtype: DType): readonly (number | bigint)[] {
  if (dtype === "float32") return proto.floats;
  if (dtype === "float64") return proto.doubles;
  if (dtype === "int64") return proto.int64s;
  if (dtype === "uint64") return proto.uint64s;
  if (dtype === "uint32") return proto.uint64s.map(Number);
  return proto.int32s;
}
