/**
 * Conversions in map programs: between lanes, and between lanes and the bits that small types are stored as.
 *
 * A value comes from memory as bits, filled up with zeros to a lane; `decode` gives what they mean and `encode` the way back.
 * Integers are stored by their low bits, so that they need no encoding.
 */
import * as code from "../../../assembly/opcodes.ts";
import { type DType, dtypes, type Lane } from "../../core/dtype.ts";
import { formats, isSmallFloat, overflow, type Rounding } from "../../core/small-float.ts";

/** One unary instruction, with the immediate words it takes. */
export interface Conversion {
  readonly opcode: number;
  readonly words?: readonly number[];
}

const only = (opcode: number): readonly Conversion[] => [{ opcode }];

/** The low `bits` bits of an integer, as a signed or an unsigned one. */
const wrap = (bits: number, signed: boolean): readonly Conversion[] => [
  { opcode: signed ? code.WRAP_SIGNED : code.WRAP_UNSIGNED, words: [32 - bits] },
];

/** What is left of an integer lane in a type of fewer bits. */
export function narrowed(dtype: DType): readonly Conversion[] {
  const { lane, bits, signed } = dtypes[dtype];
  return lane === "i32" && bits < 32 && dtype !== "bool" ? wrap(bits, signed) : [];
}

/** From bits as they are stored to lanes. */
export function decode(dtype: DType): readonly Conversion[] {
  const { bytes, lane, signed } = dtypes[dtype];
  if (lane === "i32" && signed && bytes < 4) return wrap(8 * bytes, true);
  if (!isSmallFloat(dtype)) return [];
  if (dtype === "bfloat16") return only(code.BFLOAT16_TO_FLOAT);
  if (dtype === "float8_e8m0fnu") return only(code.POWER_TO_FLOAT);
  const { greatest, infinity, nan, unsignedZero } = formats[dtype];
  const words = [place(dtype), greatest | (infinity << 16), unsignedZero ? nan : 0xffff];
  return [{ opcode: code.SMALL_TO_FLOAT, words }];
}

/** From lanes to bits as they are stored. */
export function encode(dtype: DType, { saturate = true, round = "up" }: Rounding = {}): readonly Conversion[] {
  if (!isSmallFloat(dtype)) return [];
  if (dtype === "bfloat16") return only(code.FLOAT_TO_BFLOAT16);
  if (dtype === "float8_e8m0fnu") {
    return [{ opcode: code.FLOAT_TO_POWER, words: [["down", "up", "nearest"].indexOf(round), saturate ? 1 : 0] }];
  }
  const { greatest, nan, unsignedZero } = formats[dtype];
  const words = [
    place(dtype) | (unsignedZero ? 1 << 24 : 0),
    greatest,
    nan | (overflow(formats[dtype], saturate) << 16),
  ];
  return [{ opcode: code.FLOAT_TO_SMALL, words }];
}

/** From a value's bits to those that a type of as many stores; a negative integer that was computed has more. */
export function stored(from: DType, dtype: DType): readonly Conversion[] {
  if (dtype === "bool") return toBool.i32;
  const { lane, signed, bits } = dtypes[from];
  if (lane === "i32" && signed && (bits === 8 || bits === 16)) return wrap(bits, false);
  return dtype === "float4_e2m1fn" ? wrap(4, false) : dtypes[dtype].bits < 8 ? narrowed(dtype) : [];
}

/** Where the parts of a small float lie: the first immediate word. */
function place(dtype: DType & keyof typeof formats): number {
  const { mantissa, bias, sign } = formats[dtype];
  return mantissa | (bias << 8) | (Math.log2(sign) << 16);
}

/** Whether every value of one integer type is one of the other. */
function holds(to: DType, from: DType): boolean {
  const [a, b] = [dtypes[from], dtypes[to]];
  return a.signed === b.signed ? a.bits <= b.bits : b.signed && a.bits < b.bits;
}

/** From lanes of one type to lanes of another; a small float has yet to be rounded by `encode`. */
export function cast(from: DType, to: DType): readonly Conversion[] {
  if (from === to) return [];
  const [a, b] = [dtypes[from], dtypes[to]];
  if (to === "bool") return toBool[a.lane];
  const conversions = lanes[a.lane][b.lane](from, to);
  const fits = !a.float && (holds(to, from) || b.float);
  return fits ? conversions : [...conversions, ...narrowed(to)];
}

/** x ≠ 0. A double negation on lanes of 8 bytes, the second on the low half. */
const toBool: { readonly [L in Lane]: readonly Conversion[] } = {
  f32: only(code.FLOAT_TO_BOOL),
  i32: only(code.INT_TO_BOOL),
  f64: [{ opcode: code.NOT_F64 }, { opcode: code.I64_TO_INT }, { opcode: code.NOT_INT }],
  i64: [{ opcode: code.NOT_I64 }, { opcode: code.I64_TO_INT }, { opcode: code.NOT_INT }],
};

type Path = (from: DType, to: DType) => readonly Conversion[];
const none: Path = () => [];
const widened: Path = (from) => only(from === "uint32" ? code.U32_TO_I64 : code.INT_TO_I64);
const unsignedFrom =
  (signed: number, unsigned: number): Path =>
  (from) =>
    only(dtypes[from].signed || dtypes[from].bits < 32 ? signed : unsigned);
const unsignedTo =
  (signed: number, unsigned: number): Path =>
  (_, to) =>
    only(dtypes[to].signed || dtypes[to].bits < 32 ? signed : unsigned);
const toDouble = unsignedFrom(code.I64_TO_F64, code.U64_TO_F64);
const toLong = unsignedTo(code.F64_TO_I64, code.F64_TO_U64);

/** The steps from lane to lane; floats become integers toward 0, at most the greatest and at least the least. */
const lanes: { readonly [From in Lane]: { readonly [To in Lane]: Path } } = {
  f32: {
    f32: none,
    i32: unsignedTo(code.FLOAT_TO_INT, code.FLOAT_TO_U32),
    f64: () => only(code.FLOAT_TO_F64),
    i64: (from, to) => [{ opcode: code.FLOAT_TO_F64 }, ...toLong(from, to)],
  },
  i32: {
    f32: unsignedFrom(code.INT_TO_FLOAT, code.U32_TO_FLOAT),
    i32: none,
    f64: (from, to) => [...widened(from, to), { opcode: code.I64_TO_F64 }],
    i64: widened,
  },
  f64: {
    f32: (_, to) => only(to === "float32" ? code.F64_TO_FLOAT : code.F64_TO_ODD),
    i32: unsignedTo(code.F64_TO_INT, code.F64_TO_U32),
    f64: none,
    i64: toLong,
  },
  i64: {
    f32: unsignedFrom(code.I64_TO_FLOAT, code.U64_TO_FLOAT),
    i32: () => only(code.I64_TO_INT),
    f64: toDouble,
    i64: none,
  },
};
