/** Windows, resizing and sampling: old forms, and forms that the suites leave out. Expected values are written out by hand. */
import { describe, expect, test } from "vitest";
import { callOperator, type Given, type Setting } from "./operator.ts";
import type { Named } from "./rows.ts";

const given = (shape: readonly number[], ...data: (number | string)[]): Given => ({ shape, data });
const counted = (...shape: number[]): Given => ({
  shape,
  data: Array.from({ length: shape.reduce((a, b) => a * b, 1) }, (_, i) => i),
});
const known = (dtype: Given["dtype"], ...data: number[]): Given => ({
  data,
  dtype: dtype ?? "float32",
  constant: true,
});
const scales = (...data: number[]): Given => known("float32", ...data);
const sizes = (...data: number[]): Given => known("int64", ...data);

const rows: readonly Named[] = [
  {
    op: "com.microsoft.FusedConv",
    what: "adds a tensor and clips",
    inputs: [given([1, 1, 3], 1, 2, 3), given([1, 1, 2], 1, 1), given([1], 10), given([1, 1, 2], -20, 1)],
    setting: { opset: 1, attributes: { activation: "Clip", activation_params: { floats: [0, 15] } } },
    outputs: [
      [
        [1, 1, 2],
        [0, 15],
      ],
    ],
  },
  {
    op: "com.microsoft.FusedConv",
    what: "with a leaky activation",
    inputs: [given([1, 1, 2], -4, 2), given([1, 1, 1], 1)],
    setting: { opset: 1, attributes: { activation: "LeakyRelu", activation_params: { floats: [0.25] } } },
    outputs: [
      [
        [1, 1, 2],
        [-1, 2],
      ],
    ],
  },
  {
    op: "Conv",
    what: "with the odd element of padding in front",
    inputs: [given([1, 1, 4], 1, 2, 3, 4), given([1, 1, 2], 1, 10)],
    setting: { opset: 1, attributes: { auto_pad: "SAME_LOWER" } },
    outputs: [
      [
        [1, 1, 4],
        [10, 21, 32, 43],
      ],
    ],
  },
  {
    op: "Conv",
    what: "over four axes",
    inputs: [counted(1, 1, 2, 2, 2, 2), given([1, 1, 2, 1, 1, 2], 1, 10, 100, 1000)],
    setting: { opset: 22 },
    outputs: [
      [
        [1, 1, 1, 2, 2, 1],
        [9810, 12032, 14254, 16476],
      ],
    ],
  },
  {
    op: "ConvTranspose",
    what: "to a larger output, zeros behind",
    inputs: [given([1, 1, 2], 1, 2), given([1, 1, 2], 1, 1), given([1], 5)],
    setting: { opset: 11, attributes: { strides: [2], output_shape: [5] } },
    outputs: [
      [
        [1, 1, 5],
        [6, 6, 7, 7, 5],
      ],
    ],
  },
  {
    op: "ConvTranspose",
    what: "to a larger output, zeros in front",
    inputs: [given([1, 1, 2], 1, 2), given([1, 1, 2], 1, 1)],
    setting: { opset: 11, attributes: { strides: [2], output_shape: [5], auto_pad: "SAME_UPPER" } },
    outputs: [
      [
        [1, 1, 5],
        [0, 1, 1, 2, 2],
      ],
    ],
  },
  {
    op: "ConvTranspose",
    what: "to an output shape with batch and channels",
    inputs: [given([1, 1, 2], 1, 2), given([1, 1, 3], 1, 2, 3)],
    setting: { opset: 1, attributes: { output_shape: [1, 1, 2] } },
    outputs: [
      [
        [1, 1, 2],
        [4, 7],
      ],
    ],
  },
  {
    op: "MaxPool",
    what: "numbers a box by its first axis",
    inputs: [given([1, 1, 2, 2, 2], 0, 1, 2, 3, 9, 5, 6, 7)],
    setting: { opset: 12, attributes: { kernel_shape: [2, 2, 1], storage_order: 1 }, outputs: 2 },
    outputs: [
      [
        [1, 1, 1, 1, 2],
        [9, 7],
      ],
      [
        [1, 1, 1, 1, 2],
        [1, 7],
      ],
    ],
  },
  {
    op: "MaxPool",
    what: "of int8 below zero beside padding",
    inputs: [{ shape: [1, 1, 3], data: [-5, -3, -4], dtype: "int8" }],
    setting: { opset: 12, attributes: { kernel_shape: [2], pads: [1, 1] } },
    outputs: [
      [
        [1, 1, 4],
        [-5, -3, -3, -4],
      ],
    ],
  },
  {
    op: "AveragePool",
    what: "leaves padding out unless it says otherwise",
    inputs: [given([1, 1, 3], 2, 4, 6)],
    setting: { opset: 1, attributes: { kernel_shape: [2], auto_pad: "SAME_UPPER" } },
    outputs: [
      [
        [1, 1, 3],
        [3, 5, 6],
      ],
    ],
  },
  {
    op: "AveragePool",
    what: "counts what ceil_mode adds, before opset 22",
    inputs: [given([1, 1, 3], 2, 4, 6)],
    setting: { opset: 19, attributes: { kernel_shape: [2], strides: [2], ceil_mode: 1, count_include_pad: 1 } },
    outputs: [
      [
        [1, 1, 2],
        [3, 3],
      ],
    ],
  },
  {
    op: "AveragePool",
    what: "does not count it since",
    inputs: [given([1, 1, 3], 2, 4, 6)],
    setting: { opset: 22, attributes: { kernel_shape: [2], strides: [2], ceil_mode: 1, count_include_pad: 1 } },
    outputs: [
      [
        [1, 1, 2],
        [3, 6],
      ],
    ],
  },
  {
    op: "LpPool",
    what: "by a float exponent",
    inputs: [given([1, 1, 4], 1, -2, 2, 1)],
    setting: { opset: 1, attributes: { kernel_shape: [2], strides: [2], p: { float: 1 } } },
    outputs: [
      [
        [1, 1, 2],
        [3, 3],
      ],
    ],
  },
  {
    op: "LpPool",
    what: "with a last window that ends outside",
    inputs: [given([1, 1, 3], 3, -4, 5)],
    setting: { opset: 18, attributes: { kernel_shape: [2], strides: [2], ceil_mode: 1 } },
    outputs: [
      [
        [1, 1, 2],
        [5, 5],
      ],
    ],
  },
  {
    op: "GlobalLpPool",
    what: "by its own exponent",
    inputs: [given([1, 2, 2], -3, 4, 0, 2)],
    setting: { opset: 2, attributes: { p: 1 } },
    outputs: [
      [
        [1, 2, 1],
        [7, 2],
      ],
    ],
  },
  {
    op: "MaxUnpool",
    what: "in a larger output",
    inputs: [given([1, 1, 1], 7), { shape: [1, 1, 1], data: [1], dtype: "int64" }, sizes(1, 1, 4)],
    setting: { opset: 11, attributes: { kernel_shape: [2], strides: [2] } },
    outputs: [
      [
        [1, 1, 4],
        [0, 7, 0, 0],
      ],
    ],
  },
  {
    op: "LRN",
    what: "over an even number of channels, which lean forward",
    inputs: [given([1, 3, 1], 1, 2, 3)],
    setting: { opset: 1, attributes: { size: 2, alpha: { float: 2 }, beta: { float: 1 }, bias: { float: 1 } } },
    outputs: [
      [
        [1, 3, 1],
        [1 / 6, 2 / 14, 3 / 10],
      ],
    ],
  },
  {
    op: "Upsample",
    what: "by factors in attributes",
    inputs: [given([1, 1, 1, 2], 1, 2)],
    setting: { opset: 1, attributes: { height_scale: { float: 2 }, width_scale: { float: 1.5 } } },
    outputs: [
      [
        [1, 1, 2, 3],
        [1, 1, 2, 1, 1, 2],
      ],
    ],
  },
  {
    op: "Upsample",
    what: "by a list, bilinear",
    inputs: [given([1, 1, 1, 2], 1, 2)],
    setting: { opset: 7, attributes: { mode: "bilinear", scales: { floats: [1, 1, 1, 2] } } },
    outputs: [
      [
        [1, 1, 1, 4],
        [1, 1.5, 2, 2],
      ],
    ],
  },
  {
    op: "Resize",
    what: "takes every element of a larger input at opset 10",
    inputs: [given([4], 1, 2, 3, 4), scales(0.5)],
    setting: { opset: 10 },
    outputs: [[[2], [1, 3]]],
  },
  {
    op: "Resize",
    what: "repeats strings",
    inputs: [{ shape: [2], data: ["a", "b"], dtype: "string" }, null, scales(2)],
    setting: { opset: 19, attributes: { coordinate_transformation_mode: "asymmetric", nearest_mode: "floor" } },
    outputs: [[[4], ["a", "a", "b", "b"]]],
  },
  {
    op: "Resize",
    what: "rounds integers and keeps them in their range",
    inputs: [{ shape: [2], data: [0, 255], dtype: "uint8" }, null, scales(4)],
    setting: { opset: 19, attributes: { mode: "cubic" } },
    outputs: [[[8], [0, 0, 27, 92, 163, 228, 255, 255]]],
  },
  {
    op: "Resize",
    what: "in the old convention of TensorFlow",
    inputs: [given([4], 1, 2, 3, 4), scales(), scales(), sizes(2)],
    setting: {
      opset: 11,
      attributes: { coordinate_transformation_mode: "tf_half_pixel_for_nn", nearest_mode: "floor" },
    },
    outputs: [[[2], [2, 4]]],
  },
  {
    op: "Resize",
    what: "of a part, with another value outside",
    inputs: [given([3], 1, 2, 3), scales(0.5, 1.5), scales(), sizes(3)],
    setting: {
      opset: 13,
      attributes: {
        mode: "linear",
        coordinate_transformation_mode: "tf_crop_and_resize",
        extrapolation_value: { float: 9 },
      },
    },
    outputs: [[[3], [2, 3, 9]]],
  },
  {
    op: "com.microsoft.GridSample",
    what: "of two channels at one point",
    inputs: [given([1, 2, 1, 2], 1, 3, 10, 30), given([1, 1, 1, 2], 0, 0)],
    setting: { opset: 1, attributes: { mode: "bilinear" } },
    outputs: [
      [
        [1, 2, 1, 1],
        [2, 20],
      ],
    ],
  },
  {
    op: "GridSample",
    what: "of one axis",
    inputs: [given([1, 1, 3], 1, 3, 10), given([1, 2, 1], -1, 0.5)],
    setting: { opset: 20, attributes: { mode: "linear", align_corners: 1 } },
    outputs: [
      [
        [1, 1, 2],
        [1, 6.5],
      ],
    ],
  },
];

