import { describe, expect, test } from "vitest";
import * as code from "../../assembly/opcodes.ts";
import type { Instruction, MapProgram, Operand } from "../../ts/compiler/kernel.ts";
import type { DType, TypedArray } from "../../ts/core/dtype.ts";
import { translate } from "../../ts/device/wasm/elementwise.ts";
import { lowerMap } from "../../ts/device/wasm/map.ts";
import { array, type Build, builds, operand, random, runKernel, view } from "./harness.ts";
import { runProgram, sizeOf } from "./oracle.ts";

/** Elementwise functions are tested to their bounds in math.test.ts, every op in elementwise.test.ts. */
const LOOSE = 1e-6;
/** What a fused multiply-add of numbers below 1 may differ by where its result is near 0. */
const FUSED = 1e-7;

function expectSame(build: Build, actual: readonly TypedArray[], expected: readonly TypedArray[]): void {
  const absolute = build.relaxed ? FUSED : 0;
  expected.forEach((want, b) => {
    const got = actual[b] as TypedArray;
    for (let i = 0; i < want.length; i++) {
      const [x, y] = [got[i] as number, want[i] as number];
      const close =
        x === y || (Number.isNaN(x) && Number.isNaN(y)) || Math.abs(x - y) <= LOOSE * Math.abs(y) + absolute;
      if (!close) throw new Error(`buffer ${b}, element ${i}: ${x}, wanted ${y}`);
    }
  });
}

function check(build: Build, programs: readonly MapProgram[], buffers: readonly TypedArray[]): TypedArray[] {
  const actual = runKernel(build, buffers, (out) => lowerMap({ kind: "map", programs }, out));
  let expected: readonly TypedArray[] = buffers;
  for (const program of programs) expected = runProgram(program, expected);
  expectSame(build, actual, expected);
  return actual;
}

const step = (op: string, dtype: DType, ...args: number[]): Instruction => ({ op, dtype, args });
const f32 = (op: string, ...args: number[]): Instruction => step(op, op === "lt" ? "bool" : "float32", ...args);
const program = (
  shape: readonly number[],
  inputs: Operand[],
  instructions: Instruction[],
  ...outputs: [Operand, number][]
): MapProgram => ({
  shape,
  inputs,
  instructions,
  outputs: outputs.map(([to, value]) => ({ to, value })),
});

