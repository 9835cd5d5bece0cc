/**
 * The main job: trains LeNet-5 on handwritten digits, validates and tests it, saves a checkpoint and a report, loads the
 * checkpoint back and reads digits with it.
 */
import { mkdir, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import {
  DeviceError,
  DTypeError,
  FormatError,
  fit,
  type History,
  manualSeed,
  nn,
  optim,
  ShapeError,
  UnsupportedError,
} from "hebb";
import { load, saveFile } from "hebb/safetensors";
import { type Assessment, assess } from "./assess.ts";
import { inOrder, toLearn } from "./batches.ts";
import { normalised, SIZE } from "./input.ts";
import { lenet5 } from "./lenet5.ts";
import { type Options, readOptions, UsageError, usage } from "./options.ts";
import { renderReport } from "./report.ts";
import { type DigitSets, drawSets, readMnist } from "./source.ts";
import { digitsAsText } from "./text.ts";

const LEARNING_RATE = 0.003;
/** Epochs without a lower validation loss before training ends. */
const PATIENCE = 2;

const whole = (value: number): string => value.toLocaleString("en");
const percent = (share: number): string => `${(100 * share).toFixed(2)} %`;
const median = (values: readonly number[]): number => [...values].sort((a, b) => a - b)[values.length >> 1] as number;

interface Training {
  readonly model: nn.Sequential;
  readonly history: History;
  /** The loss of every batch. */
  readonly losses: readonly number[];
  readonly seconds: number;
  /** Milliseconds, the median. */
  readonly step: number;
}

async function train(sets: DigitSets, options: Options, signal: AbortSignal): Promise<Training> {
  const { epochs, batch, seed } = options;
  const steps = Math.floor(sets.train.labels.length / batch);
  const model = lenet5();
  const optimizer = new optim.Adam(model.parameters(), { lr: LEARNING_RATE });
  const losses: number[] = [];
  const times: number[] = [];
  let before = 0;
  let last = performance.now();
  const start = last;
  const history = await fit(model, {
    train: toLearn(sets.train, batch, seed),
    validate: inOrder(sets.validate),
    loss: nn.crossEntropy,
    optimizer,
    epochs,
    metrics: ["accuracy"],
    // Half a cosine, from the full rate to none.
    schedule: ({ step }) => (LEARNING_RATE / 2) * (1 + Math.cos((Math.PI * step) / (steps * epochs))),
    earlyStopping: { patience: PATIENCE },
    signal,
    onProgress: ({ step, loss }) => {
      // What is told is the mean over the epoch so far, of batches that are all of one size.
      losses.push(loss * step - (step > 1 ? before * (step - 1) : 0));
      before = loss;
      const now = performance.now();
      if (step > 1) times.push(now - last);
      last = now;
    },
    onEpoch: ({ epoch, loss, metrics, validation, seconds }) => {
      const trained = `train ${loss.toFixed(4)} ${percent(metrics.accuracy as number)}`;
      const validated = `validate ${validation?.loss.toFixed(4)} ${percent(validation?.metrics.accuracy as number)}`;
      console.log(`epoch ${epoch}/${epochs}   ${trained}   ${validated}   ${seconds.toFixed(1)} s`);
    },
  });
  return { model, history, losses, seconds: (performance.now() - start) / 1000, step: median(times) };
}

/** Puts a file in place at once, so that an interrupted run leaves the old one. */
async function writeWhole(path: string, text: string): Promise<void> {
  const fresh = `${path}.${process.pid}.tmp`;
  try {
    await writeFile(fresh, text);
    await rename(fresh, path);
  } catch (error) {
    await rm(fresh, { force: true });
    throw error;
  }
}

/** Reads some digits with the network of a checkpoint: the first of the test set and a mistake, if there is one. */
async function readDigits(
  checkpoint: string,
  sets: DigitSets,
  assessment: Assessment,
): Promise<{ text: string; time: number }> {
  const model = lenet5();
  model.loadStateDict(await load(checkpoint));
  const { images, labels } = sets.test;
  const wrong = assessment.predicted.findIndex((digit, i) => i > 4 && digit !== labels[i]);
  const shown = [0, 1, 2, 3, 4, wrong > 0 ? wrong : 5].filter((i) => i < labels.length);
  const times: number[] = [];
  const digits: { pixels: Uint8Array; caption: string }[] = [];
  for (const i of shown) {
    const pixels = images.subarray(i * SIZE * SIZE, (i + 1) * SIZE * SIZE);
    let probabilities = new Float32Array();
    for (let round = 0; round < 20; round++) {
      const start = performance.now();
      const scores = await model.run(normalised(pixels));
      probabilities = (await scores.softmax(1).data()) as Float32Array<ArrayBuffer>;
      times.push(performance.now() - start);
    }
    const best = probabilities.indexOf(Math.max(...probabilities));
    if (best !== assessment.predicted[i]) {
      throw new Error(
        `digits: cannot trust ${checkpoint}: it reads test digit ${i} as ${best}, the trained network as ${assessment.predicted[i]}`,
      );
    }
    const truth = best === labels[i] ? "" : ` (is ${labels[i]})`;
    digits.push({ pixels, caption: `${best}${truth}, ${percent(probabilities[best] as number)}` });
  }
  return { text: digitsAsText(digits, 3), time: median(times) };
}

function reportOf(
  sets: DigitSets,
  options: Options,
  training: Training,
  assessment: Assessment,
  time: number,
  parameters: number,
): string {
  const { history, losses, seconds, step } = training;
  const counts = [sets.train, sets.validate, sets.test].map(({ labels }) => whole(labels.length));
  const epochs = history.epochs.length;
  const stopped = history.stoppedEarly ? `, stopped early` : "";
  return renderReport({
    title: `LeNet-5 on ${sets.name}`,
    summary: `${counts[0]} digits trained a convolutional network of ${whole(parameters)} parameters for ${epochs} ${epochs === 1 ? "epoch" : "epochs"} in WebAssembly, on one thread.`,
    epochs: history.epochs.map(({ metrics, validation }) => ({
      accuracy: metrics.accuracy as number,
      validateLoss: validation?.loss as number,
      validateAccuracy: validation?.metrics.accuracy as number,
    })),
    batches: losses,
    confusion: assessment.confusion,
    mistakes: assessment.mistakes,
    facts: [
      ["Training", `${seconds.toFixed(1)} s`],
      [`A step of ${options.batch}`, `${step.toFixed(2)} ms`],
      ["Digits a second", whole(Math.round((1000 * options.batch) / step))],
      ["Reading one digit", `${time.toFixed(2)} ms`],
      ["Parameters", whole(parameters)],
    ],
    settings: [
      ["Data", options.data === null ? `${sets.name}, seed ${options.seed}` : sets.name],
      ["Train · validate · test", counts.join(" · ")],
      ["Network", "conv 6 · pool · conv 16 · pool · 120 · 84 · 10"],
      ["Augmentation", "moved by up to a pixel"],
      ["Loss", `cross-entropy, ${assessment.loss.toFixed(4)} on the test digits`],
      ["Optimiser", `Adam, ${LEARNING_RATE} falling as a cosine`],
      ["Batch", String(options.batch)],
      ["Epochs", `${epochs} of ${options.epochs}${stopped}; weights of epoch ${history.bestEpoch}`],
      ["Seed", String(options.seed)],
      ["Checkpoint", "lenet5.safetensors"],
      ["Runtime", `Node ${process.versions.node}, ${process.platform} ${process.arch}`],
    ],
  });
}

async function main(options: Options, signal: AbortSignal): Promise<void> {
  await mkdir(options.out, { recursive: true });
  manualSeed(options.seed);
  const sets = options.data === null ? drawSets(options.seed) : await readMnist(options.data);
  signal.throwIfAborted();
  const [trains, validates, tests] = [sets.train, sets.validate, sets.test].map(({ labels }) => labels.length) as [
    number,
    number,
    number,
  ];
  if (options.batch > trains) {
    throw new UsageError(`digits: cannot take --batch ${options.batch}: there are ${trains} training digits`);
  }
  console.log(
    `LeNet-5 on ${sets.name}: ${whole(trains)} to train, ${whole(validates)} to validate, ${whole(tests)} to test\n`,
  );

  const training = await train(sets, options, signal);
  const { model, history } = training;
  if (history.stoppedEarly) console.log(`stopped early: the weights are those of epoch ${history.bestEpoch}`);
  signal.throwIfAborted();

  const assessment = await assess(model, sets.test);
  signal.throwIfAborted();
  const parameters = model.parameters().reduce((sum, { size }) => sum + size, 0);
  const checkpoint = join(options.out, "lenet5.safetensors");
  const report = join(options.out, "report.html");
  await saveFile(checkpoint, model.stateDict(), {
    metadata: { network: "LeNet-5", data: sets.name, seed: String(options.seed) },
  });
  const { text, time } = await readDigits(checkpoint, sets, assessment);
  await writeWhole(report, reportOf(sets, options, training, assessment, time, parameters));

  console.log(`\n${text}`);
  console.log(`checkpoint ${checkpoint}`);
  console.log(`report ${report}`);
  console.log(`parameters ${whole(parameters)}`);
  console.log(
    `time per step ${training.step.toFixed(2)} ms (batch ${options.batch}), training ${training.seconds.toFixed(1)} s`,
  );
  console.log(`time per digit read alone ${time.toFixed(2)} ms`);
  console.log(`test loss ${assessment.loss.toFixed(4)}`);
  console.log(`test accuracy ${percent(assessment.accuracy)}`);
}

/** Errors that tell their reader what to do: no stack is needed. */
const clear = [UsageError, FormatError, UnsupportedError, ShapeError, DTypeError, DeviceError, RangeError];

const controller = new AbortController();
// Once: a second Ctrl-C ends the process at once.
process.once("SIGINT", () => controller.abort(new Error("interrupted")));
try {
  const options = readOptions(process.argv.slice(2));
  if (options === null) console.log(usage);
  else await main(options, controller.signal);
} catch (error) {
  if (controller.signal.aborted) {
    console.error("\nstopped: nothing was saved");
    process.exitCode = 130;
  } else {
    const known =
      clear.some((type) => error instanceof type) || typeof (error as NodeJS.ErrnoException).code === "string";
    console.error(known ? (error as Error).message : error);
    process.exitCode = 1;
  }
}
