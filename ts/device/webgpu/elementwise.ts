/**
 * Elementwise instructions as WGSL expressions: one row an op. Functions are those of shaders/math.wgsl and
 * shaders/trigonometry.wgsl.
 *
 * Floats are f32 in registers, rounded to what their dtype has, everything else i32: uint8 as 0 … 255, bool as 0 or 1,
 * uint32 by its bits.
 */
import { type DType, dtypes } from "../../core/dtype.ts";
import type { Node } from "../../graph/node.ts";
import type { ElementwiseName } from "../../ops/elementwise.ts";
import { printDecode, printEncode, printLowBits, printRound } from "./register.ts";

/** A printed value and its type. */
export interface Value {
  readonly text: string;
  readonly dtype: DType;
}

type Print = (...args: string[]) => string;

/** The expression for float32 and the one for integers; null where the op has none. */
interface Row {
  readonly float: Print | null;
  readonly int: Print | null;
  /** Whether the result of smaller integers is the low bits of the int32 one. */
  readonly wraps?: boolean;
  /** Whether a float result needs no rounding where the arguments have none of theirs to lose. */
  readonly exact?: boolean;
}

const call =
  (name: string): Print =>
  (...args) =>
    `${name}(${args.join(", ")})`;
const between =
  (symbol: string): Print =>
  (a, b) =>
    `(${a} ${symbol} ${b})`;
const truth =
  (symbol: string): Print =>
  (a, b) =>
    `select(0, 1, ${a} ${symbol} ${b})`;
const same: Print = (a) => a as string;
/** Of numbers that count as unsigned, to bits or a truth. */
const unsigned =
  (print: Print): Print =>
  (...args) =>
    print(...args.map((arg) => `bitcast<u32>(${arg})`));
const bitsOf =
  (print: Print): Print =>
  (...args) =>
    `bitcast<i32>(${unsigned(print)(...args)})`;
const real = (name: string): Row => ({ float: call(name), int: null });

type Simple = Exclude<ElementwiseName, "cast" | "bitcast" | "where">;

const rows: { readonly [N in Simple]: Row } = {
  add: { float: between("+"), int: between("+"), wraps: true },
  sub: { float: between("-"), int: between("-"), wraps: true },
  mul: { float: between("*"), int: between("*"), wraps: true },
  div: { float: between("/"), int: call("divide_int"), wraps: true },
  pow: { float: call("powf"), int: call("power_int"), wraps: true },
  mod: { float: call("modulo"), int: call("modulo_int") },
  fmod: {
    float: (a, b) => `(select(1.0, -1.0, ${a} < 0.0) * modulo(abs(${a}), abs(${b})))`,
    int: (a, b) => `select(0, ${a} - divide_int(${a}, ${b}) * ${b}, ${b} != 0)`,
    exact: true,
  },
  maximum: { float: call("maximum"), int: call("max"), exact: true },
  minimum: { float: call("minimum"), int: call("min"), exact: true },

  eq: { float: call("equal"), int: truth("==") },
  lt: { float: call("less"), int: truth("<") },
  le: { float: call("less_equal"), int: truth("<=") },
  and: { float: null, int: between("&") },
  or: { float: null, int: between("|") },
  xor: { float: null, int: between("^") },
  invert: { float: null, int: (a) => `(~${a})`, wraps: true },
  shiftLeft: {
    float: null,
    int: (a, b) => `select(0, ${a} << (u32(${b}) & 31u), u32(${b}) < 32u)`,
    wraps: true,
  },
  shiftRight: { float: null, int: (a, b) => `(${a} >> min(u32(${b}), 31u))` },
  not: { float: (a) => `select(0, 1, is_zero(${a}))`, int: (a) => `select(0, 1, ${a} == 0)` },

  neg: { float: (a) => `(-${a})`, int: (a) => `(-${a})`, wraps: true, exact: true },
  abs: { float: call("abs"), int: call("abs"), wraps: true, exact: true },
  sign: { float: call("signf"), int: call("sign"), exact: true },
  floor: { float: call("floor"), int: same, exact: true },
  ceil: { float: call("ceil"), int: same, exact: true },
  round: { float: call("round"), int: same, exact: true },
  trunc: { float: call("trunc"), int: same, exact: true },
  sqrt: real("sqrt"),
  exp: real("expf"),
  expm1: real("expm1f"),
  log: real("logf"),
  log1p: real("log1pf"),
  sin: real("sinf"),
  cos: real("cosf"),
  tan: real("tanf"),
  atan: real("atanf"),
  tanh: real("tanhf"),
  erf: real("erff"),
  sigmoid: real("sigmoidf"),
  uniform: { float: null, int: (a) => `(f32(bitcast<u32>(${a}) >> 8u) * 5.9604645e-8)` },
};

