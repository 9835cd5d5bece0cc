/** Weights that never change, and what the compiler makes of a graph that reads them. */
import { packWeights } from "../../ts/device/wasm/pack-weights.ts";
import { makeConstant, type Source, topological } from "../../ts/graph/node.ts";
import { type Tensor, tensor } from "../../ts/index.ts";
import { optimize } from "./compiled.ts";

export function input(shape: readonly number[], seed: number): Tensor {
  const values = new Float32Array(shape.reduce((a, b) => a * b, 1)).map((_, i) => Math.sin((i + 1) * seed));
  return tensor(values, { shape });
}

export function constant(shape: readonly number[], seed: number): Tensor {
  const w = input(shape, seed);
  makeConstant(w.node.source as Source);
  return w;
}

/** The ops of the graph once constant weights are packed. */
export function names(t: Tensor): string[] {
  const [root] = optimize([{ node: t.node }], { packing: () => packWeights });
  return topological([root?.node ?? t.node]).flatMap((node) => (node.source === null ? [node.op.name] : []));
}
