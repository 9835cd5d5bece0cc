/** The road from a graph to kernels and their memory: passes, schedule, plan. */
import type { Root } from "../graph/key.ts";
import type { Node } from "../graph/node.ts";
import { batchMaps } from "./batch.ts";
import type { ClusterLimits } from "./cluster.ts";
import type { Schedule } from "./kernel.ts";
import { type MemoryPlan, planMemory } from "./memory.ts";
import { decompose } from "./passes/decompose.ts";
import { fold } from "./passes/fold.ts";
import { type PackWeights, packWeights } from "./passes/pack-weights.ts";
import type { Pass } from "./passes/rewrite.ts";
import { share } from "./passes/share.ts";
import { simplify } from "./passes/simplify.ts";
import { transposeProducts } from "./passes/transpose.ts";
import { schedule } from "./schedule.ts";

/** Graph passes in order; folding makes room for algebra, algebra for folding. */
const passes: readonly Pass[] = [decompose, fold, simplify, transposeProducts, fold, simplify, share];

export interface Compiled {
  readonly schedule: Schedule;
  readonly memory: MemoryPlan;
}

/** The roots after every graph pass; `pack` as in {@link packWeights}. */
export function optimize(roots: readonly Root[], pack?: PackWeights): Root[] {
  let nodes = roots.map((root) => root.node);
  for (const pass of passes) nodes = pass(nodes);
  if (pack !== undefined) nodes = packWeights(nodes, pack);
  return roots.map((root, i) => ({ ...root, node: nodes[i] as Node }));
}

/** Kernels and memory of optimised roots; `leaves` number the graph's inputs. */
export function plan(roots: readonly Root[], leaves: readonly Node[], limits: ClusterLimits): Compiled {
  const scheduled = schedule(roots, leaves, limits);
  const batched = { ...scheduled, kernels: batchMaps(scheduled.kernels) };
  return { schedule: batched, memory: planMemory(batched) };
}

export function compile(roots: readonly Root[], leaves: readonly Node[], limits: ClusterLimits): Compiled {
  return plan(optimize(roots), leaves, limits);
}
