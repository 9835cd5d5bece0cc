/** Every elementwise instruction on every dtype, against the oracle: one program a dtype, an output an op. */
import { describe, expect, test } from "vitest";
import type { Instruction } from "../../ts/compiler/kernel.ts";
import { type DType, dtypes, type TypedArray } from "../../ts/core/dtype.ts";
import { load, rangeOf, store } from "../../ts/core/storage.ts";
import { lowerMap } from "../../ts/device/wasm/map.ts";
import { type Build, builds, operand, runKernel, view } from "./harness.ts";
import { runProgram } from "./oracle.ts";

/** Elementwise functions are tested to their bounds in math.test.ts; here they must only be wired right. */
const LOOSE = 1e-6;
/** Outputs of one program: as many as its temporaries allow. */
const GROUP = 8;

const floats = [0, -0, 1, -1, 0.5, -0.5, 1.5, 2.5, -2.5, 3, -7.25, 1e-40, 1e30, -1e30, Infinity, -Infinity, NaN, 100.5];
const edges = [255.9, 256, -3.9, 65519, 65520, 2147483648, -2147483904, 448.1, 464.1, 3.4e38, 2 ** -127, 3e-5, 6.2e-8];
const ints = [0, 1, -1, 2, -2, 3, 7, -7, 100, 255, -128, 65537, 12, 5, 2147483647, -2147483648, 4294967295];
const all = Object.keys(dtypes) as DType[];

const isWideInt = (dtype: DType): boolean => !dtypes[dtype].float && dtypes[dtype].bits === 64;

/** Values of the dtype; of 64-bit integers such that their products are exact numbers. */
function samplesOf(dtype: DType): readonly number[] {
  if (dtypes[dtype].float) return floats;
  const { least, greatest } = rangeOf(dtype);
  const most = isWideInt(dtype) ? 2 ** 26 : 2 ** 53;
  return [...ints, least, greatest].filter((x) => x >= least && x <= greatest && Math.abs(x) <= most);
}

const compare = ["eq", "lt", "le"];
const functions = ["sqrt", "exp", "expm1", "log", "log1p", "sin", "cos", "tan", "atan", "tanh", "sigmoid"];

function binaryOps(dtype: DType): readonly string[] {
  if (dtype === "bool") return ["and", "or", "xor", "maximum", "minimum", ...compare];
  const numbers = ["add", "mul", "div", "mod", "fmod", "maximum", "minimum", ...compare];
  if (dtypes[dtype].float) return [...numbers, "sub", ...(dtypes[dtype].bits >= 32 ? ["pow"] : [])];
  // Differences below 0 are beyond 2^53 in uint64; bits beyond 2^32 are none that the oracle can combine.
  if (isWideInt(dtype)) return dtypes[dtype].signed ? [...numbers, "sub"] : numbers;
  return [...numbers, "sub", "pow", "and", "or", "xor"];
}

function unaryOps(dtype: DType): readonly string[] {
  if (dtype === "bool") return ["not"];
  const numbers = ["abs", "floor", "ceil", "round", "trunc", "not"];
  if (dtypes[dtype].float) return [...numbers, "sign", "neg", ...(dtypes[dtype].bits >= 32 ? functions : ["sqrt"])];
  // Signs of unsigned integers are composed.
  if (dtype === "uint64") return numbers;
  if (dtype === "uint32") return [...numbers, "neg", "invert"];
  return [...numbers, "sign", "neg", "invert", ...(dtype === "int32" ? ["uniform"] : [])];
}

const resultOf = (op: string, dtype: DType): DType =>
  compare.includes(op) || op === "not" ? "bool" : op === "uniform" ? "float32" : dtype;

