/**
 * FastestDet: [1, 5 + classes, rows, columns] with, for each cell, whether it holds an object, its box from the cell, and
 * probabilities of the classes:
 *
 *     centre = (cell + tanh offset) / cells        size = sigmoid offset        score = obj^0.6 · class^0.4
 *
 * Source: https://github.com/dog-qiuqiu/FastestDet
 */
import type { Detection } from "../../vision/index.ts";
import { around, type Detector, largest, sigmoid } from "./detector.ts";

export const fastestdet: Detector = {
  name: "FastestDet",
  fits({ inputs, outputs }) {
    const [image, map] = [inputs[0]?.shape, outputs[0]?.shape];
    const cells = Number(image?.[3]) / 16;
    return outputs.length === 1 && map?.length === 4 && Number(map[1]) > 5 && map[3] === cells && map[2] === cells;
  },
  input: { order: "bgr" },
  threshold: 0.5,
  overlap: 0.45,
  labels: [],
  decode(outputs, width, height, threshold) {
    const map = Object.values(outputs)[0] as Float32Array;
    const [columns, rows] = [width / 16, height / 16];
    const cells = columns * rows;
    const classes = map.length / cells - 5;
    const found: Detection[] = [];
    for (let i = 0; i < cells; i++) {
      const index = largest(map, 5 * cells + i, classes, cells);
      const [object, x, y, w, h] = [0, 1, 2, 3, 4].map((k) => map[k * cells + i] as number) as [
        number,
        number,
        number,
        number,
        number,
      ];
      const score = object ** 0.6 * (map[(5 + index) * cells + i] as number) ** 0.4;
      if (!(score >= threshold)) continue;
      const [cx, cy] = [(i % columns) + Math.tanh(x), Math.floor(i / columns) + Math.tanh(y)];
      found.push({ box: around(cx / columns, cy / rows, sigmoid(w), sigmoid(h)), score, index });
    }
    return found;
  },
};
