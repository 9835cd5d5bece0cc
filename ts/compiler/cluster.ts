/**
 * Clustering: which nodes become one kernel.
 *
 * A cluster is at most one kernel or reduction, the elementwise nodes that feed the reduction (`before`: its prologue) and
 * the elementwise nodes that follow (`after`: the epilogue, or the whole map when there is no kernel). All nodes of `after`
 * hold as many elements as the kernel's output and are linked by edges that keep the linear order.
 *
 *   1. sink      an elementwise node joins its consumers when they all are in one cluster: nothing is stored
 *   2. epilogue  a kernel takes a map that reads its output
 *   3. join      a map that reads what another cluster computes moves in: one pass fewer over memory
 *
 * 2 and 3 are refused where a path through a third cluster would make a cycle.
 */
import { sameShape, sizeOf } from "../core/shape.ts";
import type { Root } from "../graph/key.ts";
import { type Node, topological } from "../graph/node.ts";

export interface Cluster {
  kernel: Node | null;
  before: Node[];
  after: Node[];
}

/** One reading of a node's value, views looked through. */
export interface Use {
  readonly by: Node;
  /** direct: same shape; linear: same order of elements; view: any other window. */
  readonly edge: "direct" | "linear" | "view";
}

export interface Clusters {
  readonly order: readonly Node[];
  readonly of: ReadonlyMap<Node, Cluster>;
  readonly uses: ReadonlyMap<Node, readonly Use[]>;
  /** Nodes whose value, perhaps through a view, is an output. */
  readonly escapes: ReadonlySet<Node>;
}

export interface ClusterLimits {
  /** Most buffers that one kernel may touch. */
  readonly operands: number;
  /** Most instructions of one map. */
  readonly instructions: number;
}

/** The node whose elements a chain of views shows. */
export function viewed(node: Node): Node {
  let at = node;
  while (at.source === null && at.op.kind === "view") at = at.inputs[0] as Node;
  return at;
}

const computes = (node: Node): boolean =>
  node.source === null && node.op.kind !== "view" && node.op.kind !== "constant";
const isMap = (node: Node): boolean => computes(node) && node.op.kind === "elementwise";
const takesEpilogue = (node: Node): boolean => node.op.epilogue === true || node.op.kind === "reduce";

export function cluster(roots: readonly Root[], limits: ClusterLimits): Clusters {
  const order = topological(roots.map((root) => root.node));
  const { uses, escapes } = findUses(order, roots);
  const of = new Map<Node, Cluster>();
  const index = new Map<Node, number>();
  for (const [i, node] of order.entries()) index.set(node, i);
  const updates = updateOnly(order, roots, uses);

  // 1. sink
  for (let i = order.length - 1; i >= 0; i--) {
    const node = order[i] as Node;
    if (!computes(node)) continue;
    if (!isMap(node)) {
      of.set(node, { kernel: node, before: [], after: [] });
      continue;
    }
    const target = sinkTarget(node, uses.get(node) ?? [], of, escapes, limits);
    if (target === null) of.set(node, { kernel: null, before: [], after: [node] });
    else {
      target.unshift(node);
      of.set(node, of.get((uses.get(node) as Use[])[0]?.by as Node) as Cluster);
    }
  }

  const graph: Graph = { of, index, reach: new Map() };
  for (const node of order) if (of.has(node)) raise(of.get(node) as Cluster, index.get(node) as number, uses, graph);
  const mergeInto = (target: Cluster, source: Cluster): void => {
    const merged = [...target.after, ...source.after].sort(
      (a, b) => (index.get(a) as number) - (index.get(b) as number),
    );
    target.after = merged;
    for (const node of source.after) of.set(node, target);
    const reach = Math.max(graph.reach.get(target) as number, graph.reach.get(source) as number);
    graph.reach.set(target, -1);
    raise(target, reach, uses, graph);
  };

  // 2. epilogue and 3. join, producers first
  for (const node of order) {
    const own = of.get(node);
    if (own === undefined || (node === own.kernel && !takesEpilogue(node))) continue;
    if (own.before.includes(node)) continue;
    for (const use of uses.get(node) ?? []) {
      const other = of.get(use.by) as Cluster;
      if (other === own || other.kernel !== null || use.edge === "view") continue;
      if (own.kernel !== null && other.after.some((member) => updates.has(member))) continue;
      if (tooLarge(own, other, limits) || readsByView(other, own, uses) || connected(own, other, graph)) continue;
      mergeInto(own, other);
    }
  }
  return { order, of, uses, escapes };
}

function findUses(order: readonly Node[], roots: readonly Root[]): { uses: Map<Node, Use[]>; escapes: Set<Node> } {
  const uses = new Map<Node, Use[]>();
  const escapes = new Set<Node>();
  for (const root of roots) escapes.add(viewed(root.node));
  for (const node of order) {
    if (!computes(node)) continue;
    for (const input of node.inputs) {
      const from = viewed(input);
      if (!computes(from)) continue;
      let edge: Use["edge"] = "direct";
      for (let at = input; at !== from; at = at.inputs[0] as Node) {
        if (at.op.name !== "reshape") edge = "view";
        else if (edge === "direct") edge = "linear";
      }
      if (edge !== "view" && node.op.kind === "elementwise" && sizeOf(from.shape) !== sizeOf(node.shape)) edge = "view";
      const list = uses.get(from);
      if (list === undefined) uses.set(from, [{ by: node, edge }]);
      else list.push({ by: node, edge });
    }
  }
  return { uses, escapes };
}

