/** Early stopping: ends a run that no longer improves, and keeps the best values. */
import type { TypedArray } from "../core/dtype.ts";
import type { Module } from "../nn/module.ts";
import type { Parameter } from "../tensor/parameter.ts";
import { adopt } from "../tensor/tensor.ts";

/** When {@link fit} ends by itself: judged by the loss on the validation data, or on the training data without them. */
export interface EarlyStoppingOptions {
  /** Epochs without improvement before the run ends. */
  readonly patience: number;
  /** By how much the loss must fall to count; default 0. */
  readonly minDelta?: number;
  /** Whether the model gets back the values of its best epoch; default true. */
  readonly restoreBest?: boolean;
}

export class EarlyStopping {
  readonly #options: EarlyStoppingOptions | null;
  readonly #model: Module;
  #best: Map<Parameter, TypedArray> | null = null;
  /** The loss that the next has to beat by minDelta. */
  #mark = Number.POSITIVE_INFINITY;
  #markEpoch = 0;
  #bestLoss = Number.POSITIVE_INFINITY;
  #bestEpoch = 0;

  constructor(model: Module, options: EarlyStoppingOptions | undefined) {
    this.#model = model;
    this.#options = options ?? null;
    if (options !== undefined && !(options.patience >= 0)) {
      throw new RangeError(
        `fit: cannot wait ${options.patience} epochs for improvement: wanted a patience of at least 0`,
      );
    }
  }

  get bestEpoch(): number {
    return this.#bestEpoch;
  }

  /** Takes an epoch's loss; whether the run should end. */
  async observe(epoch: number, loss: number): Promise<boolean> {
    if (loss < this.#bestLoss) {
      this.#bestLoss = loss;
      this.#bestEpoch = epoch;
      if (this.#options !== null && this.#options.restoreBest !== false) await this.#keep();
    }
    if (this.#options === null) return false;
    if (loss < this.#mark - (this.#options.minDelta ?? 0)) {
      this.#mark = loss;
      this.#markEpoch = epoch;
    }
    return epoch - this.#markEpoch > this.#options.patience;
  }

  /** Gives the model the values of its best epoch, if they were kept. */
  restore(): void {
    for (const [parameter, values] of this.#best ?? []) {
      parameter.assign(adopt(values, parameter.shape, parameter.dtype));
    }
  }

  async #keep(): Promise<void> {
    const parameters = [...new Set(Object.values(this.#model.stateDict()))] as Parameter[];
    this.#best = new Map(
      await Promise.all(parameters.map(async (p): Promise<[Parameter, TypedArray]> => [p, await p.data()])),
    );
  }
}
