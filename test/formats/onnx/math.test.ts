/** Old forms of arithmetic, and forms that the suites leave out. Expected values are written out by hand. */
import { describe, expect, test } from "vitest";
import { MersenneTwister } from "../../../ts/formats/onnx/mersenne-twister.ts";
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

for (const [name, rows] of Object.entries({ arithmetic, logic, activations, reductions, statistics })) {
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
