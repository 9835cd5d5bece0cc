/** Measuring and using a trained model over batches. */
import type { TypedArray } from "../core/dtype.ts";
import { dtypes } from "../core/dtype.ts";
import { ShapeError } from "../core/errors.ts";
import { breathe } from "../core/pause.ts";
import { formatShape, type Shape, sameShape } from "../core/shape.ts";
import { evalMode, type Module } from "../nn/module.ts";
import { adopt, storedValues, Tensor } from "../tensor/tensor.ts";
import {
  type Batches,
  computeOnHost,
  inputOf,
  type LossLike,
  lossOf,
  Means,
  numbersOf,
  samplesOf,
  targetOf,
} from "./batches.ts";
import { accuracy, type Metric } from "./metrics.ts";

/** What {@link evaluate} measures. */
export interface EvaluateOptions {
  /** What is averaged: a function of output and target, or a module. */
  readonly loss: LossLike;
  /** Names of metrics ("accuracy") or metrics of one's own. */
  readonly metrics?: readonly (string | Metric)[];
  /** Stops between two batches; `evaluate` then throws the signal's reason. */
  readonly signal?: AbortSignal | undefined;
}

/** Figures of a model on some data: means over all samples. */
export interface Evaluation {
  /** Mean loss of a sample. */
  readonly loss: number;
  /** Metrics by name. */
  readonly metrics: Readonly<Record<string, number>>;
}

/**
 * Loss and metrics of a model in eval mode, averaged over all samples.
 *
 * @example
 * const dataset = data.arrayDataset({ x: [[0, 0], [0, 1], [1, 0], [1, 1]], y: Int32Array.of(0, 1, 1, 1) });
 * const model = new nn.Linear(2, 2);
 * const test = new data.DataLoader(dataset, { batchSize: 4 });
 * const { loss } = await evaluate(model, test, { loss: nn.crossEntropy, metrics: ["accuracy"] });
 */
export async function evaluate(model: Module, data: Batches, options: EvaluateOptions): Promise<Evaluation> {
  const loss = lossOf(options.loss);
  const metrics = metricsOf("evaluate", options.metrics ?? []);
  const means = new Means(1 + metrics.length);
  const restore = evalMode(model);
  try {
    for await (const batch of data) {
      options.signal?.throwIfAborted();
      const x = inputOf("evaluate", batch);
      const y = targetOf("evaluate", batch);
      const output = model.forward(x);
      means.add(
        await numbersOf([loss(output, y), ...metrics.map((metric) => metric.compute(output, y))]),
        samplesOf(x),
      );
      await breathe();
    }
  } finally {
    restore();
  }
  if (means.samples === 0) throw new ShapeError("evaluate: cannot measure nothing: the data gave no samples");
  return figuresOf(metrics, means.values);
}

const byName: Readonly<Record<string, Metric>> = { accuracy };

/** The metrics of a list of names and metrics. */
export function metricsOf(op: string, metrics: readonly (string | Metric)[]): Metric[] {
  return metrics.map((metric) => {
    if (typeof metric !== "string") return metric;
    const known = byName[metric];
    if (known !== undefined && Object.hasOwn(byName, metric)) return known;
    throw new RangeError(
      `${op}: cannot measure ${metric}: wanted ${Object.keys(byName).join(", ")} or { name, compute(output, target) }`,
    );
  });
}

/** The loss and the metrics by name. */
export function figuresOf(metrics: readonly Metric[], [loss = 0, ...rest]: readonly number[]): Evaluation {
  return { loss, metrics: Object.fromEntries(metrics.map(({ name }, i) => [name, rest[i] as number])) };
}

/**
 * The model's outputs in eval mode for a tensor or for batches (of tensors, or with `x`), one after the other in one tensor.
 *
 * @example
 * const dataset = data.arrayDataset({ x: [[0, 0], [0, 1], [1, 0], [1, 1]], y: Int32Array.of(0, 1, 1, 1) });
 * const model = new nn.Linear(2, 2);
 * const scores = await predict(model, new data.DataLoader(dataset, { batchSize: 3 }));
 * scores.shape; // [4, 2]
 * const classes = await scores.argmax(1).data();
 */
export async function predict(
  model: Module,
  data: Tensor | Batches<Tensor | { readonly x: Tensor } | readonly [x: Tensor, ...rest: unknown[]]>,
): Promise<Tensor> {
  if (data instanceof Tensor) return model.run(data);
  const outputs: Tensor[] = [];
  const restore = evalMode(model);
  try {
    for await (const batch of data) {
      const raw = model.forward(inputOf("predict", batch));
      const output = raw.requiresGrad ? raw.detach() : raw;
      if (output.node.source === null) await computeOnHost([output.node]);
      outputs.push(output);
      await breathe();
    }
  } finally {
    restore();
  }
  return joined(outputs);
}

async function joined(outputs: readonly Tensor[]): Promise<Tensor> {
  const [first] = outputs;
  if (first === undefined) throw new ShapeError("predict: cannot predict from nothing: the data gave no batches");
  const rest: Shape = first.shape.slice(1);
  let count = 0;
  for (const { shape } of outputs) {
    if (shape.length === 0 || !sameShape(shape.slice(1), rest)) {
      throw new ShapeError(
        `predict: cannot join outputs ${formatShape(first.shape)} and ${formatShape(shape)}: only the first size may differ`,
      );
    }
    count += shape[0] as number;
  }
  const size = rest.reduce((product, length) => product * length, 1);
  const all: TypedArray = new dtypes[first.dtype].array(count * size);
  let at = 0;
  for (const output of outputs) {
    const values = await storedValues(output);
    all.set(values, at);
    at += values.length;
  }
  return adopt(all, [count, ...rest], first.dtype);
}
