/** Losses as modules: the functions with their options. */
import type { Tensor } from "../tensor/tensor.ts";
import { type CrossEntropyOptions, crossEntropy, type NllLossOptions, nllLoss } from "./cross-entropy.ts";
import {
  binaryCrossEntropy,
  binaryCrossEntropyWithLogits,
  type LossOptions,
  l1Loss,
  mseLoss,
  smoothL1Loss,
} from "./loss.ts";
import { Module } from "./module.ts";

/** A loss with its options kept. */
export abstract class Loss<O extends LossOptions> extends Module<[prediction: Tensor, target: Tensor]> {
  protected readonly options: O | undefined;

  constructor(options?: O) {
    super();
    this.options = options;
  }
}

/** {@link crossEntropy} */
export class CrossEntropyLoss extends Loss<CrossEntropyOptions> {
  override forward(logits: Tensor, target: Tensor): Tensor {
    return crossEntropy(logits, target, this.options);
  }
}

/** {@link nllLoss} */
export class NLLLoss extends Loss<NllLossOptions> {
  override forward(logProbabilities: Tensor, target: Tensor): Tensor {
    return nllLoss(logProbabilities, target, this.options);
  }
}

/** {@link mseLoss} */
export class MSELoss extends Loss<LossOptions> {
  override forward(prediction: Tensor, target: Tensor): Tensor {
    return mseLoss(prediction, target, this.options);
  }
}

/** {@link l1Loss} */
export class L1Loss extends Loss<LossOptions> {
  override forward(prediction: Tensor, target: Tensor): Tensor {
    return l1Loss(prediction, target, this.options);
  }
}

/** {@link smoothL1Loss} */
export class SmoothL1Loss extends Loss<LossOptions & { readonly beta?: number }> {
  override forward(prediction: Tensor, target: Tensor): Tensor {
    return smoothL1Loss(prediction, target, this.options);
  }
}

/** {@link binaryCrossEntropy} */
export class BCELoss extends Loss<LossOptions> {
  override forward(prediction: Tensor, target: Tensor): Tensor {
    return binaryCrossEntropy(prediction, target, this.options);
  }
}

/** {@link binaryCrossEntropyWithLogits} */
export class BCEWithLogitsLoss extends Loss<LossOptions & { readonly posWeight?: number }> {
  override forward(logits: Tensor, target: Tensor): Tensor {
    return binaryCrossEntropyWithLogits(logits, target, this.options);
  }
}
