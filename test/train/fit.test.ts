/** The training loop on small problems: that it learns, stops, reports and refuses as it says. */
import { describe, expect, it } from "vitest";
import { programCount } from "../../ts/execution/running.ts";
import {
  data,
  type EpochRecord,
  evaluate,
  manualSeed,
  metrics,
  nn,
  optim,
  type Progress,
  predict,
  type Tensor,
  tensor,
  fit as train,
} from "../../ts/index.ts";

/** Two interleaved half circles, n points each, with a little deterministic noise. */
function moons(n: number): data.TensorDataset<"x" | "y"> {
  const x = new Float32Array(4 * n);
  const y = new Uint8Array(2 * n);
  for (let i = 0; i < 2 * n; i++) {
    const angle = (Math.PI * (i >> 1)) / (n - 1);
    const upper = i % 2 === 0;
    x[2 * i] = (upper ? Math.cos(angle) : 1 - Math.cos(angle)) + 0.08 * Math.sin(37 * i);
    x[2 * i + 1] = (upper ? Math.sin(angle) : 0.5 - Math.sin(angle)) + 0.08 * Math.cos(53 * i);
    y[i] = upper ? 0 : 1;
  }
  return data.arrayDataset({ x: { data: x, shape: [2 * n, 2] }, y });
}

const mlp = (): nn.Sequential => new nn.Sequential(new nn.Linear(2, 32), new nn.Tanh(), new nn.Linear(32, 2));
const quiet = { loss: nn.crossEntropy, progress: false } as const;

/** A linear model of one weight, so that figures can be followed by hand. */
class Slope extends nn.Module {
  readonly line = new nn.Linear(1, 1, { bias: false });
  constructor(weight: number) {
    super();
    this.line.weight.assign(tensor([[weight]]));
  }
  override forward(x: Tensor): Tensor {
    return this.line.forward(x);
  }
}

const slope = (weight: number): { model: Slope; optimizer: optim.SGD } => {
  const model = new Slope(weight);
  return { model, optimizer: new optim.SGD(model.parameters(), { lr: 0.1 }) };
};
const column = (...values: number[]): Tensor => tensor(values.map((v) => [v]));

