/**
 * Ultra-light face detectors: scores [1, n, 2] of background and face, boxes [1, n, 4] as corners from 0 to 1, or, in
 * models that leave the last step to others, as offsets from prior boxes:
 *
 *     centre = prior + 0.1 · offset · prior size        size = prior size · exp(0.2 · offset)
 *
 * Source: https://github.com/Linzaer/Ultra-Light-Fast-Generic-Face-Detector-1MB
 */
import type { Detection } from "../../vision/index.ts";
import { shapeOf } from "../task.ts";
import { around, type Detector } from "./detector.ts";

const priorSizes: readonly (readonly [stride: number, sizes: readonly number[]])[] = [
  [8, [10, 16, 24]],
  [16, [32, 48]],
  [32, [64, 96]],
  [64, [128, 192, 256]],
];

/** Centre and size of every prior, in parts of the picture. */
function priorsOf(width: number, height: number): number[][] {
  return priorSizes.flatMap(([stride, sizes]) => {
    const [columns, rows] = [Math.ceil(width / stride), Math.ceil(height / stride)];
    return Array.from({ length: rows * columns }, (_, at) => {
      const [x, y] = [((at % columns) + 0.5) / columns, (Math.floor(at / columns) + 0.5) / rows];
      return sizes.map((size) => [x, y, size / width, size / height]);
    }).flat();
  });
}

export const ultraface: Detector = {
  name: "Ultra-Light-Fast face detector",
  fits({ outputs }) {
    return shapeOf(outputs, "scores")?.[2] === 2 && shapeOf(outputs, "boxes")?.[2] === 4;
  },
  input: { scale: 1, mean: 127, std: 128 },
  threshold: 0.7,
  overlap: 0.3,
  labels: ["face"],
  decode({ scores, boxes }, width, height, threshold) {
    if (scores === undefined || boxes === undefined) return [];
    const found: Detection[] = [];
    const corners = boxes.every((side, i) => i % 4 < 2 || side >= (boxes[i - 2] as number));
    const priors = corners ? [] : priorsOf(width, height);
    for (let i = 0; i < scores.length / 2; i++) {
      const score = scores[2 * i + 1] as number;
      if (score < threshold) continue;
      const [a = 0, b = 0, c = 0, d = 0] = boxes.subarray(4 * i, 4 * i + 4);
      const [x = 0, y = 0, w = 0, h = 0] = priors[i] ?? [];
      const box: Detection["box"] = corners
        ? [a, b, c, d]
        : around(x + 0.1 * a * w, y + 0.1 * b * h, w * Math.exp(0.2 * c), h * Math.exp(0.2 * d));
      found.push({ box, score, index: 0 });
    }
    return found;
  },
};
