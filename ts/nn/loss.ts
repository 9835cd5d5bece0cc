/** Losses that compare element by element, by PyTorch's formulas. */
import { DTypeError, ShapeError } from "../core/errors.ts";
import { formatShape, sameShape } from "../core/shape.ts";
import type { Node } from "../graph/node.ts";
import { sum } from "../ops/broadcast.ts";
import { abs, add, cast, eq, exp, log, log1p, lt, maximum, mul, neg, num, sub, where } from "../ops/elementwise.ts";
import { mean } from "../ops/reduce.ts";
import { Tensor } from "../tensor/tensor.ts";

/** How the losses of single elements become one: their mean (default), their sum, or not at all. */
export type ReductionMode = "mean" | "sum" | "none";

/** What all losses take. */
export interface LossOptions {
  /** How losses of single elements become one; default "mean". */
  readonly reduction?: ReductionMode;
}

/** Options of {@link smoothL1Loss}. */
export interface SmoothL1LossOptions extends LossOptions {
  /** Distance from which on the loss is linear; default 1. */
  readonly beta?: number;
}

/** Options of {@link binaryCrossEntropyWithLogits}. */
export interface BceWithLogitsOptions extends LossOptions {
  /** What a positive element weighs; default 1. */
  readonly posWeight?: number;
}

/** The smallest normal float32: nothing below it has an accurate logarithm. */
const tiny = 2 ** -126;

export function checkReduction(op: string, reduction: ReductionMode): void {
  if (reduction !== "mean" && reduction !== "sum" && reduction !== "none") {
    throw new RangeError(`${op}: cannot reduce by ${String(reduction)}: wanted "mean", "sum" or "none"`);
  }
}

function elementwise(
  op: string,
  prediction: Tensor,
  target: Tensor,
  { reduction = "mean" }: LossOptions,
  compare: (x: Node, y: Node) => Node,
): Tensor {
  checkReduction(op, reduction);
  if (!sameShape(prediction.shape, target.shape)) {
    throw new ShapeError(
      `${op}: cannot compare ${formatShape(prediction.shape)} with ${formatShape(target.shape)}: shapes differ`,
    );
  }
  if (prediction.dtype !== "float32") throw new DTypeError(`${op}: cannot use ${prediction.dtype}: wanted float32`);
  const losses = compare(prediction.node, cast(target.node, "float32"));
  return new Tensor(reduction === "none" ? losses : reduction === "sum" ? sum(losses) : mean(losses));
}

/**
 * Mean squared error: (x - y)². Throws {@link ShapeError} where shapes differ,
 * {@link DTypeError} for predictions other than float32 and `RangeError` for an unknown reduction.
 *
 * @example
 * await nn.mseLoss(tensor([1, 2]), tensor([1, 4])).item(); // 2
 */
export function mseLoss(prediction: Tensor, target: Tensor, options: LossOptions = {}): Tensor {
  return elementwise("mseLoss", prediction, target, options, (x, y) => {
    const d = sub(x, y);
    return mul(d, d);
  });
}

/**
 * Mean absolute error: |x - y|. Throws as {@link mseLoss} does.
 *
 * @example
 * await nn.l1Loss(tensor([1, 2]), tensor([1, 4])).item(); // 1
 */
export function l1Loss(prediction: Tensor, target: Tensor, options: LossOptions = {}): Tensor {
  return elementwise("l1Loss", prediction, target, options, (x, y) => abs(sub(x, y)));
}

/**
 * d² / 2β where |d| < β, else |d| - β/2, with d = x - y; Girshick 2015. Throws as {@link mseLoss}
 * does, and `RangeError` unless β is more than 0.
 *
 * @example
 * await nn.smoothL1Loss(tensor([0, 0]), tensor([0.5, 3])).item(); // 1.3125
 */
export function smoothL1Loss(prediction: Tensor, target: Tensor, options: SmoothL1LossOptions = {}): Tensor {
  const { beta = 1 } = options;
  if (!(beta > 0)) throw new RangeError(`smoothL1Loss: cannot use beta ${beta}: wanted more than 0`);
  return elementwise("smoothL1Loss", prediction, target, options, (x, y) => {
    const d = sub(x, y);
    const distance = abs(d);
    const near = mul(mul(d, d), num(0.5 / beta, d));
    return where(lt(distance, num(beta, d)), near, sub(distance, num(0.5 * beta, d)));
  });
}

/**
 * -(y ln p + (1 - y) ln(1 - p)) for probabilities p; logarithms end at -100, as PyTorch's do. Throws as
 * {@link mseLoss} does.
 *
 * @example
 * await nn.binaryCrossEntropy(tensor([0.5, 0.5]), tensor([0, 1])).item(); // 0.6931472
 */
export function binaryCrossEntropy(prediction: Tensor, target: Tensor, options: LossOptions = {}): Tensor {
  return elementwise("binaryCrossEntropy", prediction, target, options, (p, y) => {
    // Where a logarithm is cut off its argument is replaced too, so that the gradient there is 0 and not 0 / 0.
    const [none, floor] = [num(0, p), num(-100, p)];
    const [never, always] = [lt(abs(p), num(tiny, p)), eq(p, num(1, p))];
    const logP = where(never, floor, log(where(never, num(1, p), p)));
    const logQ = where(always, floor, log1p(neg(where(always, none, p))));
    return neg(add(mul(y, logP), mul(sub(num(1, y), y), logQ)));
  });
}

/**
 * Binary cross-entropy of σ(x), without overflow: (1 - y) x + (1 + (w - 1) y) ln(1 + e⁻ˣ), where w is the weight of the
 * positive class. Throws as {@link mseLoss} does.
 *
 * @example
 * await nn.binaryCrossEntropyWithLogits(tensor([0, 0]), tensor([0, 1])).item(); // 0.6931472
 */
export function binaryCrossEntropyWithLogits(
  logits: Tensor,
  target: Tensor,
  options: BceWithLogitsOptions = {},
): Tensor {
  const { posWeight = 1 } = options;
  return elementwise("binaryCrossEntropyWithLogits", logits, target, options, (x, y) => {
    // ln(1 + e⁻ˣ) = max(-x, 0) + ln(1 + e^-|x|); maximum halves its gradient at the tie, so the sum's is right at 0.
    const softplus = add(maximum(neg(x), num(0, x)), log1p(exp(neg(abs(x)))));
    const weighted = posWeight === 1 ? softplus : mul(softplus, add(mul(y, num(posWeight - 1, y)), num(1, y)));
    return add(mul(sub(num(1, y), y), x), weighted);
  });
}
