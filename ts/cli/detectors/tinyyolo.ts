/**
 * YOLO v2 with a small body, for the 20 classes of Pascal VOC: 5 anchors in each of 13 × 13 cells. The output, flat or not,
 * is [5 objects · 5 × 20 classes · 5 × x y w h, rows, columns]:
 *
 *     centre = (cell + sigmoid offset) / cells        size = anchor · exp offset / cells        score = sigmoid object · softmax class
 *
 * Source: Redmon and Farhadi, "YOLO9000: Better, Faster, Stronger", 2016; https://github.com/yjh0410/yolov2-yolov3_PyTorch
 */
import { type Detection, imagenet, probabilities } from "../../vision/index.ts";
import { around, type Detector, largest, sigmoid } from "./detector.ts";

/** Width and height in cells. */
const anchors: readonly (readonly [w: number, h: number])[] = [
  [1.19, 1.98],
  [2.79, 4.59],
  [4.53, 8.92],
  [8.06, 5.29],
  [10.32, 10.65],
];

const SIDE = 13;
const CELLS = SIDE * SIDE;

const labels =
  "aeroplane bicycle bird boat bottle bus car cat chair cow diningtable dog horse motorbike person pottedplant sheep sofa train tvmonitor".split(
    " ",
  );

const CLASSES = labels.length;

export const tinyyolo: Detector = {
  name: "Tiny YOLO v2",
  fits({ outputs }) {
    const size = outputs[0]?.shape?.reduce<number>((product, each) => product * (Number(each) || 1), 1);
    return outputs.length === 1 && size === anchors.length * (5 + CLASSES) * CELLS;
  },
  input: imagenet,
  threshold: 0.25,
  overlap: 0.45,
  labels,
  decode(outputs, _width, _height, threshold) {
    const map = Object.values(outputs)[0] as Float32Array;
    const at = (channel: number, cell: number): number => map[channel * CELLS + cell] as number;
    const found: Detection[] = [];
    for (let i = 0; i < CELLS; i++) {
      for (const [a, [aw, ah]] of anchors.entries()) {
        const first = anchors.length + a * CLASSES;
        const box = anchors.length * (1 + CLASSES) + 4 * a;
        const index = largest(map, first * CELLS + i, CLASSES, CELLS);
        const likely = probabilities(labels.map((_, k) => at(first + k, i)));
        const score = sigmoid(at(a, i)) * (likely[index] as number);
        if (score < threshold) continue;
        const [cx, cy] = [(i % SIDE) + sigmoid(at(box, i)), Math.floor(i / SIDE) + sigmoid(at(box + 1, i))];
        const [w, h] = [aw * Math.exp(at(box + 2, i)), ah * Math.exp(at(box + 3, i))];
        found.push({ box: around(cx / SIDE, cy / SIDE, w / SIDE, h / SIDE), score, index });
      }
    }
    return found;
  },
};
