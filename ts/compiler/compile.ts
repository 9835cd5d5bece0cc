/** The road from a graph to kernels and their memory: passes, schedule, plan. */
import type { Root } from "../graph/key.ts";
import { type Node, topological } from "../graph/node.ts";
import { batchMaps } from "./batch.ts";
import type { ClusterLimits } from "./cluster.ts";
import type { Schedule } from "./kernel.ts";
import { type MemoryPlan, planMemory } from "./memory.ts";
import { compose } from "./passes/compose.ts";
import { decompose } from "./passes/decompose.ts";
import { fold } from "./passes/fold.ts";
import { inlineNumbers } from "./passes/number.ts";
import { numberNodes } from "./passes/origins.ts";
import { type PackWeights, packWeights } from "./passes/pack-weights.ts";
import { padWindows } from "./passes/pad-windows.ts";
import { recognition } from "./passes/recognise.ts";
import type { Pass } from "./passes/rewrite.ts";
import { share } from "./passes/share.ts";
import { simplify } from "./passes/simplify.ts";
import { transposeProducts } from "./passes/transpose.ts";
import { schedule } from "./schedule.ts";

/** Passes over what only imported models hold. */
export interface ModelPasses {
  /** By which a worker fetches the same: `execution/worker/passes.ts`. */
  readonly name: string;
  /** Before every other: over ops that models are written in. */
  readonly written?: readonly Pass[];
  /** Over weights that never change, once numbers are folded. */
  readonly weights?: readonly Pass[];
}

const used = new Set<string>();
let model: Required<Omit<ModelPasses, "name">> = { written: [], weights: [] };

/** Puts the passes over imported models among the others: whoever imports models does so, pages without any leave them out. */
export function useModelPasses({ name, ...passes }: ModelPasses): void {
  used.add(name);
  model = { ...model, ...passes };
}

const patterns = new Map<string, Pass>();

/** Puts a pass at the end, for devices that have the kernel which it puts in the place of what models write instead. */
export function usePattern(kernel: string, pass: Pass): void {
  patterns.set(kernel, pass);
}

/** Names of the passes in use that not every page has: of imported models, and of patterns. */
export const passNames = (): string[] => [...used, ...patterns.keys()];

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
];

export interface Compiled {
  readonly schedule: Schedule;
  readonly memory: MemoryPlan;
}

/** What passes ask of a device. */
export interface Target {
  /** Names of the kernel ops that it runs. */
  readonly kernels?: ReadonlySet<string>;
  /** How it wants weights that never change; asked for graphs that hold some. Without it they stay as they are. */
  packing?(): PackWeights | Promise<PackWeights> | null;
  /** A last pass over what it runs itself, whatever other devices run of the graph. */
  readonly finish?: Pass;
}

/** The roots after every graph pass; at once unless a pass has to be fetched. */
export function optimize(roots: readonly Root[], target: Target = {}): Root[] | Promise<Root[]> {
  numberNodes(roots.map((root) => root.node));
  return improve(roots, target);
}

/** {@link optimize} for a part of a graph whose nodes have their numbers. */
export function improve(roots: readonly Root[], target: Target): Root[] | Promise<Root[]> {
  const nodes = applied(
    passes(),
    roots.map(({ node }) => node),
  );
  const finish = (recognising: readonly Pass[], pack: PackWeights | null): Root[] => {
    let last = simplify(applied(recognising, nodes));
    for (const [kernel, pass] of patterns) if (target.kernels?.has(kernel) ?? true) last = pass(last);
    if (target.kernels !== undefined) last = simplify(compose(last, target.kernels));
    if (pack !== null) last = packWeights(last, pack);
    return roots.map((root, i) => ({ ...root, node: last[i] as Node }));
  };
  const recognising = recognition(nodes);
  const pack = topological(nodes).some(isWeight) ? (target.packing?.() ?? null) : null;
  if (!(recognising instanceof Promise) && !(pack instanceof Promise)) return finish(recognising, pack);
  return Promise.all([recognising, pack]).then(([passes, packer]) => finish(passes, packer));
}

const isWeight = ({ source }: Node): boolean => source !== null && source.constant !== 0;

const applied = (list: readonly Pass[], nodes: readonly Node[]): readonly Node[] =>
  list.reduce((result, pass) => pass(result), nodes);

/** Kernels and memory of optimised roots; `leaves` number the graph's inputs. */
export function plan(roots: readonly Root[], leaves: readonly Node[], limits: ClusterLimits): Compiled {
  const scheduled = schedule(roots, leaves, limits);
  const batched = { ...scheduled, kernels: batchMaps(scheduled.kernels) };
  return { schedule: batched, memory: planMemory(batched) };
}
