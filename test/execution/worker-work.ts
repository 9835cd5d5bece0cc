/** What the tests of the worker mode compute, in Node and in pages. */
import * as hebb from "../../ts/index.ts";
import { lenet5 } from "../golden/lenet5.ts";

/** Numbers in ±1 in no order. */
export function noise(length: number, seed = 1): Float32Array {
  return Float32Array.from({ length }, (_, i) => Math.fround(((((i + seed) * 2654435761) >>> 8) % 2001) / 1000 - 1));
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
