/** The road from a graph to kernels and their memory: passes, schedule, plan. */
import type { Root } from "../graph/key.ts";
import type { Node } from "../graph/node.ts";
import { batchMaps } from "./batch.ts";
import type { ClusterLimits } from "./cluster.ts";
import type { Schedule } from "./kernel.ts";
import { type MemoryPlan, planMemory } from "./memory.ts";
import { recogniseAttention } from "./passes/attention.ts";
import { compose } from "./passes/compose.ts";
import { decompose } from "./passes/decompose.ts";
import { fold } from "./passes/fold.ts";
import { recogniseNorms } from "./passes/norm.ts";
import { inlineNumbers } from "./passes/number.ts";
import { numberNodes } from "./passes/origins.ts";
import { type PackWeights, packWeights } from "./passes/pack-weights.ts";
import { padWindows } from "./passes/pad-windows.ts";
import type { Pass } from "./passes/rewrite.ts";
import { share } from "./passes/share.ts";
import { simplify } from "./passes/simplify.ts";
import { transposeProducts } from "./passes/transpose.ts";
import { schedule } from "./schedule.ts";

/** Passes over what only imported models hold. */
export interface ModelPasses {
  /** Before every other: over ops that models are written in. */
  readonly written: readonly Pass[];
  /** Over weights that never change, once numbers are folded. */
  readonly weights: readonly Pass[];
}

let model: ModelPasses = { written: [], weights: [] };

/** Puts the passes over imported models among the others: whoever imports models does so, pages without any leave them out. */
export function useModelPasses(passes: ModelPasses): void {
  model = passes;
}

const patterns = new Map<string, Pass>();

/** Puts a pass at the end, for devices that have the kernel which it puts in the place of what models write instead. */
export function usePattern(kernel: string, pass: Pass): void {
  patterns.set(kernel, pass);
}

/** Graph passes in order; folding makes room for algebra, algebra for folding. */
const passes = (): readonly Pass[] => [
  ...model.written,
  decompose,
  inlineNumbers,
  fold,
  simplify,
  ...model.weights,
  padWindows,
  transposeProducts,
  fold,
  simplify,
  share,
  recogniseNorms,
  recogniseAttention,
  simplify,
];

export interface Compiled {
  readonly schedule: Schedule;
  readonly memory: MemoryPlan;
}

/** What passes ask of a device. */
export interface Target {
  /** Names of the kernel ops that it runs. */
  readonly kernels?: ReadonlySet<string>;
  /** How it wants weights that never change; without it they stay as they are. */
  readonly packWeights?: PackWeights;
}

/** The roots after every graph pass. */
export function optimize(roots: readonly Root[], target: Target = {}): Root[] {
  numberNodes(roots.map((root) => root.node));
  return improve(roots, target);
}

/** {@link optimize} for a part of a graph whose nodes have their numbers. */
export function improve(roots: readonly Root[], target: Target): Root[] {
  let nodes = roots.map((root) => root.node);
  for (const pass of passes()) nodes = pass(nodes);
  for (const [kernel, pass] of patterns) if (target.kernels?.has(kernel) ?? true) nodes = pass(nodes);
  if (target.kernels !== undefined) nodes = simplify(compose(nodes, target.kernels));
  if (target.packWeights !== undefined) nodes = packWeights(nodes, target.packWeights);
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
