/** Elementwise instructions for the map interpreter: opcodes by dtype, steps fused. */
import * as code from "../../../assembly/opcodes.ts";
import type { Instruction, MapProgram } from "../../compiler/kernel.ts";
import { type DType, dtypes } from "../../core/dtype.ts";
import { isSmallFloat, type Rounding } from "../../core/small-float.ts";
import { type Conversion, cast, decode, encode, narrowed, stored } from "./convert.ts";

type Opcode = number | null | undefined;

/** Opcodes on lanes of float32, int32, float64 and int64; null where the op keeps its argument as it is. */
type Row = readonly [f32: Opcode, i32: Opcode, f64: Opcode, i64: Opcode];

const real = (f32: number, f64: number): Row => [f32, undefined, f64, undefined];

const opcodes: Readonly<Record<string, Row>> = {
  add: [code.ADD, code.ADD_INT, code.ADD_F64, code.ADD_I64],
  sub: [code.SUB, code.SUB_INT, code.SUB_F64, code.SUB_I64],
  mul: [code.MUL, code.MUL_INT, code.MUL_F64, code.MUL_I64],
  div: [code.DIV, code.DIV_INT, code.DIV_F64, code.DIV_I64],
  pow: [code.POW, code.POW_INT, code.POW_F64, code.POW_I64],
  mod: [code.MOD, code.MOD_INT, code.MOD_F64, code.MOD_I64],
  fmod: [code.FMOD, code.FMOD_INT, code.FMOD_F64, code.FMOD_I64],
  maximum: [code.MAXIMUM, code.MAXIMUM_INT, code.MAXIMUM_F64, code.MAXIMUM_I64],
  minimum: [code.MINIMUM, code.MINIMUM_INT, code.MINIMUM_F64, code.MINIMUM_I64],
  eq: [code.EQ, code.EQ_INT, code.EQ_F64, code.EQ_I64],
  lt: [code.LT, code.LT_INT, code.LT_F64, code.LT_I64],
  le: [code.LE, code.LE_INT, code.LE_F64, code.LE_I64],
  and: [undefined, code.AND, undefined, code.AND_WIDE],
  or: [undefined, code.OR, undefined, code.OR_WIDE],
  xor: [undefined, code.XOR, undefined, code.XOR_WIDE],
  invert: [undefined, code.INVERT, undefined, code.INVERT_WIDE],
  shiftLeft: [undefined, code.SHIFT_LEFT_INT, undefined, code.SHIFT_LEFT_I64],
  shiftRight: [undefined, code.SHIFT_RIGHT_INT, undefined, code.SHIFT_RIGHT_I64],
  not: [code.NOT, code.NOT_INT, code.NOT_F64, code.NOT_I64],
  neg: [code.NEG, code.NEG_INT, code.NEG_F64, code.NEG_I64],
  abs: [code.ABS, code.ABS_INT, code.ABS_F64, code.ABS_I64],
  sign: [code.SIGN, code.SIGN_INT, code.SIGN_F64, code.SIGN_I64],
  floor: [code.FLOOR, null, code.FLOOR_F64, null],
  ceil: [code.CEIL, null, code.CEIL_F64, null],
  round: [code.ROUND, null, code.ROUND_F64, null],
  trunc: [code.TRUNC, null, code.TRUNC_F64, null],
  sqrt: real(code.SQRT, code.SQRT_F64),
  exp: real(code.EXP, code.EXP_F64),
  expm1: real(code.EXPM1, code.EXPM1_F64),
  log: real(code.LOG, code.LOG_F64),
  log1p: real(code.LOG1P, code.LOG1P_F64),
  sin: real(code.SIN, code.SIN_F64),
  cos: real(code.COS, code.COS_F64),
  tan: real(code.TAN, code.TAN_F64),
  atan: real(code.ATAN, code.ATAN_F64),
  tanh: real(code.TANH, code.TANH_F64),
  erf: real(code.ERF, code.ERF_F64),
  sigmoid: real(code.SIGMOID, code.SIGMOID_F64),
  uniform: [undefined, code.UNIFORM, undefined, undefined],
};

/** Opcodes on unsigned lanes where they differ: uint32 and uint64. Smaller types are never negative in their lanes. */
const unsigned: Readonly<Record<string, readonly [u32: Opcode, u64: Opcode]>> = {
  div: [code.DIV_U32, code.DIV_U64],
  pow: [code.POW_U32, code.POW_U64],
  mod: [code.MOD_U32, code.MOD_U64],
  fmod: [code.MOD_U32, code.MOD_U64],
  maximum: [code.MAXIMUM_U32, code.MAXIMUM_U64],
  minimum: [code.MINIMUM_U32, code.MINIMUM_U64],
  lt: [code.LT_U32, code.LT_U64],
  le: [code.LE_U32, code.LE_U64],
  shiftRight: [code.SHIFT_RIGHT_U32, code.SHIFT_RIGHT_U64],
  abs: [null, null],
  sign: [undefined, undefined],
};

