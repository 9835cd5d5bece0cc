/** Inputs that do not fit are refused in words, before anything is made of their numbers. */
import { expect, test } from "vitest";
import { callOperator, counted, type Given, ints, type Setting } from "./operator.ts";

test.each<[op: string, inputs: (Given | null)[], attributes: NonNullable<Setting["attributes"]>, message: string]>([
  ["Expand", [counted([1]), ints(2 ** 20, 2 ** 20)], {}, "more than 2^31 - 1 elements"],
  ["Expand", [counted([1]), ints(-1)], {}, "sizes must be integers of at least 0"],
  ["Range", [ints(0), ints(2 ** 40), ints(1)], {}, "more than 2^31 - 1 elements"],
  ["Range", [ints(0), ints(1), ints(0)], {}, "cannot count from 0 to 1 by 0"],
  ["Pad", [counted([2]), ints(2 ** 40, 0)], { mode: "reflect" }, "more than 2^31 - 1 elements"],
  ["Pad", [counted([2]), ints(-2, 1)], { mode: "edge" }, "no elements left"],
  ["Pad", [counted([2]), ints(1)], {}, "wanted two an axis"],
  ["OneHot", [ints(1), ints(2 ** 40), counted([2])], {}, "more than 2^31 - 1 elements"],
  ["RandomUniform", [], { shape: [2 ** 20, 2 ** 20] }, "more than 2^31 - 1 elements"],
  ["Slice", [counted([2]), ints(0), ints(1), ints(0), ints(0)], {}, "by steps of 0"],
  ["Slice", [counted([2]), ints(0), ints(1), ints(1)], {}, "cannot use axis 1"],
  ["Split", [counted([3]), ints(1, 1)], {}, "do not make up the 3"],
  ["Reshape", [counted([3]), ints(2, -1)], {}, "it has 3 elements"],
  ["Reshape", [counted([3]), ints(3, 0)], {}, "keeps size 1 of rank 1"],
  ["Squeeze", [counted([3]), ints(0)], {}, "has size 3, wanted 1"],
  ["Flatten", [counted([3])], { axis: 2 }, "cannot use axis 2"],
  ["Tile", [counted([3]), ints(-1)], {}, "wanted a count of at least 0"],
  ["Gather", [counted([3]), { data: [3], dtype: "int32" }], {}, "cannot read index 3"],
  ["Gather", [counted([3]), { data: [1.5] }], {}, "cannot index by float32"],
  ["ScatterElements", [counted([3]), ints(0), counted([2])], {}, "wanted an index of the updates' shape"],
  ["ScatterND", [counted([3]), { ...ints(0, 1), shape: [1, 2] }, counted([1])], {}, "wanted tuples of at most 1"],
  ["TopK", [counted([3]), ints(4)], {}, "cannot take 4"],
  ["Trilu", [counted([3]), null], {}, "wanted at least 2"],
  ["ReverseSequence", [counted([3, 2]), ints(1, 1)], { batch_axis: 1, time_axis: 2 }, "wanted 0 and 1"],
  ["DepthToSpace", [counted([1, 3, 1, 1])], { blocksize: 2 }, "reshape: cannot view"],
  ["Col2Im", [counted([1, 4, 3]), ints(3, 3), ints(2, 2)], {}, "holds no 2 × 2 blocks"],
  ["EyeLike", [counted([3])], {}, "wanted a matrix"],
  ["RoiAlign", [counted([1, 1, 2, 2]), counted([1, 3]), ints(0)], {}, "wanted [n, c, h, w], [r, 4] and [r]"],
  ["NonMaxSuppression", [counted([1, 2, 4]), counted([1, 1, 3])], {}, "wanted [b, n, 4] and [b, c, n]"],
])("%s of %j with %j is refused", async (op, inputs, attributes, message) => {
  await expect(callOperator(op, inputs, { opset: 18, attributes })).rejects.toThrow(message);
});
