/** ai.onnx.ml's tree ensembles: the attributes of every version become the tables of one kernel. */

import type { TypedArray } from "../../../core/dtype.ts";
import { FormatError } from "../../../core/errors.ts";
import { load, store } from "../../../core/storage.ts";
import type { Node } from "../../../graph/node.ts";
import { add, cast } from "../../../ops/elementwise.ts";
import { reshape } from "../../../ops/movement.ts";
import {
  missingGoesTrue,
  type TreeAggregate,
  type TreeTables,
  treeEnsemble,
  treeModes,
} from "../../../ops/tree-ensemble.ts";
import type { Call, Handler, Operators } from "../call.ts";
import { classified, postTransform, transformNames } from "../classes.ts";
import { constantLeaf } from "../feed.ts";

type Value = "float32" | "float64";

/** One node of a tree: a child is the number of a node, or -1 - l for leaf l. */
interface Branch {
  feature: number;
  mode: number;
  threshold: number;
  yes: number;
  no: number;
}

/** What a leaf says: weights of targets. */
type Leaf = { readonly target: number; readonly weight: number }[];

interface Ensemble {
  readonly branches: Branch[];
  readonly leaves: readonly Leaf[];
  readonly roots: readonly number[];
  readonly targets: number;
}

/** Refuses what would lead outside the tables or round in a circle. */
function check({ branches, leaves, roots, targets }: Ensemble, features: number): void {
  const valid = (child: number): boolean =>
    Number.isInteger(child) && (child >= 0 ? child < branches.length : -1 - child < leaves.length);
  for (const [i, { feature, yes, no }] of branches.entries()) {
    if (!Number.isInteger(feature) || feature < 0 || feature >= features) {
      throw new FormatError(`tree node ${i} reads feature ${feature}: the input has ${features}`);
    }
    if (!valid(yes) || !valid(no)) throw new FormatError(`tree node ${i} has a child that is not there`);
  }
  for (const leaf of leaves) {
    for (const { target } of leaf) {
      if (Number.isInteger(target) && target >= 0 && target < targets) continue;
      throw new FormatError(`a leaf counts for target ${target}: there are ${targets}`);
    }
  }
  if (!roots.every(valid)) throw new FormatError("a tree begins at a node that is not there");
  refuseCircles(branches);
}

/** 1: on the way to here; 2: every path from here ends. */
function refuseCircles(branches: readonly Branch[]): void {
  const state = new Uint8Array(branches.length);
  for (let root = 0; root < branches.length; root++) {
    const path = state[root] === 0 ? [root] : [];
    while (path.length > 0) {
      const at = path.at(-1) as number;
      const { yes, no } = branches[at] as Branch;
      const open = state[at] === 0 ? [yes, no].filter((child) => child >= 0 && state[child] !== 2) : [];
      if (open.some((child) => state[child] === 1)) throw new FormatError(`tree node ${at} leads back to itself`);
      if (state[at] === 0 && open.length > 0) {
        state[at] = 1;
        path.push(...open);
      } else {
        state[at] = 2;
        path.pop();
      }
    }
  }
}

function tablesOf({ branches, leaves, roots }: Ensemble, dtype: Value): TreeTables {
  const ints = (values: readonly number[], shape: readonly number[]): Node =>
    constantLeaf(Int32Array.from(values), shape, "int32");
  const reals = (values: readonly number[]): Node => constantLeaf(store(dtype, values), [values.length], dtype);
  const entries = leaves.flat();
  let count = 0;
  const starts = [0, ...leaves.map((leaf) => (count += leaf.length))];
  return {
    thresholds: reals(branches.map(({ threshold }) => threshold)),
    nodes: ints(
      branches.flatMap(({ feature, mode, yes, no }) => [feature, mode, yes, no]),
      [branches.length, 4],
    ),
    roots: ints(roots, [roots.length]),
    leaves: ints(starts, [starts.length]),
    targets: ints(
      entries.map(({ target }) => target),
      [entries.length],
    ),
    weights: reals(entries.map(({ weight }) => weight)),
  };
}

/** The rows in float64 where they are, else in float32. */
function rowsOf(call: Call): Node {
  const x = call.tensor(0);
  const rows = x.shape.length === 1 ? reshape(x, [1, x.shape[0] as number]) : x;
  return rows.dtype === "float64" ? rows : cast(rows, "float32");
}

