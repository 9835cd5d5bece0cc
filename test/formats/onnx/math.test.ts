/** Old forms of arithmetic, and forms that the suites leave out. Expected values are written out by hand. */
import { describe, expect, test } from "vitest";
import { MersenneTwister } from "../../../ts/formats/onnx/mersenne-twister.ts";
import { erf } from "../../ops/oracle.ts";
import { callOperator, type Given, type Setting } from "./operator.ts";

type Row = readonly [
  op: string,
  what: string,
  inputs: readonly (Given | null)[],
  setting: Setting,
  ...outputs: (readonly [shape: readonly number[], data: readonly number[]])[],
];

const of = (shape: readonly number[], data: readonly number[], dtype: Given["dtype"] = "float32"): Given => ({
  shape,
  data,
  dtype,
});
const floats = (...data: number[]): Given => of([data.length], data);
const axes = (...data: number[]): Given => ({ data, dtype: "int64", constant: true });
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

const logic: readonly Row[] = [
  [
    "And",
    "of trailing axes before opset 7",
    [of([2, 2], [1, 0, 1, 1], "bool"), of([2], [1, 0], "bool")],
    { opset: 1, attributes: { broadcast: 1 } },
    [
      [2, 2],
      [1, 0, 1, 0],
    ],
  ],
  ["IsInf", "of both signs", [floats(-inf, nan, inf)], { opset: 20 }, [[3], [1, 0, 1]]],
  ["IsInf", "of one", [floats(-inf, 2, inf)], { opset: 10, attributes: { detect_positive: 0 } }, [[3], [1, 0, 0]]],
  [
    "IsInf",
    "of none",
    [floats(-inf, 2, inf)],
    { opset: 10, attributes: { detect_positive: 0, detect_negative: 0 } },
    [[3], [0, 0, 0]],
  ],
  ["IsNaN", "of numbers", [floats(-inf, nan, 0)], { opset: 9 }, [[3], [0, 1, 0]]],
  [
    "Equal",
    "of strings with other words",
    [
      { data: ["a", "b", "c"], dtype: "string" },
      { data: ["c", "b", "a"], dtype: "string" },
    ],
    { opset: 19 },
    [[3], [0, 1, 0]],
  ],
];

const activations: readonly Row[] = [
  [
    "PRelu",
    "with a slope a channel",
    [of([1, 2, 2], [-1, 1, -2, 2]), floats(0.5, 10)],
    { opset: 6 },
    [
      [1, 2, 2],
      [-0.5, 1, -20, 2],
    ],
  ],
  [
    "PRelu",
    "with a slope a column",
    [of([1, 2, 2], [-1, 1, -2, -2]), floats(0.5, 10)],
    { opset: 9 },
    [
      [1, 2, 2],
      [-0.5, 1, -1, -20],
    ],
  ],
  ["Selu", "by its first constants", [floats(-1, 1)], { opset: 1 }, [[2], [1.0507 * 1.6732 * Math.expm1(-1), 1.0507]]],
  [
    "Celu",
    "of alpha 2",
    [floats(-1, 3)],
    { opset: 12, attributes: { alpha: { float: 2 } } },
    [[2], [2 * Math.expm1(-0.5), 3]],
  ],
  ["HardSigmoid", "by default", [floats(-1, 1, 9)], { opset: 6 }, [[3], [0.3, 0.7, 1]]],
  ["Shrink", "by default", [floats(-1, 0.5, 1)], { opset: 9 }, [[3], [-1, 0, 1]]],
  ["Softplus", "without overflow", [floats(-200, 0, 200)], { opset: 1 }, [[3], [0, Math.LN2, 200]]],
  ["Mish", "without overflow", [floats(-200, 0, 200)], { opset: 18 }, [[3], [0, 0, 200]]],
  [
    "Swish",
    "of alpha 2",
    [floats(1)],
    { opset: 24, attributes: { alpha: { float: 2 } } },
    [[1], [1 / (1 + Math.exp(-2))]],
  ],
  [
    "SwiGLU",
    "of alpha 2",
    [floats(1), floats(3)],
    { opset: 28, attributes: { alpha: { float: 2 } } },
    [[1], [3 / (1 + Math.exp(-2))]],
  ],
  ["ThresholdedRelu", "at its threshold", [floats(1, 1.5)], { opset: 10 }, [[2], [0, 1.5]]],
  ["LeakyRelu", "by default", [floats(-1, 1)], { opset: 1 }, [[2], [-0.01, 1]]],
];

