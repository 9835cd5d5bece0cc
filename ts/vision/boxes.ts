/** Boxes around what a detector found. */

export interface Detection {
  /** Left, top, right, bottom; in pixels where nothing else is said. */
  readonly box: readonly [x1: number, y1: number, x2: number, y2: number];
  readonly score: number;
  /** Index of the class. */
  readonly index: number;
  readonly label?: string;
}

type Box = Detection["box"];

const areaOf = ([x1, y1, x2, y2]: Box): number => Math.max(0, x2 - x1) * Math.max(0, y2 - y1);

/**
 * What two boxes share, as a part of what they cover together.
 *
 * @example
 * intersectionOverUnion([0, 0, 2, 2], [0, 1, 2, 3]); // 0.3333333
 */
export function intersectionOverUnion(a: Box, b: Box): number {
  const shared: Box = [Math.max(a[0], b[0]), Math.max(a[1], b[1]), Math.min(a[2], b[2]), Math.min(a[3], b[3])];
  const common = areaOf(shared);
  const union = areaOf(a) + areaOf(b) - common;
  return union === 0 ? 0 : common / union;
}

/**
 * Detections without those that overlap a better one of their class by more than `threshold`; the best first.
 *
 * @example
 * const found = [{ box: [0, 0, 2, 2], score: 0.5, index: 0 }, { box: [0, 0, 2, 1.9], score: 0.9, index: 0 }] as const;
 * nonMaxSuppression(found).length; // 1
 */
export function nonMaxSuppression(detections: readonly Detection[], threshold = 0.5): Detection[] {
  const kept: Detection[] = [];
  for (const each of [...detections].sort((a, b) => b.score - a.score)) {
    const covered = kept.some(
      ({ index, box }) => index === each.index && intersectionOverUnion(box, each.box) > threshold,
    );
    if (!covered) kept.push(each);
  }
  return kept;
}
