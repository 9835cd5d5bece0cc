/** Weights for a network: from a file, or none yet. */
import { type nn, tensor } from "hebb";
import { load, type Source } from "hebb/safetensors";

/**
 * Reads the weights of a file into a network; without a file they are zeros. A program is the same whatever the weights are:
 * a worker whose weights lie in a store compiles it with zeros as it starts, and its first request finds it made.
 */
export async function readWeights(network: nn.Module, file: Source | null): Promise<void> {
  network.loadStateDict(file === null ? zerosFor(network) : await load(file));
  network.eval();
}

/** As arrays: a tensor of `zeros` would be computed, and need a program. */
function zerosFor(network: nn.Module): Parameters<nn.Module["loadStateDict"]>[0] {
  const named = network.namedParameters();
  return Object.fromEntries(named.map(([name, { shape, size }]) => [name, tensor(new Float32Array(size), { shape })]));
}
