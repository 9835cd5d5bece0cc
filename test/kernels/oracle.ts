/**
 * Elementwise programs in float64, one element at a time: what the map interpreter must compute. Integers of 64 bits stay
 * below 2^53 here.
 */
import type { Instruction, MapProgram, Operand } from "../../ts/compiler/kernel.ts";
import { type DType, dtypes, type TypedArray } from "../../ts/core/dtype.ts";
import type { Rounding } from "../../ts/core/small-float.ts";
import { held, load, store } from "../../ts/core/storage.ts";

const sign = (x: number): number => (x > 0 ? 1 : x < 0 ? -1 : x + 0);
const roundEven = (x: number): number => {
  const r = Math.round(x);
  return Math.abs(x - Math.trunc(x)) === 0.5 && r % 2 !== 0 ? r - 1 : r;
};
const pow = (a: number, b: number): number =>
  a === 1 ? 1 : a === -1 && Math.abs(b) === Number.POSITIVE_INFINITY ? 1 : a ** b;

/** a^b modulo 2³², b ≥ 0. */
function powModulo(a: number, b: number): number {
  const rest = (x: bigint): bigint => BigInt.asIntN(32, x);
  if (b === 0) return 1;
  const half = BigInt(powModulo(a, Math.floor(b / 2)));
  return Number(rest(half * half * (b % 2 === 1 ? BigInt(a) : 1n)));
}

const floatOps: Record<string, (...x: number[]) => number> = {
  add: (a, b) => a + b,
  sub: (a, b) => a - b,
  mul: (a, b) => a * b,
  div: (a, b) => a / b,
  pow,
  mod: (a, b) => {
    const r = a % b;
    return r !== 0 && r < 0 !== b < 0 ? r + b : r;
  },
  fmod: (a, b) => a % b,
  maximum: Math.max,
  minimum: Math.min,
  eq: (a, b) => Number(a === b),
  lt: (a, b) => Number(a < b),
  le: (a, b) => Number(a <= b),
  not: (a) => Number(a === 0),
  neg: (a) => -a,
  abs: Math.abs,
  sign,
  trunc: Math.trunc,
  floor: Math.floor,
  ceil: Math.ceil,
  round: roundEven,
  sqrt: Math.sqrt,
  exp: Math.exp,
  expm1: Math.expm1,
  log: Math.log,
  log1p: Math.log1p,
  sin: Math.sin,
  cos: Math.cos,
  tan: Math.tan,
  atan: Math.atan,
  tanh: Math.tanh,
  sigmoid: (a) => 1 / (1 + Math.exp(-a)),
};

const intOps: Record<string, (...x: number[]) => number> = {
  add: (a, b) => a + b,
  sub: (a, b) => a - b,
  mul: (a, b) => (Math.abs(a * b) > 2 ** 53 ? Math.imul(a, b) : a * b),
  div: (a, b) => (b === 0 ? 0 : Math.trunc(a / b)),
  pow: (a, b) => (b < 0 ? Math.trunc(a ** b) : powModulo(a, b)),
  mod: (a, b) => (b === 0 ? 0 : a - Math.floor(a / b) * b),
  fmod: (a, b) => (b === 0 ? 0 : a % b),
  invert: (a) => -1 - a,
  shiftLeft: (a, b) => (b < 64 ? a * 2 ** b : 0),
  shiftRight: (a, b) => Math.floor(a / 2 ** b),
  maximum: Math.max,
  minimum: Math.min,
  eq: (a, b) => Number(a === b),
  lt: (a, b) => Number(a < b),
  le: (a, b) => Number(a <= b),
  and: (a, b) => a & b,
  or: (a, b) => a | b,
  xor: (a, b) => a ^ b,
  not: (a) => Number(a === 0),
  neg: (a) => -a,
  abs: Math.abs,
  sign: Math.sign,
  floor: (a) => a,
  ceil: (a) => a,
  round: (a) => a,
  trunc: (a) => a,
  uniform: (a) => (a >>> 8) * 2 ** -24,
};

/** What is left of a float as an integer: toward 0, at most the greatest and at least the least of 32 bits or more. */
function whole(x: number, to: DType): number {
  const { bits, signed } = dtypes[to];
  const width = Math.max(32, bits);
  const [least, end] = signed || bits < 32 ? [-(2 ** (width - 1)), 2 ** (width - 1)] : [0, 2 ** width];
  // The greatest number below the end, which is the greatest integer rounded.
  return Math.trunc(Math.min(end - Math.max(1, end * 2 ** -53), Math.max(least, x))) || 0;
}

function apply({ op, dtype, args, attrs }: Instruction, values: readonly number[], dtypeOf: readonly DType[]): number {
  const x = args.map((arg) => values[arg] as number);
  const from = dtypeOf[args[0] as number] as DType;
  const isFloat = (each: DType) => dtypes[each].float;
  if (op === "where") return x[0] !== 0 ? (x[1] as number) : (x[2] as number);
  if (op === "bitcast") {
    const { array } = dtypes[dtype];
    return load(dtype, new array(store(from, x).buffer))[0] as number;
  }
  if (op === "cast") {
    const [value] = x as [number];
    return held(
      dtype,
      isFloat(from) && !isFloat(dtype) && dtype !== "bool" ? whole(value, dtype) : value,
      attrs as Rounding,
    );
  }
  const table = isFloat(from) ? floatOps : intOps;
  return held(dtype, (table[op] as (...x: number[]) => number)(...x));
}

export function offsetOf(operand: Operand, index: number): number {
  let offset = operand.offset;
  for (let d = operand.shape.length - 1; d >= 0; d--) {
    const extent = operand.shape[d] as number;
    offset += (index % extent) * (operand.strides[d] as number);
    index = Math.floor(index / extent);
  }
  return offset;
}

export const sizeOf = (shape: readonly number[]): number => shape.reduce((n, extent) => n * extent, 1);

/** All values of element `index` of a program: operands, then instructions. */
export function valuesAt(program: MapProgram, buffers: readonly TypedArray[], index: number): number[] {
  const dtypeOf: DType[] = [...program.inputs.map((x) => x.dtype), ...program.outputs.map((x) => x.to.dtype)];
  const values: number[] = program.inputs.map((x) => {
    const at = offsetOf(x, index);
    return load(x.dtype, (buffers[x.buffer] as TypedArray).subarray(at, at + 1))[0] as number;
  });
  for (const _ of program.outputs) values.push(Number.NaN);
  for (const instruction of program.instructions) {
    values.push(apply(instruction, values, dtypeOf));
    dtypeOf.push(instruction.dtype);
  }
  return values;
}

/** What the buffers hold after the program. */
export function runProgram(program: MapProgram, buffers: readonly TypedArray[]): TypedArray[] {
  const result = buffers.map((buffer) => buffer.slice());
  for (let i = 0; i < sizeOf(program.shape); i++) {
    const values = valuesAt(program, buffers, i);
    for (const { to, value } of program.outputs)
      (result[to.buffer] as TypedArray).set(
        store(to.dtype, [values[value] as number], { saturate: false }),
        offsetOf(to, i),
      );
  }
  return result;
}