/** Ops whose result in a small integer type is the low bits of the int32 one, and those exact in every float that has a sign. */
const wrapping: ReadonlySet<string> = new Set(["add", "sub", "mul", "neg", "pow", "invert", "shiftLeft", "div", "abs"]);
const exact: ReadonlySet<string> = new Set([
  ...["maximum", "minimum", "neg", "abs", "sign", "floor", "ceil", "round", "trunc", "fmod", "where"],
]);

function opcodeOf(op: string, dtype: DType): Opcode {
  const { lane, signed, bits } = dtypes[dtype];
  if (!signed && bits >= 32) {
    const row = unsigned[op];
    if (row !== undefined) return row[bits === 32 ? 0 : 1];
  }
  return opcodes[op]?.[(["f32", "i32", "f64", "i64"] as const).indexOf(lane)];
}

/** A step in terms of values: operands by number, steps by the number they define. */
export interface Step {
  opcode: number;
  readonly args: number[];
  readonly id: number;
  /** Immediate words, behind the arguments. */
  readonly words?: readonly number[];
}

export interface Steps {
  readonly steps: readonly Step[];
  /** The value that each output (or the result) takes. */
  readonly taken: readonly number[];
}

/** A value of the program: where its lanes are, and where its bits as they are stored, once somebody has asked for them. */
interface Place {
  readonly dtype: DType;
  lanes: number | null;
  bits: number | null;
}

/**
 * Chooses opcodes, drops what nobody takes, and fuses steps. `wanted` are value numbers of the program; what is stored is
 * taken as bits, a result that is only evaluated as lanes.
 */
export function translate(program: MapProgram, wanted: readonly number[], asBits = true): Steps {
  const writer = new StepWriter(program);
  for (const instruction of program.instructions) writer.write(instruction);
  const taken = wanted.map((value) => (asBits ? writer.bits(value) : writer.lanes(value)));
  return { steps: fuse(prune(writer.steps, taken), taken), taken };
}

class StepWriter {
  readonly steps: Step[] = [];
  readonly #places: Place[];
  #next: number;

  constructor({ inputs, outputs }: MapProgram) {
    const dtypesOf = [...inputs.map((x) => x.dtype), ...outputs.map((x) => x.to.dtype)];
    this.#places = dtypesOf.map((dtype, i) => ({ dtype, lanes: null, bits: i }));
    this.#next = this.#places.length;
  }

  /** Steps that compute with a value read its lanes. */
  lanes(value: number): number {
    const place = this.#places[value] as Place;
    place.lanes ??= this.#convert(place.bits as number, decode(place.dtype));
    return place.lanes;
  }

  /** What is stored is bits. */
  bits(value: number): number {
    const place = this.#places[value] as Place;
    place.bits ??= this.#convert(place.lanes as number, encode(place.dtype));
    return place.bits;
  }

  write({ op, dtype, args, attrs }: Instruction): void {
    const from = (this.#places[args[0] as number] as Place).dtype;
    if (op === "bitcast") {
      this.#places.push({ dtype, lanes: null, bits: this.#convert(this.bits(args[0] as number), stored(from, dtype)) });
    } else if (op === "cast") {
      const lanes = this.#convert(this.lanes(args[0] as number), cast(from, dtype));
      this.#round(dtype, lanes, from === dtype, attrs);
    } else {
      const lanes = op === "where" ? this.#where(dtype, args) : this.#compute(op, from, dtype, args);
      this.#round(dtype, lanes, exact.has(op) && dtypes[dtype].signed);
    }
  }

  /** Adds a value, rounded to what its dtype can hold. */
  #round(dtype: DType, lanes: number, isExact: boolean, rounding?: Rounding): void {
    if (!isSmallFloat(dtype) || isExact) this.#places.push({ dtype, lanes, bits: isSmallFloat(dtype) ? null : lanes });
    else this.#places.push({ dtype, lanes: null, bits: this.#convert(lanes, encode(dtype, rounding)) });
  }

  #where(dtype: DType, [c, a, b]: readonly number[]): number {
    const condition = this.#places[c as number] as Place;
    const truth = this.#convert(this.lanes(c as number), cast(condition.dtype, "bool"));
    const isWide = dtypes[dtype].bytes === 8;
    const mask = isWide ? this.#emit(code.INT_TO_I64, [truth]) : truth;
    return this.#emit(isWide ? code.WHERE_WIDE : code.WHERE, [mask, this.lanes(a as number), this.lanes(b as number)]);
  }

  #compute(op: string, from: DType, dtype: DType, args: readonly number[]): number {
    const opcode = opcodeOf(op, from);
    if (opcode === undefined)
      throw new Error(`map: cannot compute ${op} of ${from}: the wasm device has no such instruction`);
    const values = args.map((arg) => this.lanes(arg));
    if (opcode === null) return values[0] as number;
    const result = this.#emit(opcode, values);
    // Comparisons of lanes of 8 bytes have their result there.
    if (dtype === "bool" && dtypes[from].bytes === 8) return this.#emit(code.I64_TO_INT, [result]);
    return wrapping.has(op) ? this.#convert(result, narrowed(dtype)) : result;
  }

  #convert(value: number, conversions: readonly Conversion[]): number {
    let at = value;
    for (const { opcode, words } of conversions) at = this.#emit(opcode, [at], words);
    return at;
  }

  #emit(opcode: number, args: number[], words?: readonly number[]): number {
    const id = this.#next++;
    this.steps.push(words === undefined ? { opcode, args, id } : { opcode, args, id, words });
    return id;
  }
}

