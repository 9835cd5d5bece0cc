import type { Tensor } from "../../ts/index.ts";
import type { Case } from "./case.ts";
import { type Array64, array64, at, build } from "./oracle.ts";

type Box = readonly [top: number, left: number, bottom: number, right: number];

const area = ([top, left, bottom, right]: Box): number => (bottom - top) * (right - left);

function overlap(a: Box, b: Box): number {
  const height = Math.min(a[2], b[2]) - Math.max(a[0], b[0]);
  const width = Math.min(a[3], b[3]) - Math.max(a[1], b[1]);
  const both = Math.max(0, height) * Math.max(0, width);
  return both / (area(a) + area(b) - both);
}

/** Boxes of one image as sorted corners. */
function cornersOf(boxes: Array64, image: number, centred: boolean): Box[] {
  return Array.from({ length: boxes.shape[1] as number }, (_, i): Box => {
    const [p, q, r, s] = [0, 1, 2, 3].map((k) => at(boxes, [image, i, k])) as [number, number, number, number];
    if (centred) return [q - s / 2, p - r / 2, q + s / 2, p + r / 2];
    return [Math.min(p, r), Math.min(q, s), Math.max(p, r), Math.max(q, s)];
  });
}

function suppress(boxes: readonly Box[], scores: readonly number[], k: number, most: number, least: number): number[] {
  const taken: number[] = [];
  const order = scores.map((_, i) => i).sort((i, j) => (scores[j] as number) - (scores[i] as number) || i - j);
  for (const i of order) {
    if (taken.length === k || (scores[i] as number) <= least) break;
    if (taken.every((j) => overlap(boxes[i] as Box, boxes[j] as Box) <= most)) taken.push(i);
  }
  return [...taken, ...new Array<number>(k - taken.length).fill(-1)];
}

const chosen: readonly Case[] = (
  [
    { most: 4, overlap: 0.3, score: 0.2, centred: false },
    { most: 20, overlap: 0.5, score: -1, centred: true },
  ] as const
).map((options) => ({
  name: `nms ${options.centred ? "of centred boxes" : "of corners"}`,
  inputs: [
    { shape: [2, 20, 4], low: 0, high: 1 },
    { shape: [2, 3, 20], low: 0, high: 1, phase: 0.1 },
  ],
  run: (hebb, boxes, scores) => hebb.nms(boxes as Tensor, scores as Tensor, options),
  oracle: (boxes, scores) => {
    const k = Math.min(20, options.most);
    const rows = Array.from({ length: 6 }, (_, row) => {
      const own = Array.from({ length: 20 }, (_, i) => at(scores as Array64, [Math.floor(row / 3), row % 3, i]));
      const corners = cornersOf(boxes as Array64, Math.floor(row / 3), options.centred);
      return suppress(corners, own, k, options.overlap, options.score);
    });
    return array64([2, 3, k], rows.flat());
  },
  gradient: false,
}));

const images = [
  { shape: [2, 3, 9, 11] },
  { shape: [4, 4], values: (i: number) => [1, 1, 7, 5, 0.5, 2.25, 9.5, 8, -3, 4, 3, 20, 2, 2, 2.2, 2.4][i] as number },
  { shape: [4], dtype: "int32" as const, values: (i: number) => [1, 0, 1, 0][i] as number },
];

/** A channel between its pixels. */
function between(x: Array64, image: number, channel: number, y: number, z: number): number {
  const [, , h, w] = x.shape as [number, number, number, number];
  if (y < -1 || y > h || z < -1 || z > w) return 0;
  const [py, px] = [Math.min(Math.max(y, 0), h - 1), Math.min(Math.max(z, 0), w - 1)];
  let sum = 0;
  for (let i = 0; i < h; i++) {
    for (let j = 0; j < w; j++) {
      const weight = Math.max(0, 1 - Math.abs(py - i)) * Math.max(0, 1 - Math.abs(px - j));
      sum += weight * at(x, [image, channel, i, j]);
    }
  }
  return sum;
}

const aligned: readonly Case[] = [0, 2].map((points) => ({
  name: `roiAlign with ${points || "as many"} points as a side of a bin`,
  inputs: images,
  run: (hebb, x, boxes, image) =>
    hebb.roiAlign(x as Tensor, boxes as Tensor, image as Tensor, { size: [3, 2], scale: 0.75, points }),
  oracle: (x, boxes, image) =>
    build([4, 3, 3, 2], (index) => {
      const [r, c, i, j] = index as [number, number, number, number];
      const [left, top, right, bottom] = [0, 1, 2, 3].map((k) => 0.75 * at(boxes as Array64, [r, k]) - 0.5) as [
        number,
        number,
        number,
        number,
      ];
      const [binHeight, binWidth] = [(bottom - top) / 3, (right - left) / 2];
      const [rows, columns] = points > 0 ? [points, points] : [Math.ceil(binHeight), Math.ceil(binWidth)];
      let sum = 0;
      for (let a = 0; a < rows; a++) {
        for (let b = 0; b < columns; b++) {
          const y = top + binHeight * (i + (a + 0.5) / rows);
          const z = left + binWidth * (j + (b + 0.5) / columns);
          sum += between(x as Array64, at(image as Array64, [r]), c, y, z);
        }
      }
      return sum / Math.max(1, rows * columns);
    }),
  gradient: false,
}));

const pooled: Case = {
  name: "roiPool",
  inputs: images,
  run: (hebb, x, boxes, image) => hebb.roiPool(x as Tensor, boxes as Tensor, image as Tensor, { size: [2, 3] }),
  oracle: (x, boxes, image) =>
    build([4, 3, 2, 3], (index) => {
      const [r, c, i, j] = index as [number, number, number, number];
      const [left, top, right, bottom] = [0, 1, 2, 3].map((k) => Math.round(at(boxes as Array64, [r, k]))) as [
        number,
        number,
        number,
        number,
      ];
      const binHeight = Math.max(bottom - top + 1, 1) / 2;
      const binWidth = Math.max(right - left + 1, 1) / 3;
      let most = Number.NEGATIVE_INFINITY;
      for (let y = top + Math.floor(i * binHeight); y < top + Math.ceil((i + 1) * binHeight); y++) {
        for (let z = left + Math.floor(j * binWidth); z < left + Math.ceil((j + 1) * binWidth); z++) {
          if (y >= 0 && y < 9 && z >= 0 && z < 11)
            most = Math.max(most, at(x as Array64, [at(image as Array64, [r]), c, y, z]));
        }
      }
      return most === Number.NEGATIVE_INFINITY ? 0 : most;
    }),
  gradient: false,
};

export const detection: readonly Case[] = [...chosen, ...aligned, pooled];
