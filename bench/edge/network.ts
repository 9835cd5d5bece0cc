/** The network that edge workers answer with, 784-128-10, and how hebb's get it from its file. */
import { nn, type Tensor, tensor } from "hebb";
import { load, type Source } from "hebb/safetensors";
import { INPUTS, scaled } from "./pixels.ts";

export function network(): nn.Sequential {
  return new nn.Sequential(new nn.Linear(INPUTS, 128), new nn.ReLU(), new nn.Linear(128, 10));
}

export async function opened(weights: Source): Promise<(pixels: Uint8Array) => Promise<number[]>> {
  const model = network();
  model.loadStateDict(await load(weights));
  model.eval();
  return async (pixels) => {
    const scores: Tensor = model.forward(tensor(scaled(pixels), { shape: [1, INPUTS] }));
    return [...((await scores.data()) as Float32Array)];
  };
}
