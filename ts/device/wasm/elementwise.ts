/** Elementwise instructions for the map interpreter: opcodes by dtype, steps fused, temporaries by liveness. */
import * as code from "../../../assembly/opcodes.ts";
import type { MapProgram } from "../../compiler/kernel.ts";
import { type DType, dtypes } from "../../core/dtype.ts";

/** Opcode on float32 and on integer lanes; null where the op keeps integers as they are. */
const opcodes: Readonly<Record<string, readonly [float: number | undefined, int: number | null | undefined]>> = {
  add: [code.ADD, code.ADD_INT],
  sub: [code.SUB, code.SUB_INT],
  mul: [code.MUL, code.MUL_INT],
  div: [code.DIV, code.DIV_INT],
  pow: [code.POW, code.POW_INT],
  mod: [code.MOD, code.MOD_INT],
  maximum: [code.MAXIMUM, code.MAXIMUM_INT],
  minimum: [code.MINIMUM, code.MINIMUM_INT],
  eq: [code.EQ, code.EQ_INT],
  lt: [code.LT, code.LT_INT],
  le: [code.LE, code.LE_INT],
  and: [undefined, code.AND],
  or: [undefined, code.OR],
  xor: [undefined, code.XOR],
  not: [code.NOT, code.NOT_INT],
  neg: [code.NEG, code.NEG_INT],
  abs: [code.ABS, code.ABS_INT],
  sign: [code.SIGN, code.SIGN_INT],
  floor: [code.FLOOR, null],
  ceil: [code.CEIL, null],
  round: [code.ROUND, null],
  sqrt: [code.SQRT, undefined],
  exp: [code.EXP, undefined],
  expm1: [code.EXPM1, undefined],
  log: [code.LOG, undefined],
  log1p: [code.LOG1P, undefined],
  sin: [code.SIN, undefined],
  cos: [code.COS, undefined],
  tan: [code.TAN, undefined],
  atan: [code.ATAN, undefined],
  tanh: [code.TANH, undefined],
  erf: [code.ERF, undefined],
  sigmoid: [code.SIGMOID, undefined],
  mulAdd: [code.MUL_ADD, undefined],
  uniform: [undefined, code.UNIFORM],
};

/** Ops whose uint8 result is the low 8 bits of the int32 one. */
const wrapping: ReadonlySet<string> = new Set(["add", "sub", "mul", "neg", "pow"]);

/** A step in terms of values: operands by number, steps by the number they define. */
export interface Step {
  opcode: number;
  readonly args: number[];
  readonly id: number;
}

export interface Steps {
  readonly steps: readonly Step[];
  /** The value that each output (or the result) takes. */
  readonly taken: readonly number[];
}

/** Opcode that turns `from` into `to`; null where the lanes are the same. */
function castOpcode(from: DType, to: DType): number | null {
  if (from === to) return null;
  if (dtypes[to].float) return code.INT_TO_FLOAT;
  if (to === "bool") return dtypes[from].float ? code.FLOAT_TO_BOOL : code.INT_TO_BOOL;
  if (dtypes[from].float) return to === "uint8" ? code.FLOAT_TO_UINT8 : code.FLOAT_TO_INT;
  return to === "uint8" && from === "int32" ? code.WRAP_UINT8 : null;
}

/** Chooses opcodes, drops what nobody takes, and fuses steps. `wanted` are value numbers of the program. */
export function translate(program: MapProgram, wanted: readonly number[]): Steps {
  const operands = program.inputs.length + program.outputs.length;
  const dtypeOf: DType[] = [...program.inputs.map((x) => x.dtype), ...program.outputs.map((x) => x.to.dtype)];
  const alias: number[] = Array.from({ length: operands }, (_, i) => i);
  const steps: Step[] = [];
  let next = operands + program.instructions.length;
  const emit = (opcode: number, args: number[], id: number): number => {
    steps.push({ opcode, args, id });
    return id;
  };
  program.instructions.forEach(({ op, dtype, args }, i) => {
    const id = operands + i;
    const values = args.map((arg) => alias[arg] as number);
    const from = dtypeOf[args[0] as number] as DType;
    dtypeOf.push(dtype);
    if (op === "where") {
      if (dtypes[from].float) values[0] = emit(code.FLOAT_TO_BOOL, [values[0] as number], next++);
      alias.push(emit(code.WHERE, values, id));
      return;
    }
    const opcode = op === "cast" ? castOpcode(from, dtype) : opcodes[op]?.[dtypes[from].float ? 0 : 1];
    if (opcode === undefined)
      throw new Error(`map: cannot compute ${op} of ${from}: the wasm device has no such instruction`);
    if (opcode === null) alias.push(values[0] as number);
    else if (dtype === "uint8" && wrapping.has(op))
      alias.push(emit(code.WRAP_UINT8, [emit(opcode, values, next++)], id));
    else alias.push(emit(opcode, values, id));
  });
  const taken = wanted.map((value) => alias[value] as number);
  return { steps: fuse(prune(steps, taken), taken), taken };
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
];

/** Joins steps by the rules where the one taken in has no other use. */
function fuse(steps: readonly Step[], taken: readonly number[]): Step[] {
  const uses = new Map<number, number>();
  for (const value of [...steps.flatMap((step) => step.args), ...taken]) uses.set(value, (uses.get(value) ?? 0) + 1);
  const made = new Map<number, Step>();
  const gone = new Set<number>();
  const join = (step: Step): Step => {
    for (const rule of rules) {
      const other = rule.of === step.opcode ? made.get(step.args[rule.at] as number) : undefined;
      if (other?.opcode !== rule.takes || uses.get(other.id) !== 1) continue;
      gone.add(other.id);
      return join({ opcode: rule.gives, args: rule.args(step.args, other.args) as number[], id: step.id });
    }
    return step;
  };
  for (const step of steps) made.set(step.id, join(step));
  return [...made.values()].filter((step) => !gone.has(step.id));
}