/** Runs instructions on the same inputs, each to an output of its own. */
function check(
  build: Build,
  inputs: readonly DType[],
  values: readonly TypedArray[],
  steps: readonly Instruction[],
): void {
  const n = values[0]?.length as number;
  for (let at = 0; at < steps.length; at += GROUP) {
    const group = steps.slice(at, at + GROUP);
    const base = inputs.length + group.length;
    const program = {
      shape: [n],
      inputs: inputs.map((dtype, i) => operand(i, [n], dtype)),
      instructions: group,
      outputs: group.map(({ dtype }, i) => ({ to: operand(inputs.length + i, [n], dtype), value: base + i })),
    };
    const buffers = [...values, ...group.map(({ dtype }) => new dtypes[dtype].array(n))];
    const got = runKernel(build, buffers, (out) => lowerMap({ kind: "map", programs: [program] }, out));
    const want = runProgram(program, buffers);
    group.forEach(({ op, dtype }, i) => {
      const b = inputs.length + i;
      const [x, y] = [load(dtype, got[b] as TypedArray), load(dtype, want[b] as TypedArray)];
      for (let k = 0; k < n; k++) {
        const [found, expected] = [x[k] as number, y[k] as number];
        const close = found === expected || Math.abs(found - expected) <= LOOSE * Math.abs(expected);
        if (close || (Number.isNaN(found) && Number.isNaN(expected))) continue;
        const of = inputs.map((from, j) => `${load(from, values[j] as TypedArray)[k]} of ${from}`);
        throw new Error(`${op} → ${dtype} of ${of.join(" and ")}: ${found}, wanted ${expected}`);
      }
    });
  }
}

