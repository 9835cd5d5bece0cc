/** Reductions: axes given in every way, types, and sums of nothing. */
import { ints } from "./operator.ts";
import { floats, of, type Row, testRows } from "./rows.ts";

const { POSITIVE_INFINITY: inf } = Number;
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
    [table, ints(0)],
    { opset: 13 },
    [
      [1, 3],
      [5, 7, 9],
    ],
  ],
  [
    "ReduceSum",
    "of no axes",
    [table, ints()],
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
    [of([3, 2], [-inf, -inf, -inf, inf, -inf, 1]), ints(1)],
    { opset: 18 },
    [
      [3, 1],
      [-inf, inf, 1],
    ],
  ],
  [
    "ReduceLogSumExp",
    "of nothing",
    [of([0, 2], []), ints(0)],
    { opset: 18 },
    [
      [1, 2],
      [-inf, -inf],
    ],
  ],
  [
    "ReduceMin",
    "of nothing",
    [of([2, 0], [], "int32"), ints(1)],
    { opset: 18 },
    [
      [2, 1],
      [2147483647, 2147483647],
    ],
  ],
  [
    "ReduceMax",
    "of no bool",
    [of([2, 0], [], "bool"), ints(1)],
    { opset: 20, attributes: { keepdims: 0 } },
    [[2], [0, 0]],
  ],
  [
    "ReduceMax",
    "of bool",
    [of([2, 2], [0, 1, 0, 0], "bool"), ints(1)],
    { opset: 20, attributes: { keepdims: 0 } },
    [[2], [1, 0]],
  ],
  ["ReduceProd", "of nothing", [of([2, 0], []), ints(1)], { opset: 18, attributes: { keepdims: 0 } }, [[2], [1, 1]]],
  ["ReduceMean", "of integers cuts the fraction", [of([2], [-3, 0], "int32")], { opset: 13 }, [[1], [-1]]],
];

const types: readonly Row[] = [
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
];

testRows({ reductions, types });
