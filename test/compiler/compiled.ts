/** The compiler with every pass at hand: its answers come at once. */
import type { ClusterLimits } from "../../ts/compiler/cluster.ts";
import { type Compiled, optimize as optimizeSoon, plan, type Target } from "../../ts/compiler/compile.ts";
import { loadRecognition } from "../../ts/compiler/passes/recognise.ts";
import type { Root } from "../../ts/graph/key.ts";
import type { Node } from "../../ts/graph/node.ts";

await loadRecognition();

export function optimize(roots: readonly Root[], target?: Target): Root[] {
  const optimized = optimizeSoon(roots, target);
  if (optimized instanceof Promise)
    throw new Error("compile: cannot go on at once: a pass or a packing is to be fetched");
  return optimized;
}

export function compile(roots: readonly Root[], leaves: readonly Node[], limits: ClusterLimits): Compiled {
  return plan(optimize(roots), leaves, limits);
}
