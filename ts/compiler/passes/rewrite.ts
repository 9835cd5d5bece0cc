/** The driver of graph passes: rebuilds a graph from its leaves up, offering every node to a rule. */
import { Node, topological } from "../../graph/node.ts";
import { handOn } from "./origins.ts";

/**
 * Returns the node itself or one of equal value, shape and dtype. Its inputs are rewritten already; `before` is the node as
 * it was.
 */
export type Rule = (node: Node, before: Node) => Node;

/** A pass over the roots of a graph. */
export type Pass = (roots: readonly Node[]) => Node[];

/** `replaced` may put another node in the place of one as it was, before its inputs are looked at. */
export function rewrite(
  roots: readonly Node[],
  rule: Rule,
  replaced: (node: Node) => Node | undefined = () => undefined,
): Node[] {
  const result = new Map<Node, Node>();
  const of = (node: Node): Node => result.get(node) as Node;
  for (const node of topological(roots)) {
    const other = replaced(node);
    if (other !== undefined) {
      handOn(node, other);
      result.set(node, other);
      continue;
    }
    if (node.source !== null) {
      result.set(node, node);
      continue;
    }
    let changed = false;
    const inputs = node.inputs.map((input) => {
      const next = of(input);
      changed ||= next !== input;
      return next;
    });
    const next = changed ? new Node(node.op, inputs, node.attrs, node.shape, node.dtype) : node;
    next.origins = node.origins;
    const made = rule(next, node);
    handOn(next, made);
    result.set(node, made);
  }
  return roots.map(of);
}
