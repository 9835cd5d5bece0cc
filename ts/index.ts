/** hebb: deep learning at the edge. The public names. */
export type { BigIntArray, DType, TypedArray } from "./core/dtype.ts";
export { DeviceError, DTypeError, FormatError, ShapeError, StaleError, UnsupportedError } from "./core/errors.ts";
export { Generator, type Key, manualSeed } from "./core/random.ts";
export type { Shape } from "./core/shape.ts";
export * as data from "./data/index.ts";
export { type InitOptions, init } from "./execution/running.ts";
export * as nn from "./nn/index.ts";
export type { RoiAlignOptions, RoiOptions } from "./ops/detection.ts";
export type { ScanOptions } from "./ops/scan.ts";
export type { ScatterReduction } from "./ops/scatter.ts";
export * as optim from "./optim/index.ts";
export type { WasmSource } from "./platform/platform.ts";
export {
  arange,
  type CreateOptions,
  concat,
  eye,
  full,
  linspace,
  oneHot,
  ones,
  type RandomOptions,
  rand,
  randn,
  type ShapeArgs,
  type ShapeLike,
  stack,
  where,
  zeros,
} from "./tensor/create.ts";
export { nms, roiAlign, roiPool } from "./tensor/detection.ts";
export { explain } from "./tensor/explain.ts";
export { grad, type ScalarFunction, type ValueAndGrads, valueAndGrad } from "./tensor/grad.ts";
export type { Axes, Chosen, Operand, Sizes } from "./tensor/handle.ts";
export { argsort, cumprod, cumsum, type Nonzero, nonzero, scatter, sort, topk } from "./tensor/indexing.ts";
export { Parameter } from "./tensor/parameter.ts";
export type { Keep, KeepOptions, VarianceOptions } from "./tensor/reduction.ts";
export { type Nested, realize, Tensor, type TensorOptions, tensor } from "./tensor/tensor.ts";
export {
  type Batches,
  type BatchPair,
  type EarlyStoppingOptions,
  type EpochRecord,
  type EvaluateOptions,
  type Evaluation,
  evaluate,
  type FitOptions,
  fit,
  type History,
  type LossLike,
  type LossModule,
  type Metric,
  metrics,
  type NamedPair,
  type Progress,
  predict,
} from "./train/index.ts";
