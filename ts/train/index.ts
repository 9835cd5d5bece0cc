/** Training: the loop, its figures, its history. */
export type { Batches, BatchPair, LossLike, LossModule, NamedPair } from "./batches.ts";
export type { EarlyStoppingOptions } from "./early-stopping.ts";
export { type EvaluateOptions, type Evaluation, evaluate, predict } from "./evaluate.ts";
export { type FitOptions, fit } from "./fit.ts";
export type { EpochRecord, History, Progress } from "./history.ts";
export type { Metric } from "./metrics.ts";
export * as metrics from "./metrics.ts";
