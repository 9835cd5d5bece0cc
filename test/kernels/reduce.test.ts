import { describe, expect, test } from "vitest";
import type { MapProgram, Operand } from "../../ts/compiler/kernel.ts";
import type { DType, TypedArray } from "../../ts/core/dtype.ts";
import { lowerReduce } from "../../ts/device/wasm/reduce.ts";
import { array, builds, operand, random, runKernel, view } from "./harness.ts";
import { sizeOf, valuesAt } from "./oracle.ts";

/** Relative to the sum of magnitudes: a tree over n values errs by about log n roundings, a chain by n. */
const SUM = 2e-6;
const PROD = 1e-4;

/** Folds in float64, one element after another, with NumPy's rules for NaN. */
function fold(op: string, values: readonly number[], float: boolean): number {
  const nan = values.findIndex(Number.isNaN);
  switch (op) {
    case "sum":
      return float ? values.reduce((a, b) => a + b, 0) : values.reduce((a, b) => (a + b) | 0, 0);
    case "prod":
      return float ? values.reduce((a, b) => a * b, 1) : values.reduce((a, b) => Math.imul(a, b), 1);
    case "max":
    case "any":
      return values.reduce((a, b) => Math.max(a, b));
    case "min":
    case "all":
      return values.reduce((a, b) => Math.min(a, b));
    default: {
      if (nan >= 0) return nan;
      const best = values.reduce((a, b) => (op === "argmax" ? Math.max(a, b) : Math.min(a, b)), values[0] as number);
      return values.indexOf(best);
    }
  }
}

const resultOf = (op: string, dtype: DType): DType => (op.startsWith("arg") ? "int32" : dtype);

interface Reduced {
  op: string;
  space: [number, number, number];
  inputs: Operand[];
  buffers: TypedArray[];
  instructions?: MapProgram["instructions"];
  dtype?: DType;
  value?: number;
}

/** Reduces on every build and compares with the oracle; the output is the buffer after the given ones. */
function check({ op, space, inputs, buffers, instructions = [], dtype = "float32", value = 0 }: Reduced): void {
  const [outer, reduced, inner] = space;
  const input: MapProgram = { shape: inputs[0]?.shape ?? space, inputs, outputs: [], instructions };
  const result = resultOf(op, dtype);
  const output = operand(buffers.length, [outer, inner], result);
  for (const build of builds) {
    const outs = runKernel(build, [...buffers, array(result, outer * inner)], (out) =>
      lowerReduce({ kind: "reduce", op, space, input, value, output, epilogue: null }, out),
    );
    const got = outs.at(-1) as TypedArray;
    for (let o = 0; o < outer; o++) {
      for (let i = 0; i < inner; i++) {
        const values = Array.from(
          { length: reduced },
          (_, r) => valuesAt(input, buffers, (o * reduced + r) * inner + i)[value] as number,
        );
        const want = fold(op, values, dtype === "float32");
        const actual = got[o * inner + i] as number;
        const rounding =
          dtype !== "float32"
            ? 0
            : op === "sum"
              ? SUM * values.reduce((a, b) => a + Math.abs(b), 0)
              : op === "prod"
                ? PROD * Math.abs(want)
                : 0;
        if (!(Object.is(actual, want) || actual === want || Math.abs(actual - want) <= rounding)) {
          throw new Error(`${op} at ${o}, ${i}: ${actual}, wanted ${want}`);
        }
      }
    }
  }
}

const spaces: [number, number, number][] = [
  [1, 1, 1],
  [3, 7, 1],
  [100, 10, 1],
  [33, 16, 1],
  [5, 255, 1],
  [5, 256, 1],
  [4, 257, 1],
  [3, 512, 1],
  [2, 1300, 1],
  [1, 64, 10],
  [1, 200, 3],
  [4, 9, 33],
  [2, 130, 100],
  [1, 70, 256],
  [2, 5, 300],
  [1, 3, 1200],
  [7, 1, 5],
  [6, 2, 2],
];

