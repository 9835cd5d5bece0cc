/**
 * 100 training steps give PyTorch's losses: LeNet-5 and an MLP, SGD with momentum and Adam. scripts/golden/training.py
 * wrote training.json; weights and data come from the same generator on both sides.
 */
import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { nn, optim, type Parameter, tensor } from "../../ts/index.ts";
import { floats } from "./generator.ts";
import { batchOf, CLASSES, lenet5 } from "./lenet5.ts";

const golden = JSON.parse(readFileSync(new URL("training.json", import.meta.url), "utf8")) as Record<string, number[]>;

const BATCH = 64;
const STEPS = 100;
/** Of a loss, after any number of steps. */
const RELATIVE = 1e-4;

const models = {
  lenet: lenet5,
  mlp: () =>
    new nn.Sequential(
      new nn.Flatten(),
      new nn.Linear(784, 256),
      new nn.ReLU(),
      new nn.Linear(256, 128),
      new nn.ReLU(),
      new nn.Linear(128, CLASSES),
    ),
};

const bounds = { lenet: [1 / 4, 1 / 8, 1 / 16, 1 / 8, 1 / 8], mlp: [1 / 16, 1 / 8, 1 / 4] };

const runs = [
  ["lenet", "sgd", (p: Parameter[]) => new optim.SGD(p, { lr: 0.004, momentum: 0.9 })],
  ["lenet", "adam", (p: Parameter[]) => new optim.Adam(p, { lr: 0.0001 })],
  ["mlp", "sgd", (p: Parameter[]) => new optim.SGD(p, { lr: 0.005, momentum: 0.9 })],
  ["mlp", "adam", (p: Parameter[]) => new optim.Adam(p, { lr: 0.0003 })],
] as const;

describe("100 steps", () => {
  test.each(runs)("%s, %s", async (name, optimizerName, makeOptimizer) => {
    const model = models[name]();
    for (const [i, parameter] of model.parameters().entries()) {
      const layer = i >> 1;
      const values = floats(100 + layer, parameter.size).map((value) => value * (bounds[name][layer] as number));
      parameter.assign(tensor(i % 2 ? new Float32Array(parameter.size) : values, { shape: parameter.shape }));
    }
    const optimizer = makeOptimizer(model.parameters());
    const expected = golden[`${name}-${optimizerName}`] as number[];
    expect(expected.length).toBe(STEPS);
    let worst = 0;
    for (let step = 0; step < STEPS; step++) {
      const { x, y } = batchOf(step, BATCH);
      const inputs = tensor(x, { shape: [BATCH, 1, 28, 28] });
      const loss = nn.crossEntropy(model.forward(inputs), tensor(y));
      await optimizer.step(loss);
      const wanted = expected[step] as number;
      const strays = Math.abs((await loss.item()) - wanted) / wanted;
      expect(strays, `loss of step ${step}`).toBeLessThan(RELATIVE);
      worst = Math.max(worst, strays);
    }
    console.log(`${name} ${optimizerName}: losses stray from PyTorch's by ${worst.toExponential(1)} at most`);
  });
});
