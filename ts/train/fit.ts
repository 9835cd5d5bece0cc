/** The training loop. */
import { progressBar } from "#platform";
import { ShapeError } from "../core/errors.ts";
import { breathe } from "../core/pause.ts";
import type { Module } from "../nn/module.ts";
import type { Optimizer } from "../optim/optimizer.ts";
import type { ProgressBar } from "../platform/platform.ts";
import {
  type Batches,
  checkBatches,
  countOf,
  inputOf,
  type LossLike,
  lossOf,
  Means,
  numbersOf,
  samplesOf,
  targetOf,
} from "./batches.ts";
import { EarlyStopping, type EarlyStoppingOptions } from "./early-stopping.ts";
import { evaluate, figuresOf, metricsOf } from "./evaluate.ts";
import type { EpochRecord, History, Progress } from "./history.ts";
import type { Metric } from "./metrics.ts";

/** What {@link fit} trains with. */
export interface FitOptions {
  /** Batches `{ x, y }` or `[x, y]`: a DataLoader, an array, anything that can be looped over once an epoch. */
  readonly train: Batches;
  /** Measured after every epoch, in eval mode. */
  readonly validate?: Batches | undefined;
  /** What is made small: a function of output and target, or a module. */
  readonly loss: LossLike;
  /** What updates the model's parameters. */
  readonly optimizer: Optimizer;
  /** Default 1. */
  readonly epochs?: number;
  /** Names of metrics ("accuracy") or metrics of one's own. */
  readonly metrics?: readonly (string | Metric)[];
  /** Stops the run between two steps; `fit` then throws the signal's reason. */
  readonly signal?: AbortSignal | undefined;
  /** Called after every step. */
  readonly onProgress?: ((progress: Progress) => void) | undefined;
  /** Called after every epoch, and waited for: the place to save a checkpoint. */
  readonly onEpoch?: ((record: EpochRecord) => void | Promise<void>) | undefined;
  /** Ends the run once the loss no longer improves. */
  readonly earlyStopping?: EarlyStoppingOptions | undefined;
  /** The learning rate of a step; `step` counts from 0 over the whole run, `epoch` from 0. */
  readonly schedule?: ((at: { readonly step: number; readonly epoch: number }) => number) | undefined;
  /** Whether to draw a bar in the terminal; by default where there is one. */
  readonly progress?: boolean;
}

/**
 * Trains a model and returns what happened, epoch by epoch. Forward, backward, update and metrics of a step are one
 * program. The model keeps what the last finished step gave it, whatever ends the run.
 *
 * Throws a RangeError that names epoch and step where the loss is no longer finite, and the signal's reason (an AbortError)
 * once it is aborted.
 *
 * @example
 * const dataset = data.arrayDataset({ x: [[0, 0], [0, 1], [1, 0], [1, 1]], y: Int32Array.of(0, 1, 1, 1) });
 * const model = new nn.Linear(2, 2);
 * const history = await fit(model, {
 *   train: new data.DataLoader(dataset, { batchSize: 2, shuffle: true, seed: 1 }),
 *   loss: nn.crossEntropy,
 *   optimizer: new optim.Adam(model.parameters(), { lr: 0.1 }),
 *   epochs: 50,
 *   metrics: ["accuracy"],
 * });
 * history.epochs.at(-1)?.metrics["accuracy"]; // 1
 */