const table = of([2, 3], [1, 2, 3, 4, 5, 6]);

const reductions: readonly Row[] = [
  [
    "ReduceL1",
    "by an attribute",
    [of([2, 2], [1, -2, 3, -4])],
    { opset: 11, attributes: { axes: [-1], keepdims: 0 } },
    [[2], [3, 7]],
  ],
  [
    "ReduceSum",
    "by an input",
    [table, axes(0)],
    { opset: 13 },
    [
      [1, 3],
      [5, 7, 9],
    ],
  ],
  [
    "ReduceSum",
    "of no axes",
    [table, axes()],
    { opset: 13, attributes: { noop_with_empty_axes: 1 } },
    [
      [2, 3],
      [1, 2, 3, 4, 5, 6],
    ],
  ],
  [
    "ReduceLogSum",
    "of no axes",
    [floats(1, Math.E)],
    { opset: 18, attributes: { noop_with_empty_axes: 1 } },
    [[2], [0, 1]],
  ],
  [
    "ReduceSumSquare",
    "of no axes",
    [floats(2, 3)],
    { opset: 18, attributes: { noop_with_empty_axes: 1 } },
    [[2], [4, 9]],
  ],
  ["ReduceMean", "of everything", [table], { opset: 1 }, [[1, 1], [3.5]]],
  ["ReduceMean", "of a number", [of([], [3])], { opset: 18 }, [[], [3]]],
  ["ReduceLogSumExp", "of what overflows", [floats(1000, 1000)], { opset: 18 }, [[1], [1000 + Math.LN2]]],
  [
    "ReduceLogSumExp",
    "of infinities",
    [of([3, 2], [-inf, -inf, -inf, inf, -inf, 1]), axes(1)],
    { opset: 18 },
    [
      [3, 1],
      [-inf, inf, 1],
    ],
  ],
  [
    "ReduceLogSumExp",
    "of nothing",
    [of([0, 2], []), axes(0)],
    { opset: 18 },
    [
      [1, 2],
      [-inf, -inf],
    ],
  ],
  [
    "ReduceMin",
    "of nothing",
    [of([2, 0], [], "int32"), axes(1)],
    { opset: 18 },
    [
      [2, 1],
      [2147483647, 2147483647],
    ],
  ],
  [
    "ReduceMax",
    "of no bool",
    [of([2, 0], [], "bool"), axes(1)],
    { opset: 20, attributes: { keepdims: 0 } },
    [[2], [0, 0]],
  ],
  [
    "ReduceMax",
    "of bool",
    [of([2, 2], [0, 1, 0, 0], "bool"), axes(1)],
    { opset: 20, attributes: { keepdims: 0 } },
    [[2], [1, 0]],
  ],
  ["ReduceProd", "of nothing", [of([2, 0], []), axes(1)], { opset: 18, attributes: { keepdims: 0 } }, [[2], [1, 1]]],
  ["ReduceMean", "of integers cuts the fraction", [of([2], [-3, 0], "int32")], { opset: 13 }, [[1], [-1]]],
];

const norm = [floats(2), floats(1), floats(3), floats(4)];

