/** What detectors do with boxes: choose among them, and pool images over them. */
import { ShapeError } from "../core/errors.ts";
import { checkShape, formatShape } from "../core/shape.ts";
import { Node, type Op } from "../graph/node.ts";
import { cast } from "./elementwise.ts";

const nmsOp: Op = { name: "nms", kind: "kernel", gradient: null };
const roiAlignOp: Op = { name: "roiAlign", kind: "kernel", gradient: "unsupported" };
const roiPoolOp: Op = { name: "roiPool", kind: "kernel", gradient: "unsupported" };

/** The ops of this family. */
export const ops: readonly Op[] = [nmsOp, roiAlignOp, roiPoolOp];

export interface NmsOptions {
  /** Most boxes of a class. */
  readonly most: number;
  /** Greatest intersection over union with a box that was taken. */
  readonly overlap: number;
  /** Scores at most this are left out. */
  readonly score: number;
  /** Boxes are centre and size (x y w h), else two opposite corners (y x y x). */
  readonly centred: boolean;
}

/**
 * Non-maximum suppression: boxes [b, n, 4] by scores [b, c, n] → numbers of boxes (int32) [b, c, k], the best first, -1
 * where no further box was taken.
 */
export function nms(boxes: Node, scores: Node, { most, overlap, score, centred }: NmsOptions): Node {
  const [b, n] = boxes.shape as [number, number];
  const [, c] = scores.shape as [number, number];
  if (boxes.shape.length !== 3 || boxes.shape[2] !== 4 || formatShape(scores.shape) !== formatShape([b, c, n])) {
    throw new ShapeError(
      `nms: cannot choose among boxes ${formatShape(boxes.shape)} by scores ${formatShape(scores.shape)}: wanted [b, n, 4] and [b, c, n]`,
    );
  }
  const k = Math.max(0, Math.min(n, most));
  const inputs = [cast(boxes, "float32"), cast(scores, "float32")];
  return new Node(nmsOp, inputs, { overlap, score, centred }, [b, c, k], "int32");
}

/** Options of `roiPool`. */
export interface RoiOptions {
  /** Size of the output. */
  readonly size: readonly [h: number, w: number];
  /** From coordinates of boxes to pixels. */
  readonly scale: number;
}

/** Options of `roiAlign`. */
export interface RoiAlignOptions extends RoiOptions {
  /** Points a side of a bin; 0 as many as the bin has pixels. */
  readonly points: number;
  /** What a bin becomes of its points. */
  readonly mode: "avg" | "max";
  /** Boxes count from the centres of pixels, and may be smaller than one. */
  readonly halfPixel: boolean;
}

/** Means (or maxima) over the bins of boxes [r, 4] (x y x y) of images x [n, c, h, w]; `image` [r] says whose they are. */
export function roiAlign(x: Node, boxes: Node, image: Node, options: RoiAlignOptions): Node {
  const { size, scale, points, mode, halfPixel } = options;
  return pooled(roiAlignOp, x, boxes, image, { size, scale, points, maximum: mode === "max", halfPixel });
}

/** Maxima over the bins of boxes that are rounded to whole pixels. */
export function roiPool(x: Node, boxes: Node, image: Node, { size, scale }: RoiOptions): Node {
  return pooled(roiPoolOp, x, boxes, image, { size, scale });
}

function pooled(op: Op, x: Node, boxes: Node, image: Node, attrs: Node["attrs"] & RoiOptions): Node {
  const [r = 0] = boxes.shape;
  if (x.shape.length !== 4 || boxes.shape.length !== 2 || boxes.shape[1] !== 4 || image.shape.join() !== `${r}`) {
    throw new ShapeError(
      `${op.name}: cannot pool ${formatShape(x.shape)} over ${formatShape(boxes.shape)} of images ${formatShape(image.shape)}: wanted [n, c, h, w], [r, 4] and [r]`,
    );
  }
  if (!Array.isArray(attrs.size) || attrs.size.length !== 2) {
    throw new ShapeError(`${op.name}: cannot make bins of size ${String(attrs.size)}: wanted [h, w]`);
  }
  const shape = [r, x.shape[1] as number, ...attrs.size];
  checkShape(op.name, shape);
  return new Node(op, [cast(x, "float32"), cast(boxes, "float32"), cast(image, "int32")], attrs, shape, "float32");
}
