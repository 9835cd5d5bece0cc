/** Functions of tensors that detectors end with. */
import {
  nms as nmsOp,
  type RoiAlignOptions,
  type RoiOptions,
  roiAlign as roiAlignOp,
  roiPool as roiPoolOp,
} from "../ops/detection.ts";
import { Tensor } from "./tensor.ts";

/**
 * Non-maximum suppression: the numbers (int32, [b, c, k]) of the boxes [b, n, 4] that are taken by their scores [b, c, n],
 * the best first, -1 where no further box was. A box is taken unless it overlaps a better one by more than `overlap`
 * (intersection over union); `centred` boxes are x y w h, others corners y x y x.
 *
 * @example
 * const boxes = tensor([[[0, 0, 1, 1], [0, 0, 1, 0.9], [2, 2, 3, 3]]]);
 * await nms(boxes, tensor([[[0.5, 0.9, 0.7]]]), { overlap: 0.5 }).array(); // [[[1, 2, -1]]]
 */
export function nms(
  boxes: Tensor,
  scores: Tensor,
  options: { most?: number; overlap?: number; score?: number; centred?: boolean } = {},
): Tensor {
  const { most = boxes.shape[1] ?? 0, overlap = 0, score = Number.NEGATIVE_INFINITY, centred = false } = options;
  return new Tensor(nmsOp(boxes.node, scores.node, { most, overlap, score, centred }));
}

/**
 * Means (or maxima) of images [n, c, h, w] over a grid of bins in each box [r, 4] (x y x y), interpolated between pixels;
 * `image` [r] says whose the boxes are. He et al. 2017.
 *
 * @example
 * const options = { size: [1, 1], points: 1, halfPixel: false } as const;
 * await roiAlign(ones([1, 1, 4, 4]), tensor([[0, 0, 2, 2]]), tensor([0], { dtype: "int32" }), options).array(); // [[[[1]]]]
 */
export function roiAlign(
  x: Tensor,
  boxes: Tensor,
  image: Tensor,
  options: Pick<RoiAlignOptions, "size"> & Partial<RoiAlignOptions>,
): Tensor {
  const { size, scale = 1, points = 0, mode = "avg", halfPixel = true } = options;
  return new Tensor(roiAlignOp(x.node, boxes.node, image.node, { size, scale, points, mode, halfPixel }));
}

/**
 * Maxima of images over a grid of bins in each box, rounded to whole pixels; otherwise as {@link roiAlign}. Girshick 2015.
 *
 * @example
 * await roiPool(arange(4).reshape([1, 1, 2, 2]), tensor([[0, 0, 1, 1]]), tensor([0], { dtype: "int32" }), { size: [1, 1] }).array(); // [[[[3]]]]
 */
export function roiPool(
  x: Tensor,
  boxes: Tensor,
  image: Tensor,
  options: Pick<RoiOptions, "size"> & Partial<RoiOptions>,
): Tensor {
  const { size, scale = 1 } = options;
  return new Tensor(roiPoolOp(x.node, boxes.node, image.node, { size, scale }));
}
