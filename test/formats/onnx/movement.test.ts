/** Old forms of operators, and forms that the suites leave out. Expected values are written out by hand. */
import { describe, expect, test } from "vitest";
import { callOperator, counted, ints, words } from "./operator.ts";
import type { Named } from "./rows.ts";

const rows: readonly Named[] = [
  {
    op: "Reshape",
    what: "by an attribute, keeping a size",
    inputs: [counted([2, 3])],
    setting: { opset: 1, attributes: { shape: [0, -1, 1] } },
    outputs: [
      [
        [2, 3, 1],
        [0, 1, 2, 3, 4, 5],
      ],
    ],
  },
  {
    op: "Reshape",
    what: "of nothing, sizes of 0 allowed",
    inputs: [counted([0, 3]), ints(3, 0)],
    setting: { opset: 14, attributes: { allowzero: 1 } },
    outputs: [[[3, 0], []]],
  },
  {
    op: "Squeeze",
    what: "of strings by an attribute",
    inputs: [words([1, 2, 1], "a", "b")],
    setting: { opset: 11, attributes: { axes: [-1] } },
    outputs: [
      [
        [1, 2],
        ["a", "b"],
      ],
    ],
  },
  {
    op: "Concat",
    what: "along axis 1 unless it says otherwise",
    inputs: [counted([2, 1]), counted([2, 2])],
    setting: { opset: 1 },
    outputs: [
      [
        [2, 3],
        [0, 0, 1, 1, 2, 3],
      ],
    ],
  },
  {
    op: "Concat",
    what: "of strings with other words",
    inputs: [words([2], "a", "b"), words([2], "c", "a")],
    setting: { opset: 13, attributes: { axis: 0 } },
    outputs: [[[4], ["a", "b", "c", "a"]]],
  },
  {
    op: "Split",
    what: "by an attribute",
    inputs: [counted([5])],
    setting: { opset: 2, attributes: { split: [2, 3] }, outputs: 2 },
    outputs: [
      [[2], [0, 1]],
      [[3], [2, 3, 4]],
    ],
  },
  {
    op: "Split",
    what: "into parts that do not come out even",
    inputs: [counted([7], "string")],
    setting: { opset: 18, attributes: { num_outputs: 3 }, outputs: 3 },
    outputs: [
      [[3], ["w0", "w1", "w2"]],
      [[3], ["w3", "w4", "w5"]],
      [[1], ["w6"]],
    ],
  },
  {
    op: "Slice",
    what: "by attributes, clamped",
    inputs: [counted([3, 4])],
    setting: { opset: 1, attributes: { starts: [1, -100], ends: [1000, -2], axes: [0, 1] } },
    outputs: [
      [
        [2, 2],
        [4, 5, 8, 9],
      ],
    ],
  },
  {
    op: "Slice",
    what: "backwards past the start",
    inputs: [counted([5]), ints(10), ints(-10), ints(0), ints(-2)],
    setting: { opset: 13 },
    outputs: [[[3], [4, 2, 0]]],
  },
  {
    op: "Slice",
    what: "of nothing",
    inputs: [counted([5]), ints(4), ints(2)],
    setting: { opset: 13 },
    outputs: [[[0], []]],
  },
  {
    op: "Tile",
    what: "along one axis",
    inputs: [counted([2, 2]), { data: [2] }, { data: [1] }],
    setting: { opset: 1 },
    outputs: [
      [
        [2, 4],
        [0, 1, 0, 1, 2, 3, 2, 3],
      ],
    ],
  },
  {
    op: "Pad",
    what: "by the attribute of opset 1",
    inputs: [counted([2])],
    setting: { opset: 1, attributes: { paddings: [1, 2], value: { float: 9 } } },
    outputs: [[[5], [9, 0, 1, 9, 9]]],
  },
  {
    op: "Pad",
    what: "taking from one end and adding to the other",
    inputs: [counted([4]), ints(-1, 2)],
    setting: { opset: 13 },
    outputs: [[[5], [1, 2, 3, 0, 0]]],
  },
  {
    op: "Pad",
    what: "strings around",
    inputs: [words([2], "a", "b"), ints(1, 0), words([], "-")],
    setting: { opset: 13 },
    outputs: [[[3], ["-", "a", "b"]]],
  },
  {
    op: "Pad",
    what: "reflected more than once",
    inputs: [counted([3]), ints(5, 4)],
    setting: { opset: 18, attributes: { mode: "reflect" } },
    outputs: [[[12], [1, 0, 1, 2, 1, 0, 1, 2, 1, 0, 1, 2]]],
  },
  {
    op: "Pad",
    what: "wrapped around an axis that is cut",
    inputs: [counted([1, 4]), ints(-1, 3), null, ints(1)],
    setting: { opset: 19, attributes: { mode: "wrap" } },
    outputs: [
      [
        [1, 6],
        [1, 2, 3, 1, 2, 3],
      ],
    ],
  },
  {
    op: "CenterCropPad",
    what: "odd differences",
    inputs: [counted([5, 2]), ints(2, 5)],
    setting: { opset: 18 },
    outputs: [
      [
        [2, 5],
        [0, 2, 3, 0, 0, 0, 4, 5, 0, 0],
      ],
    ],
  },
  ...[true, false].map(
    (constant): Named => ({
      op: "Gather",
      what: `strings, the index ${constant ? "known" : "unknown"}`,
      inputs: [counted([2, 3], "string"), { data: [-1, 0, 0, 2], shape: [2, 2], dtype: "int32", constant }],
      setting: { opset: 13, attributes: { axis: 1 } },
      outputs: [
        [
          [2, 2, 2],
          ["w2", "w0", "w0", "w2", "w5", "w3", "w3", "w5"],
        ],
      ],
    }),
  ),
  {
    op: "GatherElements",
    what: "at an index smaller than the tensor",
    inputs: [counted([3, 3]), { data: [2, -1], shape: [1, 2], dtype: "int32" }],
    setting: { opset: 13, attributes: { axis: 0 } },
    outputs: [
      [
        [1, 2],
        [6, 7],
      ],
    ],
  },
  {
    op: "ScatterElements",
    what: "strings, the last one stays",
    inputs: [counted([3], "string"), { data: [1, 1], dtype: "int32" }, words([2], "a", "b")],
    setting: { opset: 18 },
    outputs: [[[3], ["w0", "b", "w2"]]],
  },
  {
    op: "ScatterND",
    what: "sums of rows",
    inputs: [counted([2, 2]), { data: [1, -1], shape: [2, 1], dtype: "int32" }, counted([2, 2])],
    setting: { opset: 18, attributes: { reduction: "add" } },
    outputs: [
      [
        [2, 2],
        [0, 1, 4, 7],
      ],
    ],
  },
  {
    op: "Compress",
    what: "by a condition shorter than the axis",
    inputs: [counted([2, 3]), { data: [0, 1], dtype: "bool" }],
    setting: { opset: 11, attributes: { axis: 1 } },
    outputs: [
      [
        [2, 1],
        [1, 4],
      ],
    ],
  },
  {
    op: "NonZero",
    what: "of a scalar",
    inputs: [{ data: [7], shape: [] }],
    setting: { opset: 13 },
    outputs: [[[0, 1], []]],
  },
  {
    op: "OneHot",
    what: "of negative indices at opset 9",
    inputs: [ints(-1, 1), ints(2), { data: [3, 5] }],
    setting: { opset: 9 },
    outputs: [
      [
        [2, 2],
        [3, 3, 3, 5],
      ],
    ],
  },
  {
    op: "TopK",
    what: "by an attribute",
    inputs: [{ data: [1, 3, 3, 2] }],
    setting: { opset: 1, attributes: { k: 3 }, outputs: 2 },
    outputs: [
      [[3], [3, 3, 2]],
      [[3], [1, 2, 3]],
    ],
  },
  {
    op: "Unique",
    what: "strings in order of appearance",
    inputs: [words([4], "b", "a", "b", "c")],
    setting: { opset: 11, attributes: { sorted: 0 }, outputs: 4 },
    outputs: [
      [[3], ["b", "a", "c"]],
      [[3], [0, 1, 3]],
      [[4], [0, 1, 0, 2]],
      [[3], [2, 1, 1]],
    ],
  },
  {
    op: "Cast",
    what: "by the name of a type",
    inputs: [{ data: [1.5, -2.5] }],
    setting: { opset: 1, attributes: { to: "INT32" } },
    outputs: [[[2], [1, -2]]],
  },
  {
    op: "Cast",
    what: "from strings",
    inputs: [words([5], "1.5", "-INF", "+inf", "nan", "1E-5")],
    setting: { opset: 13, attributes: { to: 1 } },
    outputs: [[[5], [1.5, Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY, Number.NaN, Math.fround(1e-5)]]],
  },
  {
    op: "Cast",
    what: "to strings",
    inputs: [{ data: [0.1, -3, 1e20, 1.5e-7, Number.NaN, 314.15927] }],
    setting: { opset: 13, attributes: { to: 8 } },
    outputs: [[[6], ["0.1", "-3.0", "1e+20", "1.5e-07", "nan", "314.15927"]]],
  },
  {
    op: "BitCast",
    what: "from float32 to int32",
    inputs: [{ data: [1, -0] }],
    setting: { opset: 26, attributes: { to: 6 } },
    outputs: [[[2], [0x3f800000, -2147483648]]],
  },
  {
    op: "com.microsoft.ExpandDims",
    what: "at an axis from the end",
    inputs: [counted([2]), { data: [-1], shape: [], dtype: "int32" }],
    setting: { opset: 1 },
    outputs: [
      [
        [2, 1],
        [0, 1],
      ],
    ],
  },
  {
    op: "com.microsoft.Pad",
    what: "by its inputs",
    inputs: [counted([2]), ints(0, 1), { data: [7] }],
    setting: { opset: 1 },
    outputs: [[[3], [0, 1, 7]]],
  },
  {
    op: "ConstantFill",
    what: "of a shape and more",
    inputs: [ints(2)],
    setting: { opset: 1, attributes: { input_as_shape: 1, extra_shape: [1], value: { float: 4 } } },
    outputs: [
      [
        [2, 1],
        [4, 4],
      ],
    ],
  },
  {
    op: "Crop",
    what: "a border",
    inputs: [counted([1, 1, 3, 4])],
    setting: { opset: 1, attributes: { border: [1, 1, 2, 0] } },
    outputs: [
      [
        [1, 1, 2, 1],
        [5, 9],
      ],
    ],
  },
  {
    op: "ImageScaler",
    what: "with a bias a channel",
    inputs: [counted([1, 2, 1, 2])],
    setting: { opset: 1, attributes: { scale: { float: 2 }, bias: { floats: [10, 20] } } },
    outputs: [
      [
        [1, 2, 1, 2],
        [10, 12, 24, 26],
      ],
    ],
  },
  {
    op: "MaxRoiPool",
    what: "of one box",
    inputs: [counted([1, 1, 4, 4]), { data: [0, 1, 1, 3, 3], shape: [1, 5] }],
    setting: { opset: 1, attributes: { pooled_shape: [2, 1] } },
    outputs: [
      [
        [1, 1, 2, 1],
        [11, 15],
      ],
    ],
  },
];

describe("operators that move, pick, write and cast", () => {
  for (const { op, what, inputs, setting, outputs } of rows) {
    test(`${op}: ${what}`, async () => {
      const found = await callOperator(op, inputs, setting);
      expect(found.map(({ shape, data }) => [shape, data])).toEqual(outputs);
    });
  }
});
