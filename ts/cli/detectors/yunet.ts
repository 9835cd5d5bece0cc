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

const part = (x: number): number => Math.min(1, Math.max(0, x));

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
      const [cls, obj, bbox] = ["cls", "obj", "bbox"].map((kind) => outputs[`${kind}_${stride}`] as Float32Array) as [
        Float32Array,
        Float32Array,
        Float32Array,
      ];
      const columns = Math.floor(width / stride);
      for (let i = 0; i < cls.length; i++) {
        const score = Math.sqrt(part(cls[i] as number) * part(obj[i] as number));
        if (score < threshold) continue;
        const [x, y, w, h] = bbox.subarray(4 * i, 4 * i + 4) as unknown as [number, number, number, number];
        const [cx, cy] = [((i % columns) + x) * stride, (Math.floor(i / columns) + y) * stride];
        const box = around(cx / width, cy / height, (Math.exp(w) * stride) / width, (Math.exp(h) * stride) / height);
        found.push({ box, score, index: 0 });
      }
    }
    return found;
  },
};