const statistics: readonly Row[] = [
  [
    "BatchNormalization",
    "of a single dimension",
    [floats(1, 5), ...norm],
    { opset: 15, attributes: { epsilon: { float: 0 } } },
    [[2], [-1, 3]],
  ],
  [
    "BatchNormalization",
    "in training",
    [of([2, 1, 2], [0, 2, 4, 6]), ...norm],
    { opset: 15, attributes: { epsilon: { float: 0 }, training_mode: 1, momentum: { float: 0.5 } }, outputs: 3 },
    [
      [2, 1, 2],
      [-1.683282, 0.105573, 1.894427, 3.683282],
    ],
    [[1], [3]],
    [[1], [4.5]],
  ],
  [
    "BatchNormalization",
    "in training before opset 14",
    [of([2, 1], [0, 4]), ...norm],
    { opset: 7, attributes: { epsilon: { float: 0 }, momentum: { float: 0.5 } }, outputs: 5 },
    [
      [2, 1],
      [-1, 3],
    ],
    [[1], [2.5]],
    [[1], [4]],
    [[1], [2]],
    [[1], [4]],
  ],
  [
    "BatchNormalization",
    "of every place by itself",
    [of([1, 1, 2], [1, 5]), of([1, 2], [2, 1]), of([1, 2], [0, 1]), of([1, 2], [1, 3]), of([1, 2], [4, 1])],
    { opset: 6, attributes: { spatial: 0, is_test: 1, epsilon: { float: 0 } } },
    [
      [1, 1, 2],
      [0, 3],
    ],
  ],
  ["Dropout", "at inference", [floats(1, 2)], { opset: 7, outputs: 2 }, [[2], [1, 2]], [[2], [1, 1]]],
  ["Dropout", "in test mode", [floats(1, 2)], { opset: 1, attributes: { is_test: 1 } }, [[2], [1, 2]]],
  [
    "Dropout",
    "with a seed in training",
    [floats(1, 1, 1, 1), of([], [0.6]), of([], [1], "bool")],
    { opset: 13, attributes: { seed: 0 }, outputs: 2 },
    [[4], [0, 2.5, 2.5, 0]],
    [[4], [0, 1, 1, 0]],
  ],
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
  [
    "BitShift",
    "left of uint8",
    [of([4], [1, 255, 3, 1], "uint8"), of([4], [7, 4, 8, 200], "uint8")],
    { opset: 11, attributes: { direction: "LEFT" } },
    [[4], [128, 240, 0, 0]],
  ],
  [
    "BitShift",
    "right of uint32",
    [of([3], [2 ** 31, 5, 5], "uint32"), of([3], [31, 1, 32], "uint32")],
    { opset: 11, attributes: { direction: "RIGHT" } },
    [[3], [1, 2, 0]],
  ],
  [
    "BitShift",
    "left of uint64",
    [of([2], [3, 3], "uint64"), of([2], [62, 64], "uint64")],
    { opset: 11, attributes: { direction: "LEFT" } },
    [[2], [2 ** 63 + 2 ** 62, 0]],
  ],
  ["BitwiseNot", "of int8 and its like", [of([2], [0, -128], "int8")], { opset: 18 }, [[2], [-1, 127]]],
  [
    "BitwiseXor",
    "of uint64",
    [of([2], [2 ** 63, 5], "uint64"), of([2], [2 ** 63, 6], "uint64")],
    { opset: 18 },
    [[2], [0, 3]],
  ],
  [
    "Greater",
    "of uint64 past 2^63",
    [of([2], [2 ** 63, 1], "uint64"), of([2], [1, 2 ** 63], "uint64")],
    { opset: 13 },
    [[2], [1, 0]],
  ],
  ["Equal", "of bool", [of([2], [1, 0], "bool"), of([2], [1, 1], "bool")], { opset: 1 }, [[2], [1, 0]]],
  ["Less", "of bfloat16", [of([2], [1, 2], "bfloat16"), of([2], [2, 2], "bfloat16")], { opset: 13 }, [[2], [1, 0]]],
  ["IsNaN", "of float8", [of([2], [nan, 1], "float8_e4m3fn")], { opset: 20 }, [[2], [1, 0]]],
  ["IsInf", "of a float8 without infinities", [of([2], [448, 1], "float8_e4m3fn")], { opset: 20 }, [[2], [0, 0]]],
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
  ["Relu", "of int8", [of([2], [-5, 5], "int8")], { opset: 14 }, [[2], [0, 5]]],
  ["Relu", "of int64", [of([2], [-5, 2 ** 50], "int64")], { opset: 14 }, [[2], [0, 2 ** 50]]],
  ["PRelu", "of int64", [of([2], [-5, 5], "int64"), of([], [3], "int64")], { opset: 9 }, [[2], [-15, 5]]],
  [
    "Shrink",
    "of int32",
    [of([3], [-5, 1, 5], "int32")],
    { opset: 9, attributes: { lambd: { float: 1.5 }, bias: { float: 1 } } },
    [[3], [-4, 0, 4]],
  ],
  ["Gelu", "of float16", [of([2], [-1, 1], "float16")], { opset: 20 }, [[2], [-0.15869140625, 0.84130859375]]],
  ["Erf", "of bfloat16", [of([1], [1], "bfloat16")], { opset: 13 }, [[1], [0.84375]]],
  ["Round", "of float16, halves to even", [of([3], [0.5, 1.5, -2.5], "float16")], { opset: 11 }, [[3], [0, 2, -2]]],
  [
    "ReduceSum",
    "of int64 past 2^53",
    [of([2], [2 ** 53, -1], "int64")],
    { opset: 13, attributes: { keepdims: 0 } },
    [[], [2 ** 53 - 1]],
  ],
  ["ReduceSum", "of float16 past its precision", [of([3], [2048, 1, 1], "float16")], { opset: 13 }, [[1], [2050]]],
  ["ReduceMax", "of uint8", [of([2], [3, 200], "uint8")], { opset: 12 }, [[1], [200]]],
  ["ReduceMin", "of int8", [of([2], [3, -100], "int8")], { opset: 12 }, [[1], [-100]]],
  ["ReduceMax", "of no uint8", [of([0], [], "uint8")], { opset: 18 }, [[1], [0]]],
  ["ReduceMax", "of uint64", [of([2], [2 ** 63, 1], "uint64")], { opset: 18 }, [[1], [2 ** 63]]],
  ["ReduceProd", "of uint32 wraps", [of([2], [2 ** 31, 3], "uint32")], { opset: 13 }, [[1], [2 ** 31]]],
  ["ReduceMean", "of int64", [of([2], [-3, 0], "int64")], { opset: 13 }, [[1], [-1]]],
  ["ReduceMean", "of bfloat16", [of([3], [1, 2, 4], "bfloat16")], { opset: 13 }, [[1], [2.328125]]],
  ["ReduceL2", "of int32", [of([2], [3, 4], "int32")], { opset: 13 }, [[1], [5]]],
  ["ReduceL1", "of int64", [of([2], [3, -4], "int64")], { opset: 13 }, [[1], [7]]],
  ["ReduceLogSumExp", "of int32", [of([2], [3, 3], "int32")], { opset: 13 }, [[1], [3]]],
  ["ReduceSumSquare", "of uint64", [of([2], [2 ** 20, 3], "uint64")], { opset: 13 }, [[1], [2 ** 40 + 9]]],
  [
    "BatchNormalization",
    "of float16 by statistics in float32",
    [of([2, 1], [1, 5], "float16"), ...norm],
    { opset: 15, attributes: { epsilon: { float: 0 } } },
    [
      [2, 1],
      [-1, 3],
    ],
  ],
];

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