describe("fit", () => {
  it("separates two moons, the same way twice", async () => {
    const weights: string[] = [];
    for (let run = 0; run < 2; run++) {
      manualSeed(11);
      const model = mlp();
      const optimizer = new optim.Adam(model.parameters(), { lr: 0.03 });
      const [part, held] = data.split(moons(60), [0.8, 0.2], 1);
      const loader = new data.DataLoader(part, { batchSize: 20, shuffle: true, seed: 1 });
      const validate = new data.DataLoader(held, { batchSize: 16 });
      const history = await train(model, {
        ...quiet,
        train: loader,
        validate,
        optimizer,
        epochs: 60,
        metrics: ["accuracy"],
      });
      const last = history.epochs.at(-1) as EpochRecord;
      expect(last.metrics["accuracy"]).toBe(1);
      expect(last.validation?.metrics["accuracy"]).toBe(1);
      expect(last.loss).toBeLessThan((history.epochs[0] as EpochRecord).loss / 5);
      expect(history.epochs.map(({ epoch }) => epoch)).toEqual(Array.from({ length: 60 }, (_, i) => i + 1));
      expect(JSON.parse(JSON.stringify(history))).toEqual(history);
      const bytes = await Promise.all(model.parameters().map(async (p) => [...(await p.data())]));
      weights.push(JSON.stringify(bytes));
    }
    expect(weights[1]).toBe(weights[0]);
  });

  it("learns exclusive or by one logit", async () => {
    manualSeed(4);
    const model = new nn.Sequential(new nn.Linear(2, 8), new nn.Tanh(), new nn.Linear(8, 1));
    const x = tensor([
      [0, 0],
      [0, 1],
      [1, 0],
      [1, 1],
    ]);
    const history = await train(model, {
      train: [[x, column(0, 1, 1, 0)]],
      loss: new nn.BCEWithLogitsLoss(),
      optimizer: new optim.Adam(model.parameters(), { lr: 0.05 }),
      epochs: 200,
      metrics: ["accuracy"],
      progress: false,
    });
    expect(history.epochs.at(-1)?.metrics["accuracy"]).toBe(1);
    expect((await predict(model, x)).shape).toEqual([4, 1]);
  });

  it("weighs batches by their samples and computes what a hand computes", async () => {
    const { model, optimizer } = slope(2);
    optimizer.lr = 0;
    // Outputs 2x against 0: squares 4, 16 | 36.
    const batches = [
      { x: column(1, 2), y: column(0, 0) },
      { x: column(3), y: column(0) },
    ];
    const seen: Progress[] = [];
    const size: metrics.Metric = { name: "mean output", compute: (output) => output.mean() };
    const onProgress = (progress: Progress): void => void seen.push(progress);
    const options = { train: batches, validate: batches, loss: nn.mseLoss, optimizer, progress: false };
    const { epochs } = await train(model, { ...options, metrics: [size], onProgress });
    expect(epochs[0]?.loss).toBeCloseTo(56 / 3, 5);
    expect(epochs[0]?.metrics["mean output"]).toBeCloseTo(4, 5);
    expect(epochs[0]?.validation?.loss).toBeCloseTo(56 / 3, 5);
    expect(seen.map(({ step, steps, epoch, loss }) => [step, steps, epoch, Math.round(loss * 3)])).toEqual([
      [1, 2, 1, 30],
      [2, 2, 1, 56],
    ]);
    expect(epochs[0]?.seconds).toBeGreaterThan(0);
    expect(await evaluate(model, batches, { loss: nn.mseLoss })).toEqual({
      loss: epochs[0]?.validation?.loss,
      metrics: {},
    });
  });

  it("follows a schedule without new programs", async () => {
    const { model, optimizer } = slope(1);
    const rates: number[] = [];
    const schedule = ({ step, epoch }: { step: number; epoch: number }): number => {
      rates.push(step);
      return 0.1 / (1 + epoch);
    };
    const batch = { x: column(1), y: column(0) };
    const options = { train: [batch, batch], loss: nn.mseLoss, optimizer, progress: false, schedule };
    await train(model, { ...options, epochs: 1 });
    const programs = programCount();
    const { epochs } = await train(model, { ...options, epochs: 100 });
    expect(programCount()).toBe(programs);
    expect(epochs.map(({ lr }) => lr).slice(0, 3)).toEqual([0.1, 0.05, 0.1 / 3]);
    expect(rates.slice(0, 4)).toEqual([0, 1, 0, 1]);
  });

  it("needs one program for full batches and one for the last, in training and in validation", async () => {
    const model = mlp();
    const optimizer = new optim.SGD(model.parameters(), { lr: 0.1, momentum: 0.9 });
    const loader = new data.DataLoader(moons(25), { batchSize: 16, shuffle: true });
    const options = { ...quiet, train: loader, validate: loader, optimizer, metrics: ["accuracy"] };
    await train(model, options);
    const programs = programCount();
    await train(model, { ...options, epochs: 50 });
    expect(optimizer.steps).toBe(204);
    expect(programCount()).toBe(programs);
  });

  it("restores modes, and validates in eval mode", async () => {
    const modes: boolean[] = [];
    class Watched extends Slope {
      override forward(x: Tensor): Tensor {
        modes.push(this.training);
        return super.forward(x);
      }
    }
    const model = new Watched(1);
    model.eval();
    const batch = { x: column(1), y: column(0) };
    const optimizer = new optim.SGD(model.parameters(), { lr: 0.1 });
    await train(model, { train: [batch], validate: [batch], loss: nn.mseLoss, optimizer, epochs: 2, progress: false });
    expect(modes).toEqual([true, false, true, false]);
    expect(model.training).toBe(false);
  });

  it("takes asynchronous data", async () => {
    const { model, optimizer } = slope(1);
    const source = {
      async *[Symbol.asyncIterator]() {
        yield { x: column(1), y: column(0) };
      },
    };
    const seen: (number | null)[] = [];
    const onProgress = ({ steps }: Progress): void => void seen.push(steps);
    await train(model, { train: source, loss: nn.mseLoss, optimizer, epochs: 2, progress: false, onProgress });
    expect(seen).toEqual([null, 1]);
  });
});