export async function fit(model: Module, options: FitOptions): Promise<History> {
  const { epochs = 1, validate, signal } = options;
  if (!Number.isInteger(epochs) || epochs < 1) {
    throw new RangeError(`fit: cannot train for ${epochs} epochs: wanted an integer of at least 1`);
  }
  checkBatches("fit", options.train);
  if (validate !== undefined) checkBatches("fit", validate);
  const run = new Run(model, options, epochs);
  const stopping = new EarlyStopping(model, options.earlyStopping);
  const modes = model.modules().map((module) => [module, module.training] as const);
  const records: EpochRecord[] = [];
  let stoppedEarly = false;
  try {
    for (let epoch = 1; epoch <= epochs && !stoppedEarly; epoch++) {
      const start = performance.now();
      const trained = await run.epoch(epoch);
      const validation = validate === undefined ? null : await evaluate(model, validate, { ...options, signal });
      const seconds = (performance.now() - start) / 1000;
      const record: EpochRecord = { epoch, ...trained, validation, seconds, lr: options.optimizer.lr };
      records.push(record);
      stoppedEarly = await stopping.observe(epoch, (validation ?? trained).loss);
      await options.onEpoch?.(record);
    }
    stopping.restore();
  } finally {
    for (const [module, training] of modes) module.training = training;
  }
  return { epochs: records, bestEpoch: stopping.bestEpoch, stoppedEarly };
}

/** What the epochs of a run share. */
class Run {
  readonly #model: Module;
  readonly #options: FitOptions;
  readonly #epochs: number;
  readonly #metrics: readonly Metric[];
  /** Steps of the whole run. */
  #step = 0;
  /** Steps of an epoch, known beforehand or after the first. */
  #steps: number | null;

  constructor(model: Module, options: FitOptions, epochs: number) {
    this.#model = model;
    this.#options = options;
    this.#epochs = epochs;
    this.#metrics = metricsOf("fit", options.metrics ?? []);
    this.#steps = countOf(options.train);
  }

  /** Trains on every batch once; the means of its figures. */
  async epoch(epoch: number): Promise<{ loss: number; metrics: Readonly<Record<string, number>> }> {
    const { train, signal, onProgress, optimizer } = this.#options;
    const means = new Means(1 + this.#metrics.length);
    signal?.throwIfAborted();
    this.#model.train();
    const bar = await this.#bar(epoch);
    let step = 0;
    try {
      for await (const batch of train) {
        signal?.throwIfAborted();
        step++;
        await this.#train(batch, epoch, step, means);
        const figures = figuresOf(this.#metrics, means.values);
        bar?.update(step, noteOf(figures));
        onProgress?.({ epoch, epochs: this.#epochs, step, steps: this.#steps, lr: optimizer.lr, ...figures });
        await breathe();
      }
    } finally {
      bar?.stop();
    }
    if (step === 0) {
      const again =
        epoch > 1 ? ", wanted data that can be looped over again, such as a DataLoader" : ", wanted at least 1";
      throw new ShapeError(`fit: cannot train epoch ${epoch}: the data gave no batches${again}`);
    }
    this.#steps = step;
    return figuresOf(this.#metrics, means.values);
  }

  async #train(batch: unknown, epoch: number, step: number, means: Means): Promise<void> {
    const { optimizer, schedule } = this.#options;
    const x = inputOf("fit", batch);
    const y = targetOf("fit", batch);
    if (schedule !== undefined) optimizer.lr = schedule({ step: this.#step, epoch: epoch - 1 });
    this.#step++;
    const output = this.#model.forward(x);
    const loss = lossOf(this.#options.loss)(output, y);
    const figures = [loss, ...this.#metrics.map((metric) => metric.compute(output, y))];
    await optimizer.step(loss, ...figures.slice(1));
    const values = await numbersOf(figures);
    if (!Number.isFinite(values[0])) {
      throw new RangeError(
        `fit: cannot go on after step ${step} of epoch ${epoch}: the loss is ${values[0]}, wanted a finite number (a lower learning rate, or data without NaN, may help)`,
      );
    }
    means.add(values, samplesOf(x));
  }

  async #bar(epoch: number): Promise<ProgressBar | null> {
    if (this.#options.progress === false || this.#steps === null) return null;
    return progressBar(`epoch ${epoch}/${this.#epochs}`, this.#steps);
  }
}

function noteOf({ loss, metrics }: { loss: number; metrics: Readonly<Record<string, number>> }): string {
  const figures = Object.entries(metrics).map(([name, value]) => `${name} ${value.toFixed(4)}`);
  return [`loss ${loss.toFixed(4)}`, ...figures].join(" · ");
}
