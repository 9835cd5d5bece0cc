/** Losses as modules: the functions with their options. */
import type { Tensor } from "../tensor/tensor.ts";
import { type CrossEntropyOptions, crossEntropy, type NllLossOptions, nllLoss } from "./cross-entropy.ts";
import {
  type BceWithLogitsOptions,
  binaryCrossEntropy,
  binaryCrossEntropyWithLogits,
  type LossOptions,
  l1Loss,
  mseLoss,
  type SmoothL1LossOptions,
  smoothL1Loss,
} from "./loss.ts";
import { Module } from "./module.ts";

/**
 * A loss with its options kept: what the losses below extend.
 *
 * @example
 * class LogCosh extends nn.Loss<nn.LossOptions> {
 *   override forward(x: Tensor, y: Tensor): Tensor {
 *     return x.sub(y).cosh().log().mean();
 *   }
 * }
 * await new LogCosh().forward(tensor([1, 2]), tensor([1, 2])).item(); // 0
 */
export abstract class Loss<O extends LossOptions> extends Module<[prediction: Tensor, target: Tensor]> {
  /** What the loss function is called with. */
  protected readonly options: O | undefined;

  constructor(options?: O) {
    super();
    this.options = options;
  }
}

/**
 * {@link crossEntropy} as a module.
 *
 * @example
 * const loss = new nn.CrossEntropyLoss({ labelSmoothing: 0.1 });
 * await loss.forward(zeros([2, 4]), tensor([0, 2], { dtype: "int32" })).item(); // 1.3862944
 */
export class CrossEntropyLoss extends Loss<CrossEntropyOptions> {
  override forward(logits: Tensor, target: Tensor): Tensor {
    return crossEntropy(logits, target, this.options);
  }
}

/**
 * {@link nllLoss} as a module.
 *
 * @example
 * const loss = new nn.NLLLoss({ reduction: "none" });
 * await loss.forward(tensor([[-0.5, -1]]), tensor([1], { dtype: "int32" })).array(); // [1]
 */
export class NLLLoss extends Loss<NllLossOptions> {
  override forward(logProbabilities: Tensor, target: Tensor): Tensor {
    return nllLoss(logProbabilities, target, this.options);
  }
}

/**
 * {@link mseLoss} as a module.
 *
 * @example
 * await new nn.MSELoss().forward(tensor([1, 2]), tensor([1, 4])).item(); // 2
 */
export class MSELoss extends Loss<LossOptions> {
  override forward(prediction: Tensor, target: Tensor): Tensor {
    return mseLoss(prediction, target, this.options);
  }
}

/**
 * {@link l1Loss} as a module.
 *
 * @example
 * await new nn.L1Loss().forward(tensor([1, 2]), tensor([1, 4])).item(); // 1
 */
export class L1Loss extends Loss<LossOptions> {
  override forward(prediction: Tensor, target: Tensor): Tensor {
    return l1Loss(prediction, target, this.options);
  }
}

/**
 * {@link smoothL1Loss} as a module.
 *
 * @example
 * await new nn.SmoothL1Loss().forward(tensor([0, 0]), tensor([0.5, 3])).item(); // 1.3125
 */
export class SmoothL1Loss extends Loss<SmoothL1LossOptions> {
  override forward(prediction: Tensor, target: Tensor): Tensor {
    return smoothL1Loss(prediction, target, this.options);
  }
}

/**
 * {@link binaryCrossEntropy} as a module.
 *
 * @example
 * await new nn.BCELoss().forward(tensor([0.5, 0.5]), tensor([0, 1])).item(); // 0.6931472
 */
export class BCELoss extends Loss<LossOptions> {
  override forward(prediction: Tensor, target: Tensor): Tensor {
    return binaryCrossEntropy(prediction, target, this.options);
  }
}

/**
 * {@link binaryCrossEntropyWithLogits} as a module.
 *
 * @example
 * await new nn.BCEWithLogitsLoss().forward(tensor([0, 0]), tensor([0, 1])).item(); // 0.6931472
 */
export class BCEWithLogitsLoss extends Loss<BceWithLogitsOptions> {
  override forward(logits: Tensor, target: Tensor): Tensor {
    return binaryCrossEntropyWithLogits(logits, target, this.options);
  }
}
