/**
 * Tiny YOLO v2 of the 20 classes of Pascal VOC: 5 anchors in each cell, each with box, object and classes. The output may be
 * flat; its layout is [anchor, x y w h object class…, rows, columns]:
 *
 *     centre = (cell + sigmoid offset) / cells        size = anchor · exp offset / cells        score = sigmoid object · softmax class
 *
 * Source: Redmon and Farhadi, "YOLO9000: Better, Faster, Stronger", 2016
 */
import { type Detection, imagenet, probabilities } from "../../vision/index.ts";
import { around, type Detector, largest, sigmoid } from "./detector.ts";

const anchors: readonly (readonly [w: number, h: number])[] = [
  [1.08, 1.19],
  [3.42, 4.41],
  [6.63, 11.38],
  [9.42, 5.11],
  [16.62, 10.52],
];

const CELLS = 13;

const labels =
  "aeroplane bicycle bird boat bottle bus car cat chair cow diningtable dog horse motorbike person pottedplant sheep sofa train tvmonitor".split(
    " ",
  );

const VALUES = 5 + labels.length;

export const tinyyolo: Detector = {
  name: "Tiny YOLO v2",
  fits({ outputs }) {
    const size = outputs[0]?.shape?.reduce<number>((product, each) => product * (Number(each) || 1), 1);
    return outputs.length === 1 && size === anchors.length * VALUES * CELLS * CELLS;
  },
  input: imagenet,
  threshold: 0.3,
  overlap: 0.45,
  labels,
  decode(outputs, _width, _height, threshold) {
    const map = Object.values(outputs)[0] as Float32Array;
    const cells = CELLS * CELLS;
    const found: Detection[] = [];
    for (let i = 0; i < cells; i++) {
      for (const [a, [aw, ah]] of anchors.entries()) {
        const at = (k: number): number => map[(a * VALUES + k) * cells + i] as number;
        const index = largest(map, (a * VALUES + 5) * cells + i, labels.length, cells);
        const likely = probabilities(labels.map((_, k) => at(5 + k)));
        const score = sigmoid(at(4)) * (likely[index] as number);
        if (score < threshold) continue;
        const [cx, cy] = [(i % CELLS) + sigmoid(at(0)), Math.floor(i / CELLS) + sigmoid(at(1))];
        const [w, h] = [aw * Math.exp(at(2)), ah * Math.exp(at(3))];
        found.push({ box: around(cx / CELLS, cy / CELLS, w / CELLS, h / CELLS), score, index });
      }
    }
    return found;
  },
};
