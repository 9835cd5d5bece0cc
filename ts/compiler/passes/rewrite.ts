/** The driver of graph passes: rebuilds a graph from its leaves up, offering every node to a rule. */
import { Node, topological } from "../../graph/node.ts";

/** Returns the node itself or one of equal value, shape and dtype. Its inputs are rewritten already. */
export type Rule = (node: Node) => Node;

/** A pass over the roots of a graph. */
export type Pass = (roots: readonly Node[]) => Node[];

export function rewrite(roots: readonly Node[], rule: Rule): Node[] {
  const result = new Map<Node, Node>();
  const of = (node: Node): Node => result.get(node) as Node;
  for (const node of topological(roots)) {
    if (node.source !== null || node.inputs.length === 0) {
      result.set(node, node.source !== null ? node : rule(node));
      continue;
    }
    let changed = false;
    const inputs = node.inputs.map((input) => {
      const next = of(input);
      changed ||= next !== input;
      return next;
    });
    result.set(node, rule(changed ? new Node(node.op, inputs, node.attrs, node.shape, node.dtype) : node));
  }
  return roots.map(of);
}