test.each(
  ["sum", "prod", "max", "min", "argmax", "argmin"].flatMap((op) => spaces.map((space) => [op, ...space] as const)),
)("%s over [%i, %i, %i]", (op, ...space) => {
  const n = sizeOf(space);
  const values = random(n, 7).map((x) => (op === "prod" ? 1 + x / 30 : Math.round(x * 50) / 50));
  check({ op, space, inputs: [operand(0, space)], buffers: [values] });
  const ints = array(
    "int32",
    values.map((x) => Math.trunc(x * 9)),
  );
  check({ op, space, inputs: [operand(0, space, "int32")], buffers: [ints], dtype: "int32" });
});

describe("extremes", () => {
  test.each(["max", "min", "argmax", "argmin"])("%s of NaN, infinities and zeros", (op) => {
    const rows = [
      [1, NaN, 2, NaN, Infinity],
      [Infinity, -Infinity, 3, 1, -Infinity],
      [-Infinity, -Infinity, -Infinity, -Infinity, -Infinity],
      [Infinity, Infinity, Infinity, Infinity, Infinity],
      [0, -0, 0, -0, 0],
      [-0, 0, -1e-45, 1e-45, 0],
      [1e-45, -1e-45, 3e38, -3e38, 2],
    ];
    const values = new Float32Array(rows.flat());
    check({ op, space: [rows.length, 5, 1], inputs: [operand(0, [rows.length, 5])], buffers: [values] });
    const columns = view(0, [5, rows.length], [1, 5]);
    check({ op, space: [1, 5, rows.length], inputs: [columns], buffers: [values] });
  });

  test.each(["max", "min", "argmax", "argmin"])("%s of int32's ends", (op) => {
    const [low, high] = [-(2 ** 31), 2 ** 31 - 1];
    const rows = [
      [low, low, low],
      [high, high, high],
      [low, high, 0],
      [0, high, high],
      [-1, low, low],
    ];
    check({
      op,
      space: [5, 3, 1],
      inputs: [operand(0, [5, 3], "int32")],
      buffers: [array("int32", rows.flat())],
      dtype: "int32",
    });
  });

  test("the first NaN of a long row is found in any block", () => {
    for (const at of [0, 511, 512, 1029]) {
      const values = random(1030, 3);
      values[at] = NaN;
      check({ op: "argmax", space: [1, 1030, 1], inputs: [operand(0, [1030])], buffers: [values] });
      check({ op: "max", space: [1, 1030, 1], inputs: [operand(0, [1030])], buffers: [values] });
    }
  });

  test.each(["any", "all", "max", "min"])("%s of bool", (op) => {
    const space: [number, number, number] = [40, 6, 1];
    const values = array("bool", 240).map((_, i) => Number((i * 7919) % 11 < Math.floor(i / 6) % 12));
    check({ op, space, inputs: [operand(0, space, "bool")], buffers: [values], dtype: "bool" });
    check({ op, space: [1, 6, 40], inputs: [operand(0, [1, 6, 40], "bool")], buffers: [values], dtype: "bool" });
  });

  test.each(["max", "min", "sum"])("%s of uint8", (op) => {
    const values = array("uint8", 300).map((_, i) => ((i * 7919) % 251) % 20);
    check({ op, space: [30, 10, 1], inputs: [operand(0, [30, 10], "uint8")], buffers: [values], dtype: "uint8" });
    check({ op, space: [3, 10, 10], inputs: [operand(0, [3, 10, 10], "uint8")], buffers: [values], dtype: "uint8" });
  });
});

