/** Detectors by the names and shapes of their outputs. */
import type { Session } from "../../formats/onnx/index.ts";
import type { Detection, ToTensorOptions } from "../../vision/index.ts";

/** Outputs by name. */
export type Outputs = Readonly<Record<string, Float32Array>>;

export interface Detector {
  readonly name: string;
  fits(session: Session): boolean;
  /** How pixels become numbers. */
  readonly input: ToTensorOptions;
  /** Least score of what is shown, and the overlap above which the better box alone stays. */
  readonly threshold: number;
  readonly overlap: number;
  readonly labels: readonly string[];
  /** Boxes in parts of the input's width and height, scores and classes; those below the threshold may be left out. */
  decode(outputs: Outputs, width: number, height: number, threshold: number): Detection[];
}

export const sigmoid = (x: number): number => 1 / (1 + Math.exp(-x));

/** A box by its centre and size. */
export function around(cx: number, cy: number, w: number, h: number): Detection["box"] {
  return [cx - w / 2, cy - h / 2, cx + w / 2, cy + h / 2];
}

/** The index of the largest of `count` numbers, each `stride` behind the last. */
export function largest(values: Float32Array, start: number, count: number, stride: number): number {
  let best = 0;
  for (let k = 1; k < count; k++) {
    if ((values[start + k * stride] as number) > (values[start + best * stride] as number)) best = k;
  }
  return best;
}
