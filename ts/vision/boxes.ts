/** Boxes around what a detector found. */
import { nms } from "../tensor/detection.ts";
import { tensor } from "../tensor/tensor.ts";

/** Something that a detector found. */
export interface Detection {
  /** Left, top, right, bottom; in pixels where nothing else is said. */
  readonly box: readonly [x1: number, y1: number, x2: number, y2: number];
  /** How sure the detector is; more is surer. */
  readonly score: number;
  /** Index of the class. */
  readonly index: number;
  /** Name of the class. */
  readonly label?: string;
}

/**
 * Detections without those that overlap a better one of their class by more than `threshold`; the best first.
 *
 * @example
 * const found = [{ box: [0, 0, 2, 2], score: 0.5, index: 0 }, { box: [0, 0, 2, 1.9], score: 0.9, index: 0 }] as const;
 * (await nonMaxSuppression(found)).length; // 1
 */
export async function nonMaxSuppression(detections: readonly Detection[], threshold = 0.5): Promise<Detection[]> {
  const n = detections.length;
  if (n === 0) return [];
  // Classes are moved apart, so that no two of them overlap.
  const apart = 2 * Math.max(...detections.flatMap(({ box }) => box.map(Math.abs)), 1);
  const corners = detections.flatMap(({ box, index }) => box.map((side) => side + index * apart));
  const scores = detections.map(({ score }) => score);
  const boxes = tensor(Float32Array.from(corners), { shape: [1, n, 4] });
  const kept = await nms(boxes, tensor(Float32Array.from(scores), { shape: [1, 1, n] }), { overlap: threshold }).data();
  return Array.from(kept, (i) => detections[i]).filter((each) => each !== undefined);
}
