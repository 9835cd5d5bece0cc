/** Optimisers. */
export { Adam, type AdamOptions, AdamW } from "./adam.ts";
export { Optimizer, type OptimizerState, type Tensors, type Update } from "./optimizer.ts";
export { SGD, type SGDOptions } from "./sgd.ts";