describe("prologues", () => {
  const squared = [{ op: "mul", dtype: "float32" as const, args: [0, 0] }];
  test.each<[string, [number, number, number], number[], number[]]>([
    ["a permuted view, long runs", [6, 900, 1], [6, 3, 300], [300, 1800, 1]],
    ["a permuted view, runs of whole blocks", [2, 2700, 1], [2, 3, 900], [900, 1800, 1]],
    ["a permuted view, short runs", [6, 60, 1], [6, 3, 20], [20, 120, 1]],
    ["columns of a transposed view", [1, 40, 50], [40, 50], [1, 40]],
    ["a repeated scalar", [3, 600, 1], [3, 600], [0, 0]],
    ["a repeated row", [4, 70, 10], [4, 70, 10], [0, 0, 1]],
    ["a repeated column", [4, 700, 1], [4, 700], [1, 0]],
  ])("%s", (_, space, shape, strides) => {
    const buffers = [random(5400, 5)];
    check({ op: "sum", space, inputs: [view(0, shape, strides)], buffers });
    check({ op: "sum", space, inputs: [view(0, shape, strides)], buffers, instructions: squared, value: 1 });
  });

  test("the mean square error of two arrays", () => {
    const n = 3000;
    const instructions = [
      { op: "sub", dtype: "float32" as const, args: [0, 1] },
      { op: "mul", dtype: "float32" as const, args: [2, 2] },
    ];
    check({
      op: "sum",
      space: [1, n, 1],
      inputs: [operand(0, [n]), operand(1, [n])],
      buffers: [random(n, 1), random(n, 2)],
      instructions,
      value: 3,
    });
  });
});

test.each([
  ["sum", 0],
  ["prod", 1],
  ["max", -Infinity],
  ["min", Infinity],
])("%s of nothing is %d", (op, want) => {
  for (const build of builds) {
    for (const inner of [1, 5]) {
      const input = { shape: [4, 0, inner], inputs: [operand(0, [4, 0, inner])], outputs: [], instructions: [] };
      const [, got] = runKernel(build, [array("float32", 1), array("float32", 4 * inner)], (out) =>
        lowerReduce(
          { kind: "reduce", op, space: [4, 0, inner], input, value: 0, output: operand(1, [4, inner]), epilogue: null },
          out,
        ),
      );
      expect([...(got as TypedArray)]).toEqual(new Array(4 * inner).fill(want));
    }
  }
});

test.each<[number, number, number]>([
  [5000, 3, 1],
  [3, 700, 1],
  [2, 30, 600],
  [40, 30, 7],
])("an epilogue over [%i, %i, %i]", (...space) => {
  // mean + bias: y = sum · s + b
  const [outer, reduced, inner] = space;
  const shape = [outer, inner];
  const buffers = [
    random(sizeOf(space), 1),
    array("float32", outer * inner),
    array("float32", [1 / reduced]),
    random(inner, 2),
  ];
  const epilogue: MapProgram = {
    shape,
    inputs: [operand(1, shape), view(2, shape, [0, 0]), view(3, shape, [0, 1])],
    instructions: [
      { op: "mul", dtype: "float32", args: [0, 1] },
      { op: "add", dtype: "float32", args: [4, 2] },
    ],
    outputs: [{ to: operand(1, shape), value: 5 }],
  };
  const input = { shape: space, inputs: [operand(0, space)], outputs: [], instructions: [] };
  for (const build of builds) {
    const got = runKernel(build, buffers, (out) =>
      lowerReduce({ kind: "reduce", op: "sum", space, input, value: 0, output: operand(1, shape), epilogue }, out),
    )[1] as TypedArray;
    for (let at = 0; at < outer * inner; at++) {
      const [o, i] = [Math.floor(at / inner), at % inner];
      let sum = 0;
      for (let r = 0; r < reduced; r++) sum += buffers[0]?.[(o * reduced + r) * inner + i] as number;
      expect(got[at]).toBeCloseTo(sum / reduced + (buffers[3]?.[i] as number), 5);
    }
  }
});

test("sums of a million values lose no more than a tree loses", () => {
  const n = 1 << 20;
  for (const space of [
    [1, n, 1],
    [1, n / 4, 4],
  ] as [number, number, number][]) {
    const values = new Float32Array(n).fill(0.1);
    const input = { shape: space, inputs: [operand(0, space)], outputs: [], instructions: [] };
    for (const build of builds) {
      const got = runKernel(build, [values, array("float32", space[2])], (out) =>
        lowerReduce(
          { kind: "reduce", op: "sum", space, input, value: 0, output: operand(1, [space[2]]), epilogue: null },
          out,
        ),
      )[1] as TypedArray;
      const want = space[1] * (values[0] as number);
      for (const sum of got) expect(Math.abs(sum - want) / want).toBeLessThan(1e-5);
    }
  }
});
