/** Comparisons, bits and tests of numbers: old forms, types, and forms that the suites leave out. */
import { floats, of, type Row, testRows } from "./rows.ts";

const { POSITIVE_INFINITY: inf, NaN: nan } = Number;

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

const types: readonly Row[] = [
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
];

testRows({ logic, types });
