/** What the compiler makes of tensors, for people. */
import { explainStages } from "../compiler/explain.ts";
import { described, threadsAtWork } from "../execution/running.ts";
import type { Root } from "../graph/key.ts";
import { printGraph } from "../graph/print.ts";
import type { Tensor } from "./tensor.ts";

/**
 * The graph, the schedule and the memory plan of computing tensors together, as text. Nothing is computed.
 *
 * @example
 * const [x, w, b] = [zeros([8, 4]), zeros([4, 2]), zeros([2])];
 * console.log(await explain(x.matmul(w).add(b).relu()));
 */
export async function explain(...tensors: readonly Tensor[]): Promise<string> {
  return explainRoots(tensors.map((t) => ({ node: t.node })));
}

/** {@link explain} for roots, updates included. */
export async function explainRoots(roots: readonly Root[]): Promise<string> {
  const open = roots.filter(({ node }) => node.source === null);
  const plan = explainStages(await described(open));
  return `graph:\n${printGraph(open.map(({ node }) => node)).replace(/^/gm, "  ")}\n${plan}${threadsAtWork()}`;
}
