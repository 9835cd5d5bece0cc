/**
 * Ordering: in which order clusters run.
 *
 * Inputs come first; among those that are ready the one that the graph names first runs first, updates last. A cluster that
 * overwrites a leaf in place also waits for everyone else who reads the leaf; where that is a circle (two parameters that
 * swap, say) the update is written aside and copied at the end.
 */
import type { Root } from "../graph/key.ts";
import type { Node } from "../graph/node.ts";
import { type Cluster, type Clusters, membersOf, viewed } from "./cluster.ts";

export interface Order {
  readonly clusters: readonly Cluster[];
  /** Roots whose update may not be written in place. */
  readonly aside: ReadonlySet<Root>;
}

export function orderClusters({ order, of }: Clusters, roots: readonly Root[]): Order {
  const clusters = [...new Set(order.flatMap((node) => of.get(node) ?? []))];
  const inputs = new Map<Cluster, Set<Cluster>>();
  const readers = new Map<Node, Set<Cluster>>();
  for (const cluster of clusters) {
    const needs = new Set<Cluster>();
    for (const node of membersOf(cluster)) {
      for (const input of node.inputs) {
        const from = viewed(input);
        const source = of.get(from);
        if (source !== undefined && source !== cluster) needs.add(source);
        if (from.source !== null) {
          const set = readers.get(from) ?? new Set();
          readers.set(from, set.add(cluster));
        }
      }
    }
    inputs.set(cluster, needs);
  }

  const waits = new Map<Root, { writer: Cluster; readers: Set<Cluster> }>();
  const aside = new Set<Root>();
  const updating = new Set<Cluster>();
  for (const root of roots) {
    if (root.into === undefined) continue;
    const writer = of.get(root.node);
    if (writer !== undefined) updating.add(writer);
    const others = new Set(readers.get(root.into));
    if (writer === undefined || !readsInPlace(writer, root.into)) aside.add(root);
    else {
      others.delete(writer);
      waits.set(root, { writer, readers: others });
    }
  }

  const position = new Map(clusters.map((cluster, i) => [cluster, updating.has(cluster) ? clusters.length + i : i]));
  const waiting = clusters.sort((a, b) => (position.get(a) as number) - (position.get(b) as number));
  const done = new Set<Cluster>();
  const result: Cluster[] = [];
  const fed = (cluster: Cluster) => [...(inputs.get(cluster) as Set<Cluster>)].every((input) => done.has(input));
  const unread = (cluster: Cluster) =>
    [...waits.values()].every(
      (wait) => wait.writer !== cluster || [...wait.readers].every((reader) => done.has(reader)),
    );
  while (waiting.length > 0) {
    let at = waiting.findIndex((cluster) => fed(cluster) && unread(cluster));
    if (at < 0) {
      at = waiting.findIndex(fed);
      if (at < 0) throw new Error("schedule: cannot order the kernels: they form a circle");
      for (const [root, wait] of waits) {
        if (wait.writer === waiting[at] && ![...wait.readers].every((reader) => done.has(reader))) {
          aside.add(root);
          waits.delete(root);
        }
      }
    }
    const [cluster] = waiting.splice(at, 1) as [Cluster];
    done.add(cluster);
    result.push(cluster);
  }
  return { clusters: result, aside };
}

/** Whether every reading of the leaf by the cluster is of the very element that it then overwrites. */
function readsInPlace(cluster: Cluster, leaf: Node): boolean {
  const maps = new Set(cluster.after);
  for (const node of membersOf(cluster)) {
    for (const input of node.inputs) {
      if (viewed(input).source !== leaf.source || leaf.source === null) continue;
      if (!maps.has(node)) return false;
      for (let at = input; at.source === null; at = at.inputs[0] as Node) if (at.op.name !== "reshape") return false;
    }
  }
  return cluster.kernel === null || cluster.after.length > 0;
}
