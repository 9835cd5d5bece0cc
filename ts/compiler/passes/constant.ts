/**
 * Constant subgraphs: what depends on values that never change (a model's weights) is computed once, when the program is
 * made, and becomes a leaf of it. So passes write what they do to weights (scaling, packing) as ordinary expressions.
 */
import { type Node, topological } from "../../graph/node.ts";

/** What a node is computed from: something that changes, the program's own numbers, or constant sources too. */
type Origin = "variable" | "numbers" | "constants";

const origins = new WeakMap<Node, Origin>();

/** Walks no further down than to nodes whose origin is known: passes ask for every node that they make. */
function originOf(node: Node): Origin {
  const stack = [node];
  for (let top: Node | undefined = node; top !== undefined; top = stack.at(-1)) {
    const open = origins.has(top) || top.source !== null ? [] : top.inputs.filter((input) => !origins.has(input));
    if (open.length > 0) {
      stack.push(...open);
      continue;
    }
    if (!origins.has(top)) origins.set(top, findOrigin(top));
    stack.pop();
  }
  return origins.get(node) as Origin;
}

function findOrigin({ source, inputs }: Node): Origin {
  if (source !== null) return source.constant !== 0 ? "constants" : "variable";
  let origin: Origin = "numbers";
  for (const input of inputs) {
    const below = origins.get(input) as Origin;
    if (below === "variable") return below;
    if (below === "constants") origin = below;
  }
  return origin;
}

/** Whether everything that a node is computed from never changes. */
export function isConstant(node: Node): boolean {
  return originOf(node) !== "variable";
}

/** Whether a node is computed from values that never change, and from nothing else but numbers: once, ahead of all runs. */
export function isAhead(node: Node): boolean {
  return originOf(node) === "constants";
}

/** Nodes worth computing ahead: from constant sources, with work to do, and read by what is not constant. */
export function findConstants(roots: readonly Node[]): Node[] {
  const found = new Set<Node>();
  const offer = (node: Node): void => {
    let at = node;
    while (at.source === null && at.op.kind === "view") at = at.inputs[0] as Node;
    if (at.source === null && originOf(at) === "constants") found.add(at);
  };
  for (const node of topological(roots)) if (originOf(node) === "variable") for (const x of node.inputs) offer(x);
  for (const root of roots) offer(root);
  return [...found];
}
