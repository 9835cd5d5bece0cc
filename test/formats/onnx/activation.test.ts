/** Activations: old forms, types, defaults, and values that overflow. */
import { floats, of, type Row, testRows } from "./rows.ts";

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

const types: readonly Row[] = [
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
];

testRows({ activations, types });
