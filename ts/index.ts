/** hebb: deep learning at the edge. The public names. */
export type { BigIntArray, DType, TypedArray } from "./core/dtype.ts";
export { DeviceError, DTypeError, FormatError, ShapeError, StaleError, UnsupportedError } from "./core/errors.ts";
export { Generator, manualSeed } from "./core/random.ts";
export * as data from "./data/index.ts";
export { type InitOptions, init } from "./execution/runtime.ts";
export * as nn from "./nn/index.ts";
export * as optim from "./optim/index.ts";
export {
  arange,
  concat,
  eye,
  full,
  linspace,
  oneHot,
  ones,
  rand,
  randn,
  stack,
  where,
  zeros,
} from "./tensor/create.ts";
export { nms, roiAlign, roiPool } from "./tensor/detection.ts";
export { explain } from "./tensor/explain.ts";
export { grad, valueAndGrad } from "./tensor/grad.ts";
export { argsort, cumprod, cumsum, nonzero, scatter, sort, topk } from "./tensor/indexing.ts";
export { Parameter } from "./tensor/parameter.ts";
export { realize, Tensor, tensor } from "./tensor/tensor.ts";
export {
  type EpochRecord,
  type Evaluation,
  evaluate,
  type FitOptions,
  fit,
  type History,
  type Metric,
  metrics,
  type Progress,
  predict,
} from "./train/index.ts";