describe.each(builds)("map on the $name build", (build) => {
  test.each(["bool", "float32"] as const)("where by %s", (dtype) => {
    const n = 37;
    const condition = array(dtype, n).map((_, i) => (i % 3 === 0 ? 0 : 1));
    const inputs = [operand(0, [n], dtype), operand(1, [n]), operand(2, [n])];
    check(
      build,
      [program([n], inputs, [step("where", "float32", 0, 1, 2)], [operand(3, [n]), 4])],
      [condition, random(n, 1), random(n, 2), array("float32", n)],
    );
  });

  test.each([1, 2, 3, 4, 5, 15, 16, 17, 31, 33, 100, 511, 512, 513, 1023, 1025, 5000])(
    "a chain over %i elements",
    (n) => {
      const inputs = [operand(0, [n]), view(1, [n], [0]), view(2, [n], [0], 1), operand(3, [n]), view(4, [n], [0])];
      const chain = [
        step("mul", "float32", 0, 1),
        step("add", "float32", 6, 2),
        step("maximum", "float32", 7, 4),
        step("add", "float32", 8, 3),
      ];
      check(
        build,
        [program([n], inputs, chain, [operand(5, [n]), 9])],
        [random(n, 1), random(1, 2), random(2, 3), random(n, 4), array("float32", 1), array("float32", n)],
      );
    },
  );

  // x, then three numbers; values of steps are counted from 5.
  const activations: [name: string, numbers: number[], instructions: Instruction[], opcodes: number[]][] = [
    ["a leaky bend", [0, 0.1, 0], [f32("lt", 0, 1), f32("mul", 0, 2), f32("where", 5, 6, 0)], [code.LEAKY]],
    ["bounds", [-0.5, 0.25, 0], [f32("maximum", 0, 1), f32("minimum", 5, 2)], [code.CLAMP]],
    [
      "a hard swish",
      [3, 0, 6],
      [f32("add", 0, 1), f32("maximum", 5, 2), f32("minimum", 6, 3), f32("mul", 0, 7), f32("div", 8, 3)],
      [code.ADD_CLAMP, code.MUL_DIV],
    ],
  ];
  test.each(activations)("%s in as few walks as it has to be", (_, numbers, instructions, opcodes) => {
    const n = 37;
    const inputs = [operand(0, [n]), ...numbers.map((_, i) => view(1, [n], [0], i))];
    const whole = program([n], inputs, instructions, [operand(2, [n]), 4 + instructions.length]);
    expect(translate(whole, [4 + instructions.length]).steps.map(({ opcode }) => opcode)).toEqual(opcodes);
    const x = random(n, 1).map((value) => 4 * value);
    x.set([NaN, -0, 0, Infinity, -Infinity]);
    check(build, [whole], [x, Float32Array.from(numbers), array("float32", n)]);
  });

  // Inputs as views of one buffer; the output is linear.
  const views: [name: string, shape: number[], ...Operand[]][] = [
    ["a bias over short rows", [64, 10], operand(0, [64, 10]), view(1, [64, 10], [0, 1])],
    ["a bias of one element a row", [64, 10], operand(0, [64, 10]), view(1, [64, 10], [1, 0])],
    ["a bias over rows of 3", [211, 3], operand(0, [211, 3]), view(1, [211, 3], [0, 1])],
    ["a bias over long rows", [5, 700], operand(0, [5, 700]), view(1, [5, 700], [0, 1])],
    ["a bias a channel", [2, 3, 300], operand(0, [2, 3, 300]), view(1, [2, 3, 300], [0, 1, 0])],
    ["a bias a small channel", [4, 6, 5, 5], operand(0, [4, 6, 5, 5]), view(1, [4, 6, 5, 5], [0, 1, 0, 0])],
    ["a transpose", [40, 50], view(0, [40, 50], [1, 40]), operand(1, [40, 50])],
    ["a long transpose", [7, 600], view(0, [7, 600], [1, 7]), view(1, [7, 600], [600, 1])],
    ["a flip", [30, 20], view(0, [30, 20], [20, -1], 19), view(1, [30, 20], [-20, 1], 580)],
    ["a slice", [9, 200], view(0, [9, 200], [210, 1], 5), view(1, [9, 200], [400, 2], 1)],
    ["an outer product", [33, 45], view(0, [33, 45], [1, 0]), view(1, [33, 45], [0, 1])],
    [
      "five dimensions",
      [2, 3, 2, 5, 7],
      view(0, [2, 3, 2, 5, 7], [1, 2, 60, 6, 120], 3),
      view(1, [2, 3, 2, 5, 7], [70, 0, 35, 7, 1]),
    ],
  ];
  test.each(views)("%s", (_, shape, a, b) => {
    const buffers = [random(4300, 1), random(4300, 2), array("float32", sizeOf(shape))];
    check(build, [program(shape, [a, b], [step("sub", "float32", 0, 1)], [operand(2, shape), 3])], buffers);
  });

  test.each(views)("%s of uint8", (_, shape, a, b) => {
    const inputs = [a, b].map((x): Operand => ({ ...x, dtype: "uint8" }));
    const buffers = [
      array(
        "uint8",
        random(4300, 1).map((x) => 128 + 127 * x),
      ),
      array(
        "uint8",
        random(4300, 2).map((x) => 128 + 127 * x),
      ),
      array("uint8", sizeOf(shape)),
    ];
    check(build, [program(shape, inputs, [step("sub", "uint8", 0, 1)], [operand(2, shape, "uint8"), 3])], buffers);
  });

  test.each(views)("stored into %s", (_, shape, a) => {
    if (a.strides.includes(0)) return;
    const buffers = [random(4300, 1), random(sizeOf(shape), 2)];
    check(build, [program(shape, [operand(1, shape)], [step("exp", "float32", 0)], [a, 2])], buffers);
  });

  test.each(views)("a copy from %s", (_, shape, a, b) => {
    for (const from of [a, b]) {
      const buffers = [random(4300, 1), random(4300, 2), array("float32", sizeOf(shape))];
      check(build, [program(shape, [from], [], [operand(2, shape), 0])], buffers);
      const small = buffers.map((x) =>
        array(
          "uint8",
          x.map((y) => 128 + 127 * y),
        ),
      );
      check(build, [program(shape, [{ ...from, dtype: "uint8" }], [], [operand(2, shape, "uint8"), 0])], small);
    }
  });

  test.each(views)("a copy into %s", (_, shape, a) => {
    const buffers = [random(4300, 1), random(sizeOf(shape), 2)];
    check(build, [program(shape, [operand(1, shape)], [], [a, 0])], buffers);
  });

  test.each([
    [1, 1],
    [4, 4],
    [5, 7],
    [16, 16],
    [33, 18],
    [64, 3],
    [3, 64],
    [130, 70],
  ])("the transpose of %i × %i", (m, n) => {
    check(
      build,
      [program([m, n], [view(0, [m, n], [1, m])], [], [operand(1, [m, n]), 0])],
      [random(m * n, 3), array("float32", m * n)],
    );
  });

  test.each([1, 100, 700])("several outputs of %i elements, in place among them", (n) => {
    // m = β m + g; p = p - lr m: Adam's shape, with m and p updated where they lie.
    const [p, m, g] = [operand(0, [n]), operand(1, [n]), operand(2, [n])];
    const inputs = [p, m, g, view(3, [n], [0]), view(3, [n], [0], 1)];
    const instructions = [
      step("mul", "float32", 1, 3),
      step("add", "float32", 8, 2),
      step("mul", "float32", 9, 4),
      step("sub", "float32", 0, 10),
    ];
    const outputs: [Operand, number][] = [
      [m, 9],
      [p, 11],
      [operand(4, [n], "float32"), 0],
    ];
    check(
      build,
      [program([n], inputs, instructions, ...outputs)],
      [random(n, 1), random(n, 2), random(n, 3), random(2, 4), array("float32", n)],
    );
  });

  test.each([1, 100, 2500])("Adam's update of %i elements, in two segments", (n) => {
    const update = (first: number, size: number): MapProgram => {
      const [p, g, m, v] = [0, 1, 2, 3].map((i) => operand(first + i, [size])) as [Operand, Operand, Operand, Operand];
      const numbers = [0, 1, 2, 3, 4, 5, 6].map((i) => view(0, [size], [0], i));
      const instructions = [
        step("mul", "float32", 2, 4),
        step("mul", "float32", 1, 5),
        step("add", "float32", 14, 15),
        step("mul", "float32", 3, 6),
        step("mul", "float32", 1, 1),
        step("mul", "float32", 18, 7),
        step("add", "float32", 17, 19),
        step("sqrt", "float32", 20),
        step("mul", "float32", 21, 8),
        step("add", "float32", 22, 9),
        step("div", "float32", 16, 23),
        step("mul", "float32", 24, 10),
        step("sub", "float32", 0, 25),
      ];
      return program([size], [p, g, m, v, ...numbers], instructions, [p, 26], [m, 16], [v, 20]);
    };
    const state = (size: number, seed: number): TypedArray[] => [
      random(size, seed),
      random(size, seed + 1),
      random(size, seed + 2),
      random(size, seed + 3).map(Math.abs),
    ];
    const numbers = array("float32", [0.9, 0.1, 0.999, 0.001, 1.5, 1e-2, 1e-3]);
    check(build, [update(1, n), update(5, 3 * n)], [numbers, ...state(n, 1), ...state(3 * n, 5)]);
  });

  test.each([
    ["a b + c", [step("mul", "float32", 0, 1), step("add", "float32", 5, 2)]],
    ["c + a b", [step("mul", "float32", 0, 1), step("add", "float32", 2, 5)]],
    ["a b - c", [step("mul", "float32", 0, 1), step("sub", "float32", 5, 2)]],
    ["c - a b", [step("mul", "float32", 0, 1), step("sub", "float32", 2, 5)]],
    ["a b + c d", [step("mul", "float32", 0, 1), step("mul", "float32", 2, 3), step("add", "float32", 5, 6)]],
    ["a b + a b", [step("mul", "float32", 0, 1), step("add", "float32", 5, 5)]],
    ["b √a + c", [step("sqrt", "float32", 0), step("mul", "float32", 1, 5), step("add", "float32", 6, 2)]],
    [
      "√a √b + c",
      ["sqrt", "sqrt", "mul", "add"].map((op, i) => step(op, "float32", ...([[0], [1], [5, 6], [7, 2]][i] ?? []))),
    ],
    ["d - c (a / b)", [step("div", "float32", 0, 1), step("mul", "float32", 2, 5), step("sub", "float32", 3, 6)]],
    ["max(a + b, c)", [step("add", "float32", 0, 1), step("maximum", "float32", 5, 2)]],
    ["max(c, a + b)", [step("add", "float32", 0, 1), step("maximum", "float32", 2, 5)]],
    ["max(a b + c, d)", [step("mul", "float32", 0, 1), step("add", "float32", 5, 2), step("maximum", "float32", 6, 3)]],
    [
      "a b + c, and a b",
      [step("mul", "float32", 0, 1), step("add", "float32", 5, 2), step("maximum", "float32", 6, 5)],
    ],
  ])("%s in as few steps as there are", (_, instructions) => {
    const n = 1100;
    const inputs = [0, 1, 2, 3].map((i) => operand(i, [n]));
    const some = [1, 2, 3, 4].map((seed) => random(n, seed).map((x) => Math.abs(x) + 0.5));
    const last = 4 + instructions.length;
    check(build, [program([n], inputs, instructions, [operand(4, [n]), last])], [...some, array("float32", n)]);
    // The output takes the place of each input in turn.
    for (const i of [0, 1, 2, 3]) check(build, [program([n], inputs, instructions, [operand(i, [n]), last])], some);
  });

  test("one value to two outputs and an input to another", () => {
    const n = 600;
    const outputs: [Operand, number][] = [
      [operand(1, [n]), 4],
      [operand(2, [n]), 4],
      [operand(0, [n]), 4],
    ];
    check(
      build,
      [program([n], [operand(0, [n])], [step("neg", "float32", 0)], ...outputs)],
      [random(n, 1), random(n, 2), random(n, 3)],
    );
  });

  test("segments that share one program", () => {
    const sizes = [1, 700, 16, 3, 2000, 64];
    const programs = sizes.map((n, i) =>
      program(
        [n],
        [operand(2 * i, [n]), operand(2 * i + 1, [n], "uint8"), view(12, [n], [0])],
        [step("cast", "float32", 1), step("mul", "float32", 4, 2), step("add", "float32", 0, 5)],
        [operand(2 * i, [n]), 6],
      ),
    );
    const buffers = sizes.flatMap((n, i): TypedArray[] => [
      random(n, i + 1),
      array("uint8", n).map((_, j) => (7 * j) & 255),
    ]);
    check(build, programs, [...buffers, random(1, 9)]);
  });

  test("segments of different layout", () => {
    const programs = [
      [4, 5],
      [6, 7],
    ].map((shape, i) =>
      program(
        shape,
        [view(i, shape, [1, shape[0] as number])],
        [step("neg", "float32", 0)],
        [operand(i + 2, shape), 2],
      ),
    );
    check(build, programs, [random(20, 1), random(42, 2), array("float32", 20), array("float32", 42)]);
  });

  test("a long program keeps its temporaries apart", () => {
    const n = 530;
    const instructions: Instruction[] = [];
    for (let i = 0; i < 12; i++) instructions.push(step("mul", "float32", 0, i === 0 ? 1 : 2 + i));
    let sum = 3;
    for (let i = 1; i < 12; i++) sum = 3 + instructions.push(step("add", "float32", sum, 3 + i)) - 1;
    check(
      build,
      [program([n], [operand(0, [n]), operand(1, [n])], instructions, [operand(2, [n]), sum])],
      [random(n, 1), random(n, 2), array("float32", n)],
    );
  });

  test("no elements", () => {
    check(
      build,
      [program([0, 3], [operand(0, [0, 3])], [step("neg", "float32", 0)], [operand(1, [0, 3]), 2])],
      [array("float32", 1), array("float32", 1)],
    );
  });
});

test("too many live values are refused", () => {
  const n = 8;
  const instructions: Instruction[] = [];
  for (let i = 0; i < 80; i++) instructions.push(step("exp", "float32", i === 0 ? 0 : 1 + i));
  let sum = 2;
  for (let i = 1; i < 80; i++) sum = 2 + instructions.push(step("maximum", "float32", sum, 2 + i)) - 1;
  expect(() =>
    runKernel(builds[0] as Build, [random(n), random(n)], (out) =>
      lowerMap({ kind: "map", programs: [program([n], [operand(0, [n])], instructions, [operand(1, [n]), sum])] }, out),
    ),
  ).toThrow(/^map: cannot lower .* instructions: they need 8\d temporaries, at most 64/);
});
