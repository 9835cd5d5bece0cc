/** Batch normalisation and dropout: the forms of every opset, in training and out of it. */
import { expect, test } from "vitest";
import { callOperator } from "./operator.ts";
import { floats, of, type Row, testRows } from "./rows.ts";

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

testRows({ statistics });

test("Dropout without a seed keeps as many as its ratio says and scales them", async () => {
  const x = floats(...new Array<number>(4000).fill(3));
  const [y] = await callOperator("Dropout", [x], { opset: 6, attributes: { ratio: { float: 0.25 } } });
  const kept = y?.data.filter((value) => value === 4).length ?? 0;
  expect(Math.abs(kept - 3000)).toBeLessThan(120);
  expect(y?.data.filter((value) => value === 0).length).toBe(4000 - kept);
});
