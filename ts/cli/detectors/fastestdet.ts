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
      const at = (channel: number): number => map[channel * cells + i] as number;
      const score = at(0) ** 0.6 * at(5 + index) ** 0.4;
      if (!(score >= threshold)) continue;
      const [cx, cy] = [(i % columns) + Math.tanh(at(1)), Math.floor(i / columns) + Math.tanh(at(2))];
      found.push({ box: around(cx / columns, cy / rows, sigmoid(at(3)), sigmoid(at(4))), score, index });
    }
    return found;
  },
};
