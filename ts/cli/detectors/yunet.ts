/**
 * YuNet: for strides 8, 16 and 32, what a cell holds (`cls`), whether it holds anything (`obj`), and its box from its corner:
 *
 *     centre = (cell + offset) · stride        size = exp(offset) · stride        score = √(cls · obj)
 *
 * Source: https://github.com/ShiqiYu/libfacedetection.train
 */
import type { Detection } from "../../vision/index.ts";
import { around, type Detector } from "./detector.ts";

const strides = [8, 16, 32];

const bounded = (x: number): number => Math.min(1, Math.max(0, x));

export const yunet: Detector = {
  name: "YuNet face detector",
  fits({ outputs }) {
    const names = new Set(outputs.map(({ name }) => name));
    return strides.every((stride) => ["cls", "obj", "bbox"].every((kind) => names.has(`${kind}_${stride}`)));
  },
  input: { scale: 1, order: "bgr" },
  threshold: 0.6,
  overlap: 0.3,
  labels: ["face"],
  decode(outputs, width, height, threshold) {
    const found: Detection[] = [];
    for (const stride of strides) {
      const part = (kind: string): Float32Array => outputs[`${kind}_${stride}`] ?? new Float32Array(0);
      const [cls, obj, bbox] = [part("cls"), part("obj"), part("bbox")];
      const columns = Math.floor(width / stride);
      for (let i = 0; i < cls.length; i++) {
        const score = Math.sqrt(bounded(cls[i] as number) * bounded(obj[i] as number));
        if (score < threshold) continue;
        const [x = 0, y = 0, w = 0, h = 0] = bbox.subarray(4 * i, 4 * i + 4);
        const [cx, cy] = [((i % columns) + x) * stride, (Math.floor(i / columns) + y) * stride];
        const box = around(cx / width, cy / height, (Math.exp(w) * stride) / width, (Math.exp(h) * stride) / height);
        found.push({ box, score, index: 0 });
      }
    }
    return found;
  },
};