for (const [name, rows] of Object.entries({ arithmetic, logic, activations, reductions, statistics, types })) {
  describe(name, () => {
    for (const [op, what, inputs, setting, ...outputs] of rows) {
      test(`${op} ${what}`, async () => {
        const found = await callOperator(op, inputs, setting);
        expect(found.slice(0, outputs.length).map(({ shape }) => shape)).toEqual(outputs.map(([shape]) => shape));
        for (const [i, [, data]] of outputs.entries())
          for (const [k, wanted] of data.entries()) {
            const got = found[i]?.data[k] as number;
            if (Object.is(got, wanted) || got === wanted) continue;
            expect(Math.abs(got - wanted), `${i}, ${k}: ${got} for ${wanted}`).toBeLessThan(
              1e-6 + 2e-6 * Math.abs(wanted),
            );
          }
      });
    }
  });
}

test("Dropout without a seed keeps as many as its ratio says and scales them", async () => {
  const x = floats(...new Array<number>(4000).fill(3));
  const [y] = await callOperator("Dropout", [x], { opset: 6, attributes: { ratio: { float: 0.25 } } });
  const kept = y?.data.filter((value) => value === 4).length ?? 0;
  expect(Math.abs(kept - 3000)).toBeLessThan(120);
  expect(y?.data.filter((value) => value === 0).length).toBe(4000 - kept);
});

test("the Mersenne Twister gives NumPy's numbers", () => {
  const twister = new MersenneTwister(0);
  const found = Array.from({ length: 1000 }, () => twister.uniform());
  expect(found.slice(0, 3)).toEqual([0.5488135039273248, 0.7151893663724195, 0.6027633760716439]);
  expect(found[999]).toBe(0.6771411441114241);
});
