/** Arithmetic: old forms, types, and forms that the suites leave out. Expected values are written out by hand. */
import { describe, expect, test } from "vitest";
import { erf } from "../../ops/oracle.ts";
import { callOperator } from "./operator.ts";
import { floats, of, type Row, testRows } from "./rows.ts";

const { POSITIVE_INFINITY: inf, NaN: nan } = Number;

const arithmetic: readonly Row[] = [
  [
    "Add",
    "along an axis before opset 7",
    [of([2, 2, 1], [0, 1, 2, 3]), floats(10, 20)],
    { opset: 6, attributes: { broadcast: 1, axis: 1 } },
    [
      [2, 2, 1],
      [10, 21, 12, 23],
    ],
  ],
  [
    "Max",
    "of three, broadcast",
    [of([2, 1], [0, 5]), floats(1, 2), of([], [1.5])],
    { opset: 8 },
    [
      [2, 2],
      [1.5, 2, 5, 5],
    ],
  ],
  ["Mean", "of three", [floats(1, 2), floats(3, 4), of([], [8])], { opset: 13 }, [[2], [4, 14 / 3]]],
  ["Sum", "of one", [floats(1, 2)], { opset: 6 }, [[2], [1, 2]]],
  [
    "Div",
    "of integers cuts the fraction",
    [of([2], [7, -7], "int32"), of([], [2], "int32")],
    { opset: 14 },
    [[2], [3, -3]],
  ],
  [
    "Mod",
    "of integers has the divisor's sign",
    [of([2], [7, -7], "int32"), of([], [4], "int32")],
    { opset: 13 },
    [[2], [3, 1]],
  ],
  [
    "Pow",
    "by a constant half",
    [floats(4, 9), { data: [0.5], shape: [], constant: true }],
    { opset: 15 },
    [[2], [2, 3]],
  ],
  ["Clip", "by an attribute", [floats(-3, 0, 3)], { opset: 6, attributes: { max: { float: 1 } } }, [[3], [-3, 0, 1]]],
  ["Clip", "by crossed bounds", [floats(-3, 0, 3), of([], [2]), of([], [1])], { opset: 13 }, [[3], [1, 1, 1]]],
  ["Clip", "without a lower bound", [floats(-3, nan, 3), null, of([], [1])], { opset: 11 }, [[3], [-3, nan, 1]]],
  ["Asinh", "far out", [floats(-1e30, 1e-4)], { opset: 9 }, [[2], [-69.7707, 1e-4]]],
  ["Sinh", "far out", [floats(-20, 1e-4)], { opset: 9 }, [[2], [-242582597.7, 1e-4]]],
];