describe.each(builds)("elementwise on the $name build", (build) => {
  test.each(all)("two values of %s", (dtype) => {
    const list = samplesOf(dtype);
    const a = list.flatMap((x) => list.map(() => x));
    const b = list.flatMap(() => list);
    const steps = binaryOps(dtype).map((op) => ({ op, dtype: resultOf(op, dtype), args: [0, 1] }));
    check(build, [dtype, dtype], [store(dtype, a), store(dtype, b)], steps);
  });

  test.each(all)("one value of %s", (dtype) => {
    const steps = unaryOps(dtype).map((op) => ({ op, dtype: resultOf(op, dtype), args: [0] }));
    check(build, [dtype], [store(dtype, samplesOf(dtype))], steps);
  });

  test.each(all)("casts of %s", (from) => {
    const values = [...samplesOf(from), ...(dtypes[from].float ? edges : [])];
    const steps: Instruction[] = all.map((dtype) => ({ op: "cast", dtype, args: [0] }));
    if (dtypes[from].float) {
      for (const dtype of all.filter((each) => dtypes[each].bits === 8 && dtypes[each].float)) {
        steps.push({ op: "cast", dtype, args: [0], attrs: { saturate: false } });
        for (const round of ["down", "nearest"]) {
          if (dtype === "float8_e8m0fnu") steps.push({ op: "cast", dtype, args: [0], attrs: { round } });
        }
      }
    }
    // What is far below 0 or beyond 2^53 is no exact number in uint64.
    const exact = dtypes[from].signed ? steps.filter(({ dtype }) => dtype !== "uint64") : steps;
    check(
      build,
      [from],
      [
        store(
          from,
          values.filter((x) => Math.abs(x) < 2 ** 53 || dtypes[from].float),
        ),
      ],
      exact,
    );
  });

  test.each(["int32", "int8", "uint4", "uint32", "int64"] as const)("shifts of %s", (dtype) => {
    const list = samplesOf(dtype);
    const by = [0, 1, 3, 7, 31, 33, 63];
    const steps = ["shiftLeft", "shiftRight"].map((op) => ({ op, dtype, args: [0, 1] }));
    const { greatest } = rangeOf(dtype);
    const a = list.flatMap((x) => by.map(() => x));
    const b = list.flatMap(() => by.map((shift) => Math.min(shift, greatest)));
    // Of int64 no shift may leave the exact numbers.
    const fits = a.map((x, i) => dtype !== "int64" || Math.abs(x) * 2 ** (b[i] as number) < 2 ** 53);
    const kept = (values: readonly number[]) =>
      store(
        dtype,
        values.filter((_, i) => fits[i]),
      );
    check(build, [dtype, dtype], [kept(a), kept(b)], steps);
  });

  test.each<[DType, DType]>([
    ["float32", "int32"],
    ["int8", "uint8"],
    ["float16", "int16"],
    ["bfloat16", "uint16"],
    ["uint32", "int32"],
    ["bool", "int8"],
    ["int4", "uint4"],
  ])("bits of %s as %s and back", (from, to) => {
    for (const [a, b] of [
      [from, to],
      [to, from],
    ] as const) {
      const values = samplesOf(a).filter((x) => !Number.isNaN(x));
      check(build, [a], [store(a, values)], [{ op: "bitcast", dtype: b, args: [0] }]);
    }
  });

  test.each(["float16", "int8", "float64"] as const)("a sum of thirty tensors of %s, some of them short", (dtype) => {
    const [rows, n] = [70, 30];
    const inputs = Array.from({ length: 30 }, (_, i) =>
      i % 3 === 0 ? view(i, [rows, n], [0, 1], 0, dtype) : operand(i, [rows, n], dtype),
    );
    const program = {
      shape: [rows, n],
      inputs,
      instructions: inputs.map((_, i): Instruction => ({ op: "add", dtype, args: [i === 0 ? 0 : 30 + i, i] })),
      outputs: [{ to: operand(30, [rows, n], dtype), value: 60 }],
    };
    const values = (i: number) => Array.from({ length: i % 3 === 0 ? n : rows * n }, (_, k) => ((i + k) % 3) - 1);
    const buffers = [...inputs.map((_, i) => store(dtype, values(i))), new dtypes[dtype].array(rows * n)];
    const got = runKernel(build, buffers, (out) => lowerMap({ kind: "map", programs: [program] }, out));
    expect(got[30]).toEqual(runProgram(program, buffers)[30]);
  });

  test("64-bit integers beyond 2^53, signed and unsigned", () => {
    const big = BigUint64Array.of(2n ** 63n + 5n, 2n ** 64n - 1n, 2n ** 62n, 7n, 2n ** 64n - 3n);
    const small = BigUint64Array.of(3n, 2n ** 63n, 2n ** 40n + 1n, 2n ** 63n, 10n);
    const ops: [string, (a: bigint, b: bigint) => bigint][] = [
      ["add", (a, b) => a + b],
      ["sub", (a, b) => a - b],
      ["mul", (a, b) => a * b],
      ["div", (a, b) => a / b],
      ["fmod", (a, b) => a % b],
      ["maximum", (a, b) => (a > b ? a : b)],
      ["minimum", (a, b) => (a < b ? a : b)],
      ["and", (a, b) => a & b],
      ["xor", (a, b) => a ^ b],
      ["shiftRight", (a, b) => (b < 64n && b >= 0n ? a >> b : a < 0n ? -1n : 0n)],
    ];
    for (const dtype of ["uint64", "int64"] as const) {
      const { array } = dtypes[dtype];
      const [a, b] = [new array(big.buffer), new array(small.buffer)] as unknown as [BigInt64Array, BigInt64Array];
      const steps = ops.map(([op]) => ({ op, dtype, args: [0, 1] }));
      const shape = [a.length];
      for (let i = 0; i < steps.length; i++) {
        const program = {
          shape,
          inputs: [operand(0, shape, dtype), operand(1, shape, dtype)],
          instructions: [steps[i] as Instruction],
          outputs: [{ to: operand(2, shape, dtype), value: 3 }],
        };
        const buffers = [a, b, new array(a.length)] as unknown as TypedArray[];
        const got = runKernel(build, buffers, (out) => lowerMap({ kind: "map", programs: [program] }, out));
        const of = ops[i]?.[1] as (x: bigint, y: bigint) => bigint;
        const want = a.map((x, k) => of(x, b[k] as bigint));
        expect([ops[i]?.[0], dtype, ...(got[2] as unknown as BigInt64Array)]).toEqual([ops[i]?.[0], dtype, ...want]);
      }
    }
  });
});