/** Rows of uint32 that differ from those of the other integers. */
const unsignedRows: { readonly [N in Simple]?: Print } = {
  div: bitsOf((a, b) => `select(${a} / ${b}, 0u, ${b} == 0u)`),
  mod: bitsOf((a, b) => `select(${a} % ${b}, 0u, ${b} == 0u)`),
  fmod: bitsOf((a, b) => `select(${a} % ${b}, 0u, ${b} == 0u)`),
  pow: call("power_unsigned"),
  maximum: bitsOf(call("max")),
  minimum: bitsOf(call("min")),
  lt: unsigned(truth("<")),
  le: unsigned(truth("<=")),
  shiftRight: bitsOf((a, b) => `select(${a} >> (${b} & 31u), 0u, ${b} > 31u)`),
  abs: same,
  sign: (a) => `select(0, 1, ${a} != 0)`,
};

const written: ReadonlySet<string> = new Set(["cast", "bitcast", "where"]);

/** The expression of an op for arguments of a type. */
function printOf(op: string, dtype: DType): Print | null {
  const row = rows[op as Simple] as Row | undefined;
  if (dtypes[dtype].float) return row?.float ?? null;
  return (dtype === "uint32" ? unsignedRows[op as Simple] : null) ?? row?.int ?? null;
}

/** Whether there is an expression for an elementwise node, whose dtypes the device holds. */
export function hasElementwise({ op, inputs: [a] }: Node): boolean {
  return written.has(op.name) || (a !== undefined && printOf(op.name, a.dtype) !== null);
}

/** The expression of an op on printed values. A cast takes its rounding from `attrs`. */
export function printElementwise(
  op: string,
  args: readonly Value[],
  dtype: DType,
  attrs: Readonly<Record<string, unknown>> = {},
): string {
  const [a, b, c] = args as readonly [Value, Value, Value];
  if (op === "cast") return printCast(a, dtype, attrs["saturate"] !== false);
  if (op === "bitcast") return printBitcast(a, dtype);
  if (op === "where") return `select(${c.text}, ${b.text}, ${isTrue(a)})`;
  const row = rows[op as Simple] as Row | undefined;
  const print = printOf(op, a.dtype);
  if (print === null) {
    throw new Error(`map: cannot compute ${op} of ${a.dtype}: the webgpu device has no such instruction`);
  }
  const text = print(...args.map((arg) => arg.text));
  if (dtypes[dtype].float) return row?.exact === true ? text : printRound(text, dtype);
  return row?.wraps === true ? printLowBits(text, dtype) : text;
}

/** Whether a value is not 0, as WGSL's bool. */
const isTrue = ({ text, dtype }: Value): string => (dtypes[dtype].float ? `!is_zero(${text})` : `(${text} != 0)`);

/** Types of one size; bool is stored as a byte. */
function printBitcast({ text, dtype: from }: Value, to: DType): string {
  return dtypes[from].float === dtypes[to].float && dtypes[from].signed === dtypes[to].signed
    ? text
    : printDecode(printEncode(text, from), to);
}

function printCast(x: Value, to: DType, saturate: boolean): string {
  const { text, dtype: from } = x;
  if (from === to) return text;
  if (to === "bool") return `select(0, 1, ${isTrue(x)})`;
  const [a, b] = [dtypes[from], dtypes[to]];
  const number = from === "uint32" ? `f32(bitcast<u32>(${text}))` : `f32(${text})`;
  if (b.float) return printRound(a.float ? text : number, to, saturate);
  if (a.float && to === "uint32") return `to_unsigned(${text})`;
  if (a.float) return printLowBits(`to_int(${text})`, to);
  const holdsAll = a.signed === b.signed ? a.bits <= b.bits : b.signed && a.bits < b.bits;
  return holdsAll ? text : printLowBits(text, to);
}
