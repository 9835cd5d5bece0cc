/** What the tests of the worker mode compute, in Node and in pages. */
import * as hebb from "../../ts/index.ts";

/** Numbers in ±1 in no order. */
export function noise(length: number, seed = 1): Float32Array {
  return Float32Array.from({ length }, (_, i) => Math.fround(((((i + seed) * 2654435761) >>> 8) % 2001) / 1000 - 1));
}

/** LeNet-5 with ReLU and maxima. */
export function lenet5(): hebb.nn.Sequential {
  const { Conv2d, Flatten, Linear, MaxPool2d, ReLU, Sequential } = hebb.nn;
  return new Sequential(
    new Conv2d(1, 6, 5, { padding: 2 }),
    new ReLU(),
    new MaxPool2d(2),
    new Conv2d(6, 16, 5),
    new ReLU(),
    new MaxPool2d(2),
    new Flatten(),
    new Linear(400, 120),
    new ReLU(),
    new Linear(120, 84),
    new ReLU(),
    new Linear(84, 10),
  );
}

/** The losses, and what the network says of the batch then. */
export interface Trained {
  readonly losses: number[];
  readonly answers: number[];
}

/** Trains LeNet-5 for some steps from one seed. */
export async function trainSteps(steps: number, batch = 16): Promise<Trained> {
  hebb.manualSeed(7);
  const model = lenet5();
  const optimizer = new hebb.optim.Adam(model.parameters(), { lr: 0.002 });
  const x = hebb.tensor(noise(batch * 784), { shape: [batch, 1, 28, 28] });
  const y = hebb.tensor(
    Int32Array.from({ length: batch }, (_, i) => i % 10),
    { shape: [batch], dtype: "int32" },
  );
  const losses: number[] = [];
  for (let step = 0; step < steps; step++) {
    const loss = hebb.nn.crossEntropy(model.forward(x), y);
    await optimizer.step(loss);
    losses.push(await loss.item());
  }
  return { losses, answers: Array.from(await model.forward(x).data()) };
}