/** The steps that lead to what is taken. */
function prune(steps: readonly Step[], taken: readonly number[]): Step[] {
  const live = new Set(taken);
  const kept: Step[] = [];
  for (let i = steps.length - 1; i >= 0; i--) {
    const step = steps[i] as Step;
    if (!live.has(step.id)) continue;
    for (const arg of step.args) live.add(arg);
    kept.push(step);
  }
  return kept.reverse();
}

/** A step that takes in another: `of` the step, its argument `at`, the other's opcode, and the two's arguments together. */
interface Rule {
  readonly of: number;
  readonly at: number;
  readonly takes: number;
  readonly gives: number;
  args(step: readonly number[], taken: readonly number[]): readonly (number | undefined)[];
}

/** Two steps that round as one instruction does, so that a block is walked once less. */
const rules: readonly Rule[] = [
  { of: code.ADD, at: 0, takes: code.MUL, gives: code.MUL_ADD, args: ([, c], ab) => [...ab, c] },
  { of: code.ADD, at: 1, takes: code.MUL, gives: code.MUL_ADD, args: ([c], ab) => [...ab, c] },
  { of: code.SUB, at: 1, takes: code.MUL, gives: code.NEG_MUL_ADD, args: ([c], ab) => [...ab, c] },
  { of: code.MUL_ADD, at: 2, takes: code.MUL, gives: code.MUL_ADD_MUL, args: ([a, b], cd) => [a, b, ...cd] },
  { of: code.MUL_ADD, at: 0, takes: code.SQRT, gives: code.SQRT_MUL_ADD, args: ([, b, c], [a]) => [a, b, c] },
  { of: code.MUL_ADD, at: 1, takes: code.SQRT, gives: code.SQRT_MUL_ADD, args: ([b, , c], [a]) => [a, b, c] },
  { of: code.NEG_MUL_ADD, at: 0, takes: code.DIV, gives: code.DIV_MUL_SUB, args: ([, c, d], ab) => [...ab, c, d] },
  { of: code.NEG_MUL_ADD, at: 1, takes: code.DIV, gives: code.DIV_MUL_SUB, args: ([c, , d], ab) => [...ab, c, d] },
  { of: code.MAXIMUM, at: 0, takes: code.ADD, gives: code.ADD_MAXIMUM, args: ([, c], ab) => [...ab, c] },
  { of: code.MAXIMUM, at: 0, takes: code.MUL_ADD, gives: code.MUL_ADD_MAXIMUM, args: ([, d], abc) => [...abc, d] },
  { of: code.MINIMUM, at: 0, takes: code.MAXIMUM, gives: code.CLAMP, args: ([, c], ab) => [...ab, c] },
  { of: code.MINIMUM, at: 0, takes: code.ADD_MAXIMUM, gives: code.ADD_CLAMP, args: ([, d], abc) => [...abc, d] },
  { of: code.DIV, at: 0, takes: code.MUL, gives: code.MUL_DIV, args: ([, c], ab) => [...ab, c] },
];

/** Joins steps by the rules where the one taken in has no other use. */
function fuse(steps: readonly Step[], taken: readonly number[]): Step[] {
  const uses = new Map<number, number>();
  for (const value of [...steps.flatMap((step) => step.args), ...taken]) uses.set(value, (uses.get(value) ?? 0) + 1);
  const made = new Map<number, Step>();
  const gone = new Set<number>();
  const only = (id: number, opcode: number): Step | undefined => {
    const step = made.get(id);
    return step?.opcode === opcode && uses.get(id) === 1 ? step : undefined;
  };
  /** a < c ? a b : a */
  const leaky = (step: Step): Step => {
    const [condition, product, a] = step.args as [number, number, number];
    const less = only(condition, code.LT);
    const scaled = only(product, code.MUL);
    if (less?.args[0] !== a || !scaled?.args.includes(a)) return step;
    const b = scaled.args[scaled.args[0] === a ? 1 : 0] as number;
    gone.add(less.id).add(scaled.id);
    return { opcode: code.LEAKY, args: [a, b, less.args[1] as number], id: step.id };
  };
  const join = (step: Step): Step => {
    if (step.opcode === code.WHERE) return leaky(step);
    for (const rule of rules) {
      const other = rule.of === step.opcode ? only(step.args[rule.at] as number, rule.takes) : undefined;
      if (other === undefined) continue;
      gone.add(other.id);
      return join({ opcode: rule.gives, args: rule.args(step.args, other.args) as number[], id: step.id });
    }
    return step;
  };
  for (const step of steps) made.set(step.id, join(step));
  return [...made.values()].filter((step) => !gone.has(step.id));
}