describe.each(rows.map((row) => [`${row.op} ${row.what}`, row] as const))("%s", (_, row) => {
  test(`at opset ${row.setting.opset}`, async () => {
    const results = await callOperator(row.op, row.inputs, row.setting);
    expect(results.map(({ shape }) => shape)).toEqual(row.outputs.map(([shape]) => shape));
    for (const [i, [, data]] of row.outputs.entries()) {
      const got = results[i]?.data as readonly (number | string)[];
      for (const [k, value] of data.entries()) {
        if (typeof value === "string") expect(got[k]).toBe(value);
        else expect(got[k]).toBeCloseTo(value, 5);
      }
    }
  });
});

describe("refuses", () => {
  const x = counted(1, 1, 3);
  const w = given([1, 1, 2], 1, 1);
  const refused: readonly (readonly [string, string, readonly (Given | null)[], Setting["attributes"], string])[] = [
    ["a stride of 0", "Conv", [x, w], { strides: [0] }, "strides is [0], wanted 1 numbers of at least 1"],
    ["negative padding", "MaxPool", [x], { kernel_shape: [2], pads: [0, -1] }, "pads is [0, -1]"],
    ["a kernel of other rank", "AveragePool", [x], { kernel_shape: [2, 2] }, "the kernel is [2, 2], wanted 1 sizes"],
    ["a window beyond its input", "LpPool", [x], { kernel_shape: [4] }, "a window of 4 does not fit into 3"],
    ["more than memory holds", "Conv", [x, w], { pads: [2 ** 31, 0] }, "more than 2^31 - 1 elements"],
    ["channels that differ", "ConvTranspose", [x, given([2, 1, 1], 1, 1)], {}, "channels differ"],
    ["negative sizes", "Resize", [x, null, null, sizes(1, 1, -3)], {}, "sizes must be integers of at least 0"],
    ["sizes beyond memory", "Resize", [x, null, null, sizes(1, 1, 2 ** 40)], {}, "more than 2^31 - 1 elements"],
    ["to repeat nothing", "Resize", [counted(1, 0), null, null, sizes(1, 2)], {}, "has no element to repeat"],
    ["unknown modes", "GridSample", [x, given([1, 1, 1], 0)], { mode: "sinc" }, "mode sinc is not supported"],
  ];
  test.each(refused)("%s", async (_, op, inputs, attributes, message) => {
    await expect(callOperator(op, inputs, { opset: 19, attributes: attributes ?? {} })).rejects.toThrow(message);
  });
});