describe("early stopping", () => {
  // Validation data that the training leads away from: w moves from 1 towards 0, validation wants 0.9.
  const batch = { x: column(1), y: column(0) };
  const other = { x: column(1), y: column(0.7) };

  it("waits, stops and gives back the best values", async () => {
    const { model, optimizer } = slope(1);
    const seen: number[] = [];
    const history = await train(model, {
      train: [batch],
      validate: [other],
      loss: nn.mseLoss,
      optimizer,
      epochs: 50,
      progress: false,
      earlyStopping: { patience: 3 },
      onEpoch: ({ epoch }) => void seen.push(epoch),
    });
    // Weights after epochs: 0.8, 0.64, 0.512, …: the second is nearest to 0.7.
    expect(history.bestEpoch).toBe(2);
    expect(history.stoppedEarly).toBe(true);
    expect(history.epochs.length).toBe(6);
    expect(seen).toEqual([1, 2, 3, 4, 5, 6]);
    expect(await model.line.weight.item()).toBeCloseTo(0.64, 6);
    const { loss } = await evaluate(model, [other], { loss: nn.mseLoss });
    expect(loss).toBe(history.epochs[1]?.validation?.loss);
  });

  it("keeps the last values when told to, and asks for minDelta", async () => {
    const { model, optimizer } = slope(1);
    const history = await train(model, {
      train: [batch],
      validate: [other],
      loss: nn.mseLoss,
      optimizer,
      epochs: 50,
      progress: false,
      earlyStopping: { patience: 1, minDelta: 0.5, restoreBest: false },
    });
    expect(history.epochs.length).toBe(3);
    expect(await model.line.weight.item()).toBeCloseTo(0.8 ** 3, 6);
  });
});

describe("an aborted run", () => {
  it("stops between steps with the signal's reason and leaves a model that works", async () => {
    const { model, optimizer } = slope(1);
    const controller = new AbortController();
    const batch = { x: column(1), y: column(0) };
    const onProgress = ({ epoch, step }: Progress): void => {
      if (epoch === 2 && step === 1) controller.abort();
    };
    const options = { train: [batch, batch, batch], loss: nn.mseLoss, optimizer, epochs: 9, progress: false };
    const run = train(model, { ...options, signal: controller.signal, onProgress });
    await expect(run).rejects.toMatchObject({ name: "AbortError" });
    expect(optimizer.steps).toBe(4);
    expect(await model.line.weight.item()).toBeCloseTo(0.8 ** 4, 6);
    expect(model.training).toBe(true);
    await train(model, { ...options, epochs: 1 });
    expect(optimizer.steps).toBe(7);
  });

  it("hears a signal that comes from a timer, and a reason of one's own", async () => {
    const { model, optimizer } = slope(1);
    const batch = { x: column(1), y: column(0) };
    const endless = {
      *[Symbol.iterator]() {
        for (;;) yield batch;
      },
    };
    const controller = new AbortController();
    setTimeout(() => controller.abort(new Error("enough")), 80);
    const run = train(model, {
      train: endless,
      loss: nn.mseLoss,
      optimizer,
      progress: false,
      signal: controller.signal,
    });
    await expect(run).rejects.toThrow("enough");
    expect(optimizer.steps).toBeGreaterThan(1);
  });

  it("does not start when the signal is aborted already", async () => {
    const { model, optimizer } = slope(1);
    const run = train(model, { train: [], loss: nn.mseLoss, optimizer, signal: AbortSignal.abort(), progress: false });
    await expect(run).rejects.toMatchObject({ name: "AbortError" });
  });
});

