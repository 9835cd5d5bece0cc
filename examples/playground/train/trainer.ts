/**
 * LeNet-5 as it learns: steps one after another, a turn for the page between them, and everything else that reads the
 * weights in between.
 *
 *     lane  ─ step ─ step ─ read a drawing ─ step ─ … ─ step ─ test, in pieces ─ step ─
 */
import { manualSeed, metrics, nn, optim, realize, type Tensor } from "hebb";
import { load, save } from "hebb/safetensors";
import { inOrder, toLearn } from "../../digits/batches.ts";
import { normalised } from "../../digits/input.ts";
import { lenet5 } from "../../digits/lenet5.ts";
import { type Lane, pause } from "../page/pause.ts";
import type { DigitSets } from "./digits.ts";
import { type Assessment, Tally } from "./tally.ts";

export interface Settings {
  readonly optimizer: "adam" | "adamw" | "sgd";
  readonly lr: number;
  readonly batch: number;
}

export interface Step {
  /** From 1 over the whole run. */
  readonly step: number;
  /** Passes through the training digits, parts of one included. */
  readonly epochs: number;
  readonly loss: number;
  readonly accuracy: number;
  /** Of this step alone. */
  readonly ms: number;
}

/** What the layers make of a digit. */
export interface Insight {
  /** [6, 5, 5] and [16, 6, 5, 5] */
  readonly filters: readonly [Float32Array, Float32Array];
  /** After ReLU: [6, 28, 28] and [16, 10, 10] */
  readonly activations: readonly [Float32Array, Float32Array];
}

export interface Listener {
  onStep(step: Step): void;
  onTest(step: number, assessment: Assessment): void;
}

/** Steps between two tests. */
const TEST_EVERY = 50;
/** Digits that are read between two turns. */
const READ = 100;

export class Trainer {
  readonly #lane: Lane;
  readonly #listener: Listener;
  #model: nn.Sequential;
  #optimizer: optim.Optimizer;
  #settings: Settings;
  #seed = 1;
  step = 0;
  #epochs = 0;
  /** Passes that were begun, each in an order of its own. */
  #passes = 0;

  constructor(lane: Lane, settings: Settings, listener: Listener) {
    this.#lane = lane;
    this.#listener = listener;
    this.#settings = settings;
    this.#model = this.#fresh();
    this.#optimizer = this.#optimiser();
  }

  get model(): nn.Sequential {
    return this.#model;
  }

  /** Forgets what was learnt; the new weights are others. */
  reset(): void {
    this.#seed++;
    this.#model = this.#fresh();
    this.#optimizer = this.#optimiser();
    this.step = 0;
    this.#epochs = 0;
  }

  /** Takes effect at the next step. Another optimiser begins without what the one before remembered. */
  set(settings: Settings): void {
    const other = settings.optimizer !== this.#settings.optimizer;
    this.#settings = settings;
    if (other) this.#optimizer = this.#optimiser();
    this.#optimizer.lr = settings.lr;
  }

  /** Trains until the signal stops it. Throws a RangeError where the loss is no longer finite. */
  async run({ train, test }: DigitSets, signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      const { batch } = this.#settings;
      const count = train.labels.length;
      this.#passes++;
      for await (const { x, y } of toLearn(train, Math.min(batch, count), this.#seed + this.#passes)) {
        const step = await this.#lane.run(() => this.#step(x, y, count));
        this.#listener.onStep(step);
        if (!Number.isFinite(step.loss)) {
          throw new RangeError(
            `training: cannot go on after step ${step.step}: the loss is ${step.loss}, a lower learning rate wanted`,
          );
        }
        await pause(signal);
        if (step.step % TEST_EVERY === 0) await this.test(test, signal);
        if (this.#settings.batch !== batch) break;
      }
    }
  }

  async #step(x: Tensor, y: Tensor, count: number): Promise<Step> {
    const start = performance.now();
    const scores = this.#model.forward(x);
    const loss = nn.crossEntropy(scores, y);
    const accuracy = metrics.accuracy.compute(scores, y);
    await this.#optimizer.step(loss, accuracy);
    const [lossValue, accuracyValue] = [await loss.item(), await accuracy.item()];
    this.step++;
    this.#epochs += (x.shape[0] ?? 0) / count;
    const ms = performance.now() - start;
    return { step: this.step, epochs: this.#epochs, loss: lossValue, accuracy: accuracyValue, ms };
  }

  /** Reads the test digits, piece by piece, and tells the listener. */
  async test({ labels, images }: DigitSets["test"], signal?: AbortSignal): Promise<void> {
    const tally = new Tally(labels);
    for await (const { x } of inOrder({ labels, images }, READ)) {
      tally.add((await this.#lane.run(async () => (await this.#model.run(x)).data())) as Float32Array);
      await pause(signal);
    }
    this.#listener.onTest(this.step, tally.finish());
  }

  /** Probabilities of the ten digits. */
  read(pixels: Uint8Array): Promise<Float32Array> {
    return this.#lane.run(async () => {
      const scores = await this.#model.run(normalised(pixels));
      return (await scores.softmax(1).data()) as Float32Array;
    });
  }

  look(pixels: Uint8Array): Promise<Insight> {
    return this.#lane.run(async () => {
      const activations: Tensor[] = [];
      let x: Tensor = normalised(pixels);
      for (const layer of this.#model) {
        x = layer.forward(x);
        if (layer instanceof nn.ReLU && x.rank === 4) activations.push(x.detach());
      }
      await realize(...activations);
      const filters = this.#model.parameters().filter(({ rank }) => rank === 4);
      const values = await Promise.all([...filters, ...activations].map((tensor) => tensor.data()));
      const [conv1, conv2, relu1, relu2] = values as [Float32Array, Float32Array, Float32Array, Float32Array];
      return { filters: [conv1, conv2], activations: [relu1, relu2] };
    });
  }

  save(): Promise<Uint8Array> {
    const metadata = { network: "LeNet-5", steps: String(this.step) };
    return this.#lane.run(() => save(this.#model.stateDict(), { metadata }));
  }

  /** Takes the weights of a safetensors file; training goes on from there. */
  async load(bytes: Uint8Array): Promise<void> {
    const state = await load(bytes);
    await this.#lane.run(async () => {
      this.#model.loadStateDict(state);
      this.#optimizer = this.#optimiser();
    });
  }

  #fresh(): nn.Sequential {
    manualSeed(this.#seed);
    return lenet5();
  }

  #optimiser(): optim.Optimizer {
    const { optimizer, lr } = this.#settings;
    const parameters = this.#model.parameters();
    if (optimizer === "sgd") return new optim.SGD(parameters, { lr, momentum: 0.9 });
    return optimizer === "adam" ? new optim.Adam(parameters, { lr }) : new optim.AdamW(parameters, { lr });
  }
}
