/** The network that edge workers answer with, 784-128-10, and how hebb's get it from its file. */
import { nn, tensor } from "hebb";
import { load, type Source } from "hebb/safetensors";
import { INPUTS } from "./pixels.ts";

export function network(): nn.Sequential {
  return new nn.Sequential(new nn.Linear(INPUTS, 128), new nn.ReLU(), new nn.Linear(128, 10)).eval();
}

export async function read(model: nn.Sequential, weights: Source): Promise<void> {
  model.loadStateDict(await load(weights));
}

/** The scores of a picture. */
export async function answer(model: nn.Sequential, pixels: Uint8Array): Promise<number[]> {
  const x = tensor(new Float32Array(pixels), { shape: [1, INPUTS] }).div(255);
  return [...((await model.forward(x).data()) as Float32Array)];
}

/** A network that has answered once, with weights of zeros: what is left for the first request is to read the real ones. */
export async function prepared(): Promise<nn.Sequential> {
  const model = network();
  const zeros = model.namedParameters().map(([name, { shape, size }]) => {
    return [name, tensor(new Float32Array(size), { shape })];
  });
  model.loadStateDict(Object.fromEntries(zeros));
  await answer(model, new Uint8Array(INPUTS));
  return model;
}