/** Elementwise nodes that serve updates alone; kept out of epilogues so that one map can update every parameter. */
function updateOnly(
  order: readonly Node[],
  roots: readonly Root[],
  uses: ReadonlyMap<Node, readonly Use[]>,
): Set<Node> {
  const found = new Set<Node>();
  const updated = new Set(roots.filter((root) => root.into !== undefined).map((root) => root.node));
  const wanted = new Set(roots.filter((root) => root.into === undefined).map((root) => viewed(root.node)));
  for (let i = order.length - 1; i >= 0; i--) {
    const node = order[i] as Node;
    if (!isMap(node) || wanted.has(node)) continue;
    const readers = uses.get(node) ?? [];
    if (!updated.has(node) && readers.length === 0) continue;
    if (readers.every((use) => found.has(use.by))) found.add(node);
  }
  return found;
}

/** The list of a cluster that an elementwise node can join because nobody else reads it; null if there is none. */
function sinkTarget(
  node: Node,
  uses: readonly Use[],
  of: ReadonlyMap<Node, Cluster>,
  escapes: ReadonlySet<Node>,
  limits: ClusterLimits,
): Node[] | null {
  const first = uses[0];
  if (first === undefined) return null;
  const home = of.get(first.by) as Cluster;
  let list: Node[] | null = null;
  for (const use of uses) {
    if (of.get(use.by) !== home || use.edge === "view") return null;
    const into = home.after.includes(use.by) ? home.after : home.before;
    const isReduction = use.by === home.kernel;
    if (isReduction && use.by.op.kind !== "reduce") return null;
    if (into === home.before && (use.edge !== "direct" || escapes.has(node))) return null;
    if (list !== null && list !== into) return null;
    list = into;
  }
  if (list === home.before && !sameShape(node.shape, (home.kernel as Node).inputs[0]?.shape as number[])) return null;
  const single: Cluster = { kernel: null, before: [], after: [node] };
  return list !== null && !tooLarge(home, single, limits) ? list : null;
}

function tooLarge(a: Cluster, b: Cluster, limits: ClusterLimits): boolean {
  const members = [...a.before, ...a.after, ...b.before, ...b.after];
  if (members.length > limits.instructions) return true;
  const inside = new Set<Node>(members);
  if (a.kernel !== null) inside.add(a.kernel);
  const outside = new Set<Node>();
  for (const node of inside) {
    for (const input of node.inputs) if (!inside.has(viewed(input))) outside.add(input);
  }
  // Every output that could be stored counts as well; one is certain.
  return outside.size + 2 > limits.operands;
}

/** Whether a node of `reader` sees a value of `writer` in another order than it is computed. */
function readsByView(reader: Cluster, writer: Cluster, uses: ReadonlyMap<Node, readonly Use[]>): boolean {
  const readers = new Set(membersOf(reader));
  return membersOf(writer).some((node) => uses.get(node)?.some((use) => use.edge === "view" && readers.has(use.by)));
}

interface Graph {
  readonly of: ReadonlyMap<Node, Cluster>;
  readonly index: ReadonlyMap<Node, number>;
  /** The greatest index of a cluster's nodes and of all that they depend on, cluster by cluster. */
  readonly reach: Map<Cluster, number>;
}

/** Whether something outside both lies on a path between two clusters. */
function connected(a: Cluster, b: Cluster, graph: Graph): boolean {
  return reaches(b, a, graph) || reaches(a, b, graph);
}

/** A cluster reaches so far, and with it all that read from it. */
function raise(cluster: Cluster, to: number, uses: ReadonlyMap<Node, readonly Use[]>, { of, reach }: Graph): void {
  const stack = [cluster];
  for (let at = stack.pop(); at !== undefined; at = stack.pop()) {
    if ((reach.get(at) ?? -1) >= to) continue;
    reach.set(at, to);
    for (const node of membersOf(at)) {
      for (const { by } of uses.get(node) ?? []) {
        const reader = of.get(by);
        if (reader !== undefined && reader !== at) stack.push(reader);
      }
    }
  }
}

export const membersOf = (cluster: Cluster): Node[] =>
  cluster.kernel === null
    ? [...cluster.before, ...cluster.after]
    : [...cluster.before, cluster.kernel, ...cluster.after];

/** Whether `from` depends on `to` through a third cluster. */
function reaches(from: Cluster, to: Cluster, { of, index, reach }: Graph): boolean {
  const earliest = Math.min(...membersOf(to).map((node) => index.get(node) as number));
  const seen = new Set<Cluster>([from, to]);
  const stack: Cluster[] = [];
  const enter = (cluster: Cluster): boolean => {
    for (const node of membersOf(cluster)) {
      for (const input of node.inputs) {
        const source = of.get(viewed(input));
        if (source === undefined) continue;
        if (source === to && cluster !== from) return true;
        if (seen.has(source)) continue;
        seen.add(source);
        if ((reach.get(source) as number) > earliest) stack.push(source);
      }
    }
    return false;
  };
  if (enter(from)) return true;
  for (let next = stack.pop(); next !== undefined; next = stack.pop()) if (enter(next)) return true;
  return false;
}
