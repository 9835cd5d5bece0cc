/** Ops on dtypes other than float32, int32, uint8 and bool; their names begin with the dtype. */
import type { DType, Tensor } from "../../ts/index.ts";
import type { Case, Input } from "./case.ts";
import { type Array64, array64, map, zip } from "./oracle.ts";

/** Half of the last place of a result below 2, and of one that was computed in a few steps. */
const floats: Partial<Record<DType, number>> = {
  float64: 1e-15,
  float16: 2 ** -10,
  bfloat16: 2 ** -7,
  float8_e4m3fn: 2 ** -3,
  float8_e5m2: 2 ** -2,
};
const integers: readonly DType[] = ["int64", "int16", "int8", "uint64", "uint32", "uint16"];
const all = [...(Object.keys(floats) as DType[]), ...integers];

const total = (x: Array64): number => x.data.reduce((a, b) => a + b, 0);

function casesOf(dtype: DType): Case[] {
  const isFloat = dtype in floats;
  const tolerance = floats[dtype] ?? 0;
  const input: Input = { shape: [5, 7], dtype, low: isFloat ? -2 : 0, high: isFloat ? 2 : 11 };
  const other: Input = { ...input, low: isFloat ? 0.5 : 1, phase: 0.37 };
  // Derivatives are taken in float64 alone, which has room for differences.
  const rest = dtype === "float64" ? { tolerance } : { tolerance, gradient: false as const };
  const two = (
    name: string,
    run: (a: Tensor, b: Tensor) => Tensor,
    f: (a: number, b: number) => number,
    more: Partial<Case> = {},
  ): Case => ({
    name: `${dtype} ${name}`,
    inputs: [input, other],
    run: (_, a, b) => run(a as Tensor, b as Tensor),
    oracle: zip(f as (...values: number[]) => number),
    ...rest,
    ...more,
  });
  const one = (
    name: string,
    run: (x: Tensor) => Tensor,
    oracle: (x: Array64) => Array64,
    more: Partial<Case> = {},
  ) => ({
    name: `${dtype} ${name}`,
    inputs: [input],
    run: (_: unknown, x: Tensor) => run(x),
    oracle,
    ...rest,
    ...more,
  });
  return [
    two(
      "mul and add",
      (a, b) => a.mul(b).add(a),
      (a, b) => a * b + a,
      { tolerance: 4 * tolerance },
    ),
    two(
      "remainder",
      (a, b) => a.remainder(b),
      (a, b) => a - Math.floor(a / b) * b,
      { gradient: false },
    ),
    two(
      "larger, chosen",
      (a, b) => a.lt(b).mul(b).add(a.ge(b).mul(a)),
      (a, b) => Math.max(a, b),
      { gradient: false },
    ),
    one(
      "as float32",
      (x) => x.to("float32"),
      map((x) => x),
      { tolerance: Math.max(tolerance, 2 ** -24), gradient: false },
    ),
    {
      name: `${dtype} beside ones`,
      inputs: [input],
      run: (hebb, x) => hebb.concat([hebb.ones([2, 7], { dtype }), x as Tensor, hebb.full([1, 7], 3, { dtype })]),
      oracle: (x) => array64([8, 7], [...Array(14).fill(1), ...x.data, ...Array(7).fill(3)]),
      ...rest,
      gradient: false,
    },
    one(
      "plus a number",
      (x) => x.add(3),
      map((x) => x + 3),
      { tolerance: 4 * tolerance, gradient: false },
    ),
    one(
      "sum",
      (x) => x.sum(),
      (x) => array64([], [total(x)]),
      { tolerance: 8 * tolerance },
    ),
    one(
      "amax of columns",
      (x) => x.amax(0),
      (x) =>
        array64(
          [7],
          Array.from({ length: 7 }, (_, c) => Math.max(...[0, 1, 2, 3, 4].map((r) => x.data[7 * r + c] as number))),
        ),
      { gradient: false },
    ),
    one(
      "argmin",
      (x) => x.argmin(),
      (x) => array64([], [x.data.indexOf(Math.min(...x.data))]),
      { gradient: false },
    ),
  ];
}

/** Real functions of float64, to the last places. */
const functions: readonly (readonly [name: string, run: (x: Tensor) => Tensor, f: (x: number) => number])[] = [
  ["exp", (x) => x.exp(), Math.exp],
  ["expm1", (x) => x.expm1(), Math.expm1],
  ["log of squares", (x) => x.mul(x).log(), (x) => Math.log(x * x)],
  ["log1p of squares", (x) => x.mul(x).log1p(), (x) => Math.log1p(x * x)],
  ["sin", (x) => x.sin(), Math.sin],
  ["cos", (x) => x.cos(), Math.cos],
  ["tan", (x) => x.tan(), Math.tan],
  ["atan", (x) => x.atan(), Math.atan],
  ["tanh", (x) => x.tanh(), Math.tanh],
  ["sigmoid", (x) => x.sigmoid(), (x) => 1 / (1 + Math.exp(-x))],
  ["sqrt of squares and 1", (x) => x.mul(x).add(1).sqrt(), (x) => Math.sqrt(x * x + 1)],
];

export const otherTypes: readonly Case[] = [
  ...all.flatMap(casesOf),
  ...functions.map(
    ([name, run, f]): Case => ({
      name: `float64 ${name}`,
      inputs: [{ shape: [3, 41], dtype: "float64", low: -3, high: 3 }],
      run: (_, x) => run(x as Tensor),
      oracle: map(f),
      tolerance: 4e-15,
    }),
  ),
  {
    name: "int64 concat, take and pad",
    inputs: [
      { shape: [3, 4], dtype: "int64", low: -9, high: 9 },
      { shape: [3, 2], dtype: "int64", low: -9, high: 9, phase: 0.3 },
    ],
    run: (hebb, a, b) =>
      hebb
        .concat([a as Tensor, b as Tensor], 1)
        .indexSelect(0, hebb.tensor([2, 0], { dtype: "int64" }))
        .pad([1, 0], 5),
    oracle: (a, b) =>
      array64(
        [2, 7],
        [2, 0].flatMap((r) => [5, ...a.data.slice(4 * r, 4 * r + 4), ...b.data.slice(2 * r, 2 * r + 2)]),
      ),
    tolerance: 0,
    gradient: false,
  },
  {
    name: "int64 and float32 in one expression",
    inputs: [{ shape: [4, 5], dtype: "int64", low: -9, high: 9 }, { shape: [5] }],
    run: (_, a, b) =>
      (a as Tensor)
        .add(1)
        .mul(b as Tensor)
        .to("float64")
        .div(3),
    oracle: zip((a, b) => (Math.fround((a as number) + 1) * (b as number)) / 3),
    gradient: false,
  },
];