function run(x: Node, ensemble: Ensemble, aggregate: TreeAggregate): Node {
  check(ensemble, x.shape[1] as number);
  return treeEnsemble(x, tablesOf(ensemble, x.dtype as Value), ensemble.targets, aggregate);
}

/** A list of numbers in an attribute, or in its form as a tensor. */
async function listOf(call: Call, name: string): Promise<readonly number[] | null> {
  const tensor = call.tensorAttribute(`${name}_as_tensor`) as Node | null;
  return tensor === null ? call.floats(name) : Array.from(load(tensor.dtype, await call.read(tensor)));
}

const modeNames = ["BRANCH_LEQ", "BRANCH_LT", "BRANCH_GTE", "BRANCH_GT", "BRANCH_EQ", "BRANCH_NEQ"];

/** Versions 1 and 3: nodes named by tree and number, leaves among them; entries of leaves under `prefix`. */
async function listed(call: Call, prefix: "class" | "target", targets: number): Promise<Ensemble> {
  const ints = (name: string): readonly number[] => call.ints(name) ?? [];
  const [trees, numbers, features] = [ints("nodes_treeids"), ints("nodes_nodeids"), ints("nodes_featureids")];
  const [yes, no] = [ints("nodes_truenodeids"), ints("nodes_falsenodeids")];
  const missing = call.ints("nodes_missing_value_tracks_true");
  const modes = call.stringList("nodes_modes") ?? [];
  const values = (await listOf(call, "nodes_values")) ?? [];
  const n = numbers.length;
  if ([trees, features, yes, no, modes].some((list) => list.length !== n)) {
    throw new FormatError("the lists of tree nodes differ in length");
  }
  const key = (tree: number, number: number): string => `${tree}:${number}`;
  const leaves: Leaf[] = [];
  const child = new Map<string, number>();
  let branchCount = 0;
  for (let i = 0; i < n; i++) {
    const name = key(trees[i] as number, numbers[i] as number);
    if (child.has(name)) throw new FormatError(`tree ${trees[i]} has two nodes ${numbers[i]}`);
    child.set(name, modes[i] === "LEAF" ? -leaves.push([]) : branchCount++);
  }
  const branches: Branch[] = [];
  for (let i = 0; i < n; i++) {
    if (modes[i] === "LEAF") continue;
    const mode = modeNames.indexOf(modes[i] as string);
    if (mode < 0) throw new FormatError(`tree node ${i} has mode ${modes[i]}: wanted ${modeNames.join(", ")} or LEAF`);
    const to = (number: number): number => child.get(key(trees[i] as number, number)) ?? Number.NaN;
    branches.push({
      feature: features[i] as number,
      mode: mode + (missing?.[i] === 1 ? missingGoesTrue : 0),
      threshold: values[i] as number,
      yes: to(yes[i] as number),
      no: to(no[i] as number),
    });
  }
  const weights = (await listOf(call, `${prefix}_weights`)) ?? [];
  const [leafTrees, leafNodes, ids] = [ints(`${prefix}_treeids`), ints(`${prefix}_nodeids`), ints(`${prefix}_ids`)];
  for (const [e, target] of ids.entries()) {
    const at = child.get(key(leafTrees[e] as number, leafNodes[e] as number)) ?? Number.NaN;
    if (!(at < 0))
      throw new FormatError(`entry ${e} is of node ${leafNodes[e]} of tree ${leafTrees[e]}, which is no leaf`);
    (leaves[-1 - at] as Leaf).push({ target, weight: weights[e] as number });
  }
  // A tree begins at its first node.
  const firsts = new Map<number, number>();
  for (let i = 0; i < n; i++) {
    const tree = trees[i] as number;
    if (!firsts.has(tree)) firsts.set(tree, child.get(key(tree, numbers[i] as number)) as number);
  }
  return { branches, leaves, roots: [...firsts.values()], targets };
}

async function withBase(call: Call, scores: Node): Promise<Node> {
  const base = await listOf(call, "base_values");
  if (base === null || base.length === 0) return scores;
  return add(scores, constantLeaf(store(scores.dtype, base), [base.length], scores.dtype));
}

const aggregateNames: Readonly<Record<string, TreeAggregate>> = {
  SUM: "sum",
  AVERAGE: "average",
  MIN: "min",
  MAX: "max",
};