describe("bad runs", () => {
  const batch = { x: column(1), y: column(0) };

  it("name the epoch and the step of a loss that is not finite", async () => {
    const { model, optimizer } = slope(1);
    let passes = 0;
    const source = {
      *[Symbol.iterator]() {
        passes++;
        yield batch;
        yield { x: column(passes === 2 ? Number.NaN : 1), y: column(0) };
      },
    };
    const run = train(model, { train: source, loss: nn.mseLoss, optimizer, epochs: 3, progress: false });
    await expect(run).rejects.toThrow(
      "fit: cannot go on after step 2 of epoch 2: the loss is NaN, wanted a finite number",
    );
    const diverging = slope(1);
    diverging.optimizer.lr = 1e30;
    const wild = train(diverging.model, {
      ...quiet,
      train: [batch],
      loss: nn.mseLoss,
      optimizer: diverging.optimizer,
      epochs: 9,
    });
    await expect(wild).rejects.toThrow(/step 1 of epoch \d: the loss is (NaN|Infinity)/);
  });

  it("say what is wrong with the data or the options", async () => {
    const { model, optimizer } = slope(1);
    const options = { loss: nn.mseLoss, optimizer, progress: false };
    const once = [batch][Symbol.iterator]();
    const rows: [() => Promise<unknown>, string][] = [
      [
        () => train(model, { ...options, train: [] }),
        "fit: cannot train epoch 1: the data gave no batches, wanted at least 1",
      ],
      [
        () => train(model, { ...options, train: once, epochs: 2 }),
        "fit: cannot train epoch 2: the data gave no batches, wanted data that can be looped over again",
      ],
      [() => train(model, { ...options, train: [batch], validate: [] }), "evaluate: cannot measure nothing"],
      [() => train(model, { ...options, train: [batch], epochs: 0 }), "fit: cannot train for 0 epochs"],
      [
        () => train(model, { ...options, train: [batch], metrics: ["f1"] }),
        "fit: cannot measure f1: wanted accuracy or",
      ],
      [
        () => train(model, { ...options, train: [{ x: batch.x } as typeof batch] }),
        "fit: cannot use a batch: y is undefined",
      ],
      [
        () => train(model, { ...options, train: [3 as unknown as typeof batch] }),
        "fit: cannot use a batch: x is undefined",
      ],
      [() => train(model, { ...options, train: [batch], earlyStopping: { patience: -1 } }), "cannot wait -1 epochs"],
      [
        () => train(model, { ...options, train: { x: batch.x, y: batch.y } as unknown as (typeof batch)[] }),
        "fit: cannot loop over object: wanted batches, see data.DataLoader",
      ],
      [() => predict(model, []), "predict: cannot predict from nothing"],
    ];
    for (const [run, message] of rows) await expect(run()).rejects.toThrow(message);
  });
});

describe("figures", () => {
  const scores = tensor([
    [2, 1, 0],
    [0, 1, 5],
    [3, 3, 1],
    [0, 2, 1],
  ]);

  it("accuracy counts classes, probabilities, places and logits", async () => {
    const of = (output: Tensor, target: Tensor): Promise<number> => metrics.accuracy.compute(output, target).item();
    expect(await of(scores, tensor(Int32Array.of(0, 2, 0, 0)))).toBe(0.75);
    expect(await of(scores, tensor([0, 1, 1, 1]))).toBe(0.5);
    expect(await of(scores, scores)).toBe(1);
    expect(await of(scores.t().reshape([1, 3, 4]), tensor(Uint8Array.of(0, 2, 0, 0), { shape: [1, 4] }))).toBe(0.75);
    expect(await of(column(3, -1, 2, -2), column(1, 1, 0, 0))).toBe(0.5);
    expect(await of(tensor([3, -1]), tensor([1, 0]))).toBe(1);
    expect(() => metrics.accuracy.compute(scores, tensor([1, 2]))).toThrow("accuracy: cannot compare [4, 3] with [2]");
  });

  it("a confusion matrix counts what was taken for what", () => {
    expect(metrics.confusionMatrix([0, 1, 1, 2], Uint8Array.of(0, 1, 2, 2), 3)).toEqual([
      [1, 0, 0],
      [0, 1, 0],
      [0, 1, 1],
    ]);
    expect(() => metrics.confusionMatrix([0, 3], [0, 1], 3)).toThrow(
      "cannot count 1 taken for 3 at position 1: wanted 0 to 2",
    );
    expect(() => metrics.confusionMatrix([0], [0, 1], 3)).toThrow("cannot compare 1 predictions with 2 labels");
  });

  it("predict joins batches of a loader, of tensors and of pairs", async () => {
    const { model } = slope(2);
    const wanted = [[2], [4], [6]];
    expect(await (await predict(model, column(1, 2, 3))).array()).toEqual(wanted);
    expect(await (await predict(model, [column(1, 2), column(3)])).array()).toEqual(wanted);
    expect(
      await (
        await predict(model, [
          [column(1, 2), null],
          [column(3), null],
        ])
      ).array(),
    ).toEqual(wanted);
    const loader = new data.DataLoader(data.arrayDataset({ x: [[1], [2], [3]] }), { batchSize: 2 });
    expect(await (await predict(model, loader)).array()).toEqual(wanted);
  });
});