const types: readonly Row[] = [
  ["Pow", "of integers by reals", [of([3], [1, 4, 9], "int32"), floats(2, 0.5, 1.5)], { opset: 12 }, [[3], [1, 2, 27]]],
  [
    "Pow",
    "of int64 by uint8",
    [of([2], [-3, 7], "int64"), of([2], [3, 10], "uint8")],
    { opset: 15 },
    [[2], [-27, 282475249]],
  ],
  [
    "Pow",
    "of float16 by float64",
    [of([2], [2, 9], "float16"), of([2], [3, 0.5], "float64")],
    { opset: 15 },
    [[2], [8, 3]],
  ],
  [
    "Mod",
    "of int8",
    [of([4], [-7, 7, -128, 127], "int8"), of([4], [3, -3, 127, -128], "int8")],
    { opset: 13 },
    [[4], [2, -2, 126, -1]],
  ],
  ["Mod", "of uint64", [of([2], [2 ** 63, 9], "uint64"), of([2], [10, 4], "uint64")], { opset: 13 }, [[2], [8, 1]]],
  [
    "Mod",
    "by truncation of float16",
    [of([2], [-7.5, 7.5], "float16"), of([2], [2, -2], "float16")],
    { opset: 13, attributes: { fmod: 1 } },
    [[2], [-1.5, 1.5]],
  ],
  [
    "Mod",
    "by truncation of int64",
    [of([2], [-7, 7], "int64"), of([2], [3, -3], "int64")],
    { opset: 10, attributes: { fmod: 1 } },
    [[2], [-1, 1]],
  ],
  [
    "Mod",
    "by truncation of float64, infinite",
    [of([3], [5, inf, 5], "float64"), of([3], [inf, 2, 0], "float64")],
    { opset: 13, attributes: { fmod: 1 } },
    [[3], [5, nan, nan]],
  ],
  ["Max", "of uint64", [of([2], [2 ** 63, 1], "uint64"), of([1], [5], "uint64")], { opset: 13 }, [[2], [2 ** 63, 5]]],
  ["Min", "of float16", [of([2], [nan, 1], "float16"), of([1], [0.5], "float16")], { opset: 13 }, [[2], [nan, 0.5]]],
  [
    "Sum",
    "of float16, rounded once",
    [of([1], [2048], "float16"), of([1], [1], "float16"), of([1], [1], "float16")],
    { opset: 13 },
    [[1], [2050]],
  ],
  ["Abs", "of int8", [of([2], [-5, 7], "int8")], { opset: 13 }, [[2], [5, 7]]],
  ["Neg", "of int64", [of([2], [-(2 ** 53), 7], "int64")], { opset: 13 }, [[2], [2 ** 53, -7]]],
  ["Sign", "of uint8 and of float64", [of([2], [0, 200], "uint8")], { opset: 13 }, [[2], [0, 1]]],
  ["Sign", "of float64", [of([2], [-0.5, 0], "float64")], { opset: 13 }, [[2], [-1, 0]]],
  [
    "Div",
    "of uint64",
    [of([2], [2 ** 63, 7], "uint64"), of([2], [2, 2], "uint64")],
    { opset: 14 },
    [[2], [2 ** 62, 3]],
  ],
  ["Add", "of uint8 wraps", [of([1], [200], "uint8"), of([1], [100], "uint8")], { opset: 14 }, [[1], [44]]],
  [
    "Mul",
    "of bfloat16 rounds",
    [of([1], [1.0078125], "bfloat16"), of([1], [3], "bfloat16")],
    { opset: 13 },
    [[1], [3.03125]],
  ],
  ["Clip", "of int8 without bounds", [of([2], [-128, 127], "int8")], { opset: 12 }, [[2], [-128, 127]]],
  [
    "Clip",
    "of uint8",
    [of([3], [0, 5, 255], "uint8"), of([], [3], "uint8"), of([], [200], "uint8")],
    { opset: 12 },
    [[3], [3, 5, 200]],
  ],
  ["Erf", "of bfloat16", [of([1], [1], "bfloat16")], { opset: 13 }, [[1], [0.84375]]],
  ["Round", "of float16, halves to even", [of([3], [0.5, 1.5, -2.5], "float16")], { opset: 11 }, [[3], [0, 2, -2]]],
];

testRows({ arithmetic, types });

const exact: readonly (readonly [op: string, f: (x: number) => number, ...inputs: number[]])[] = [
  ["Acos", Math.acos, -0.9, 0.1],
  ["Acosh", Math.acosh, 1.0001, 30],
  ["Asin", Math.asin, -0.9, 1e-5],
  ["Asinh", Math.asinh, -1e-5, 3, 1e12],
  ["Atan", Math.atan, -3, 1e-5],
  ["Atanh", Math.atanh, -0.999, 1e-5],
  ["Cosh", Math.cosh, -3, 0.1],
  ["Erf", erf, -0.3, 0.9, 2],
  ["Exp", Math.exp, -30, 2],
  ["HardSwish", (x) => x * Math.max(0, Math.min(1, x / 6 + 0.5)), -2, 1],
  ["Log", Math.log, 1e-9, 3],
  ["Mish", (x) => x * Math.tanh(Math.log1p(Math.exp(x))), -2, 1],
  ["Reciprocal", (x) => 1 / x, 3, -7],
  ["Sigmoid", (x) => 1 / (1 + Math.exp(-x)), -20, 1],
  ["Sin", Math.sin, 1, 100],
  ["Sinh", Math.sinh, -20, 1e-5],
  ["Softplus", (x) => Math.log1p(Math.exp(x)), -30, 5],
  ["Softsign", (x) => x / (1 + Math.abs(x)), -3, 5],
  ["Sqrt", Math.sqrt, 2, 3],
  ["Tan", Math.tan, 1, -2],
  ["Tanh", Math.tanh, 1e-5, -2],
];

describe("float64 is computed in float64", () => {
  for (const [op, f, ...inputs] of exact) {
    test(op, async () => {
      const [y] = await callOperator(op, [of([inputs.length], inputs, "float64")], { opset: 22 });
      expect(y?.dtype).toBe("float64");
      for (const [i, x] of inputs.entries()) {
        const wanted = f(x);
        expect(Math.abs((y?.data[i] as number) - wanted), `${x}`).toBeLessThan(
          1e-14 * Math.max(1e-3, Math.abs(wanted)),
        );
      }
    });
  }
});
