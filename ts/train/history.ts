/** What a run of `fit` leaves behind and tells on its way: plain data. */
import type { Evaluation } from "./evaluate.ts";

/** What one epoch came to. */
export interface EpochRecord extends Evaluation {
  /** From 1. */
  readonly epoch: number;
  /** Null without validation data. */
  readonly validation: Evaluation | null;
  /** Validation included. */
  readonly seconds: number;
  /** Learning rate of the last step. */
  readonly lr: number;
}

/** What {@link fit} returns. */
export interface History {
  /** The epochs that were finished, in order. */
  readonly epochs: readonly EpochRecord[];
  /** The epoch, from 1, with the least loss on the validation data (without them on the training data). */
  readonly bestEpoch: number;
  /** Whether early stopping ended the run. */
  readonly stoppedEarly: boolean;
}

/** After every step: means over the epoch so far. */
export interface Progress extends Evaluation {
  /** From 1. */
  readonly epoch: number;
  /** Epochs of the run. */
  readonly epochs: number;
  /** Of this epoch, from 1. */
  readonly step: number;
  /** Steps of an epoch; null while unknown. */
  readonly steps: number | null;
  /** Learning rate of the step. */
  readonly lr: number;
}
