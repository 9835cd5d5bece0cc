/** Networks: layers, losses and first values. */
export * from "./activation.ts";
export { Conv2d } from "./conv2d.ts";
export { type CrossEntropyOptions, crossEntropy, type NllLossOptions, nllLoss } from "./cross-entropy.ts";
export { Dropout } from "./dropout.ts";
export { Flatten, Identity } from "./flatten.ts";
export * as functional from "./functional.ts";
export * as init from "./init.ts";
export { Linear } from "./linear.ts";
export {
  type BceWithLogitsOptions,
  binaryCrossEntropy,
  binaryCrossEntropyWithLogits,
  type LossOptions,
  l1Loss,
  mseLoss,
  type ReductionMode,
  type SmoothL1LossOptions,
  smoothL1Loss,
} from "./loss.ts";
export * from "./loss-modules.ts";
export { type AnyModule, type LoadResult, Module, type StateDict } from "./module.ts";
export { AvgPool2d, MaxPool2d } from "./pool2d.ts";
export { Sequential } from "./sequential.ts";
export type { Pair, Sides } from "./window.ts";
