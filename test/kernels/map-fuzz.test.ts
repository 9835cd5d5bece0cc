/** Random programs over random views, whole and reduced, against the oracle: what no list of cases thinks of. */
import { describe, test } from "vitest";
import type { Instruction, MapProgram, Operand } from "../../ts/compiler/kernel.ts";
import { type DType, dtypes, type TypedArray } from "../../ts/core/dtype.ts";
import { store } from "../../ts/core/storage.ts";
import { lowerMap } from "../../ts/device/wasm/map.ts";
import { lowerReduce } from "../../ts/device/wasm/reduce.ts";
import { array, builds, operand, runKernel } from "./harness.ts";
import { runProgram, sizeOf, valuesAt } from "./oracle.ts";

const PROGRAMS = Number(process.env["HEBB_FUZZ"] ?? 150);
/** Bytes of the buffers that views are cut from, and the longest iteration space. */
const LENGTH = 6000;

class Dice {
  #state: number;

  constructor(seed: number) {
    this.#state = Math.imul(seed + 1, 0x9e3779b1) | 1;
  }

  /** A whole number below `n`. */
  below(n: number): number {
    this.#state ^= this.#state << 13;
    this.#state ^= this.#state >>> 17;
    this.#state ^= this.#state << 5;
    return (this.#state >>> 0) % n;
  }

  pick<T>(list: readonly T[]): T {
    return list[this.below(list.length)] as T;
  }
}

/** All but the types whose numbers, below 0, would be too great for float32 arithmetic to be exact. */
const all: readonly DType[] = (Object.keys(dtypes) as DType[]).filter(
  (dtype) => dtype !== "uint32" && dtype !== "uint64",
);
/** What reductions take as it is. */
const reducible = all.filter((dtype) => {
  const { float, bits } = dtypes[dtype];
  return float ? bits >= 32 : bits >= 8 || dtype === "bool";
});

/** Small whole numbers, so that float32 arithmetic on them is exact and builds agree. */
function fill(dice: Dice, dtype: DType): TypedArray {
  const [count, least] =
    dtype === "bool" ? [2, 0] : dtype === "uint8" ? [256, 0] : [33, dtypes[dtype].signed ? -16 : 0];
  return store(
    dtype,
    Array.from({ length: LENGTH }, () => dice.below(count) + least),
  );
}

function randomShape(dice: Dice): number[] {
  const rank = dice.below(5);
  const shape = Array.from({ length: rank }, () => 1 + dice.pick([dice.below(4), dice.below(20), dice.below(700)]));
  while (sizeOf(shape) > 4000) shape[dice.below(rank)] = 1 + dice.below(3);
  return shape;
}

/** A linear, repeated, permuted, stepped or flipped window that stays inside its buffer. */
function randomView(dice: Dice, buffer: number, shape: readonly number[], dtype: DType): Operand {
  const linear = operand(buffer, shape, dtype);
  const style = dice.below(5);
  if (style === 0) return { ...linear, offset: dice.below(9) };
  const order = shape.map((_, d) => d);
  if (style >= 2) order.sort(() => dice.below(3) - 1);
  const strides = new Array<number>(shape.length).fill(0);
  let stride = 1;
  let offset = dice.below(5);
  for (const d of order.reverse()) {
    const extent = shape[d] as number;
    if (dice.below(4) === 0 && style !== 2) continue;
    const step = style === 4 && stride * extent * 2 < LENGTH / 4 ? 2 : 1;
    const flipped = dice.below(5) === 0;
    strides[d] = (flipped ? -1 : 1) * stride * step;
    if (flipped) offset += stride * step * (extent - 1);
    stride *= extent * step;
  }
  return stride + 5 > LENGTH ? linear : { buffer, dtype, offset, shape, strides };
}

const arithmetic = ["add", "sub", "mul", "maximum", "minimum"];
const compare = ["eq", "lt", "le"];

/** A step on values that exist, keeping magnitudes small. */
function randomStep(dice: Dice, dtypeOf: readonly DType[], usable: readonly number[]): Instruction {
  const a = dice.pick(usable);
  const dtype = dtypeOf[a] as DType;
  const mates = usable.filter((value) => dtypeOf[value] === dtype);
  const b = dice.pick(mates);
  switch (dice.below(6)) {
    case 0:
      return { op: dice.pick(compare), dtype: "bool", args: [a, b] };
    case 1:
      return { op: "cast", dtype: dice.pick(all), args: [a] };
    case 2: {
      const conditions = usable.filter((value) => dtypeOf[value] === "bool");
      if (conditions.length > 0) return { op: "where", dtype, args: [dice.pick(conditions), a, b] };
      return { op: "not", dtype: "bool", args: [a] };
    }
    case 3:
      if (dtype === "bool") return { op: "not", dtype, args: [a] };
      return { op: dice.pick(["neg", "abs", "sign", "floor"]), dtype, args: [a] };
    default:
      if (dtype === "bool") return { op: dice.pick(["and", "or", "xor"]), dtype, args: [a, b] };
      return { op: dice.pick(arithmetic), dtype, args: [a, b] };
  }
}

interface Random {
  program: MapProgram;
  buffers: TypedArray[];
  dtypeOf: DType[];
}

function randomProgram(dice: Dice, outputs: number, shape = randomShape(dice)): Random {
  const inputs: Operand[] = [];
  const buffers: TypedArray[] = [];
  for (let i = 0; i <= dice.below(4); i++) {
    const dtype = dice.pick([...all, "float32", "float32"] as DType[]);
    inputs.push(randomView(dice, i, shape, dtype));
    buffers.push(fill(dice, dtype));
  }
  const operands = inputs.length + outputs;
  const dtypeOf: DType[] = [...inputs.map((x) => x.dtype), ...new Array<DType>(outputs).fill("float32")];
  const usable = inputs.map((_, i) => i);
  const instructions: Instruction[] = [];
  for (let i = dice.below(9); i > 0; i--) {
    const step = randomStep(dice, dtypeOf, usable);
    // A second factor of the product would soon leave the integers that float32 holds.
    if (step.op === "mul" && step.args.some((arg) => arg >= inputs.length)) continue;
    usable.push(operands + instructions.length);
    instructions.push(step);
    dtypeOf.push(step.dtype);
  }
  const to = Array.from({ length: outputs }, (_, i) => {
    const value = dice.pick(usable.slice(-3));
    const dtype = dtypeOf[value] as DType;
    const target = { ...operand(buffers.length, shape, dtype), offset: dice.below(3) };
    buffers.push(fill(dice, dtype));
    dtypeOf[inputs.length + i] = dtype;
    return { to: target, value };
  });
  return { program: { shape, inputs, outputs: to, instructions }, buffers, dtypeOf };
}

/** Runs `body`; what it throws names the program. */
function naming(what: string, body: () => void): void {
  try {
    body();
  } catch (error) {
    throw new Error(`${what}: ${(error as Error).message}`);
  }
}

function compareBuffers(got: readonly TypedArray[], want: readonly TypedArray[]): void {
  want.forEach((expected, b) => {
    const at = expected.findIndex((x, i) => x !== got[b]?.[i] && !(Number.isNaN(x) && Number.isNaN(got[b]?.[i])));
    if (at >= 0) throw new Error(`buffer ${b}, element ${at}: ${got[b]?.[at]}, wanted ${expected[at]}`);
  });
}

describe.each(builds)("on the $name build", (build) => {
  test(`${PROGRAMS} random maps`, () => {
    for (let seed = 0; seed < PROGRAMS; seed++) {
      const dice = new Dice(seed);
      const { program, buffers } = randomProgram(dice, 1 + dice.below(3));
      naming(`seed ${seed}, ${JSON.stringify(program)}`, () => {
        const got = runKernel(build, buffers, (out) => lowerMap({ kind: "map", programs: [program] }, out));
        compareBuffers(got, runProgram(program, buffers));
      });
    }
  });

  test(`${PROGRAMS} random reductions`, () => {
    for (let seed = 0; seed < PROGRAMS; seed++) {
      const dice = new Dice(seed + 1000);
      const space = [
        1 + dice.below(5),
        1 + dice.pick([dice.below(20), dice.below(900)]),
        dice.pick([1, 1 + dice.below(6), 1 + dice.below(40)]),
      ] as const;
      const shape = sizeOf(space) > 4000 ? ([2, 100, 20] as const) : space;
      const { program, buffers, dtypeOf } = randomProgram(dice, 0, [...shape]);
      const last = dtypeOf.length - 1;
      if (!reducible.includes(dtypeOf[last] as DType)) {
        const dtype = dice.pick(reducible);
        (program.instructions as Instruction[]).push({ op: "cast", dtype, args: [last] });
        dtypeOf.push(dtype);
      }
      const value = dtypeOf.length - 1;
      const dtype = dtypeOf[value] as DType;
      const op = dice.pick(dtype === "bool" ? ["max", "min"] : ["sum", "max", "min", "argmax", "argmin"]);
      const [outer, reduced, inner] = shape;
      const result: DType = op.startsWith("arg") ? "int32" : dtype;
      const want: number[] = [];
      for (let at = 0; at < outer * inner; at++) {
        const values = Array.from(
          { length: reduced },
          (_, r) =>
            valuesAt(program, buffers, (Math.floor(at / inner) * reduced + r) * inner + (at % inner))[value] as number,
        );
        const most = values.reduce((a, b) => (op.endsWith("max") ? Math.max(a, b) : Math.min(a, b)));
        want[at] = op === "sum" ? values.reduce((a, b) => a + b) : op.startsWith("arg") ? values.indexOf(most) : most;
      }
      const output = operand(buffers.length, [outer, inner], result);
      naming(`seed ${seed + 1000}, ${op}, ${JSON.stringify(program)}`, () => {
        const got = runKernel(build, [...buffers, array(result, outer * inner)], (out) =>
          lowerReduce({ kind: "reduce", op, space: shape, input: program, value, output, epilogue: null }, out),
        );
        compareBuffers(got, [...buffers, store(result, want)]);
      });
    }
  });
});