const regressor: Handler = async (call) => {
  const ensemble = await listed(call, "target", call.int("n_targets", 1));
  const name = call.string("aggregate_function", "SUM");
  const aggregate = aggregateNames[name];
  if (aggregate === undefined) throw call.unsupported(`aggregate_function ${name}`);
  const scores = await withBase(call, run(rowsOf(call), ensemble, aggregate));
  return cast(postTransform(call.string("post_transform", "NONE"), scores), "float32");
};

const classifier: Handler = async (call) => {
  const labels = call.stringList("classlabels_strings") ?? call.ints("classlabels_int64s") ?? [];
  const ensemble = await listed(call, "class", labels.length);
  const one = new Set(ensemble.leaves.flat().map(({ target }) => target)).size === 1;
  const scores = cast(await withBase(call, run(rowsOf(call), ensemble, "sum")), "float32");
  return classified(call, scores, labels, one ? "first" : "all");
};

/** Version 5: branches and leaves in lists of their own; a node that asks for membership is a chain of equalities. */
const ensembleOf = async (call: Call): Promise<Ensemble> => {
  const ints = (name: string): readonly number[] => call.ints(name) ?? [];
  const numbers = async (name: string): Promise<number[]> => {
    const tensor = call.tensorAttribute(name) as Node | null;
    return tensor === null ? [] : Array.from(load(tensor.dtype, (await call.read(tensor)) as TypedArray));
  };
  const [splits, modes] = [await numbers("nodes_splits"), await numbers("nodes_modes")];
  const [features, missing] = [ints("nodes_featureids"), call.ints("nodes_missing_value_tracks_true")];
  const childOf = (id: readonly number[], leaf: readonly number[], i: number): number =>
    leaf[i] === 1 ? -1 - (id[i] as number) : (id[i] as number);
  const [yes, no] = [ints("nodes_truenodeids"), ints("nodes_falsenodeids")];
  const [yesLeaf, noLeaf] = [ints("nodes_trueleafs"), ints("nodes_falseleafs")];
  if ([features, modes, yes, no, yesLeaf, noLeaf].some((list) => list.length !== splits.length)) {
    throw new FormatError("the lists of tree nodes differ in length");
  }
  const members = membersOf(await numbers("membership_values"));
  const branches: Branch[] = [];
  const chains: Branch[] = [];
  for (const [i, mode] of modes.entries()) {
    const track = missing?.[i] === 1 ? missingGoesTrue : 0;
    const branch: Branch = {
      feature: features[i] as number,
      mode: mode + track,
      threshold: splits[i] as number,
      yes: childOf(yes, yesLeaf, i),
      no: childOf(no, noLeaf, i),
    };
    branches.push(branch);
    if (mode > treeModes.length) throw new FormatError(`tree node ${i} has mode ${mode}: wanted 0 to 6`);
    if (mode !== treeModes.length) continue;
    const set = members.shift() ?? [];
    const { no: outside } = branch;
    const equal = treeModes.indexOf("==") + track;
    // NaN is a member of nothing: an empty set compares with it.
    branch.mode = equal;
    branch.threshold = set[0] ?? Number.NaN;
    let last = branch;
    for (const value of set.slice(1)) {
      const next = { ...branch, threshold: value };
      last.no = modes.length + chains.push(next) - 1;
      last = next;
    }
    last.no = outside;
  }
  const weights = await numbers("leaf_weights");
  const leaves = ints("leaf_targetids").map((target, i): Leaf => [{ target, weight: weights[i] as number }]);
  return { branches: [...branches, ...chains], leaves, roots: ints("tree_roots"), targets: call.int("n_targets", 1) };
};

/** The sets, each ended by NaN. */
function membersOf(values: readonly number[]): number[][] {
  const sets: number[][] = [[]];
  for (const value of values) {
    if (Number.isNaN(value)) sets.push([]);
    else (sets.at(-1) as number[]).push(value);
  }
  return sets;
}

const ensemble: Handler = async (call) => {
  const x = call.tensor(0);
  const aggregate = (["average", "sum", "min", "max"] as const)[call.int("aggregate_function", 1)];
  if (aggregate === undefined) throw call.unsupported(`aggregate_function ${call.int("aggregate_function")}`);
  const name = transformNames[call.int("post_transform", 0)] ?? "?";
  return cast(postTransform(name, run(rowsOf(call), await ensembleOf(call), aggregate)), x.dtype);
};

export const operators: Operators = {
  "ai.onnx.ml.TreeEnsemble": ensemble,
  "ai.onnx.ml.TreeEnsembleClassifier": classifier,
  "ai.onnx.ml.TreeEnsembleRegressor": regressor,
};
