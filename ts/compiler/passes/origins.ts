/**
 * Which nodes of the graph that was asked for a node computes: their numbers in topological order, as `graphKey` has them.
 *
 * {@link numberNodes} writes the numbers before the first pass, {@link handOn} keeps them when a pass puts something in the
 * place of a node, and the schedule notes them with the kernels. Nothing is decided by them.
 *
 *      x ─► mul ─► sum ─► … ─► sqrt ─► div        x ─► rmsNorm
 *           1      2           5       6               1 2 … 5 6: what lay between the new node and what it reads
 */
import { type Node, topological } from "../../graph/node.ts";

const none: readonly number[] = [];

/** Most nodes that are looked at for what lay between. */
const reach = 256;

export function numberNodes(roots: readonly Node[]): void {
  for (const [i, node] of topological(roots).entries()) node.origins = node.source === null ? [i] : none;
}

/** `result` takes the place of `node`. New nodes below it get its numbers; one that was there before gets them too. */
export function handOn(node: Node, result: Node): void {
  if (node.origins === null || result === node) return;
  const { made, read } = newNodes(result);
  if (made.length === 0) {
    result.origins = union([node, result]);
    return;
  }
  const origins = union([node, ...between(node, read)]);
  for (const each of made) each.origins = origins;
}

/** New nodes below `result` take the place of all of these. */
export function standFor(result: Node, nodes: readonly Node[]): void {
  const origins = union(nodes);
  for (const each of newNodes(result).made) each.origins = origins;
}

/** The nodes that have no numbers yet, and those that they read. */
function newNodes(result: Node): { made: Node[]; read: Set<Node> } {
  const made: Node[] = [];
  const read = new Set<Node>();
  const stack = [result];
  for (let node = stack.pop(); node !== undefined; node = stack.pop()) {
    if (node.origins !== null) {
      read.add(node);
      continue;
    }
    node.origins = none; // Until the numbers are known; so each is met once.
    made.push(node);
    if (node.source === null) stack.push(...node.inputs);
  }
  read.delete(result);
  return { made, read };
}

/** The nodes on paths from `read` to `node`, neither included; none where that would be a long search. */
function between(node: Node, read: ReadonlySet<Node>): Node[] {
  const known = new Map<Node, boolean>();
  const leads = (at: Node): boolean => {
    if (read.has(at)) return true;
    const before = known.get(at);
    if (before !== undefined || at.source !== null || known.size >= reach) return before ?? false;
    known.set(at, false);
    let found = false;
    for (const input of at.inputs) if (leads(input)) found = true;
    known.set(at, found);
    return found;
  };
  for (const input of node.inputs) leads(input);
  return known.size >= reach ? [] : [...known].flatMap(([at, found]) => (found ? at : []));
}

/** The numbers of all, each once. */
export function union(
  nodes: readonly { readonly origins?: readonly number[] | null | undefined }[],
): readonly number[] {
  const all = nodes.map(({ origins }) => origins ?? none).filter(({ length }) => length > 0);
  return all.length < 2 ? (all[0] ?? none) : [...new Set(all.flat())];
}
