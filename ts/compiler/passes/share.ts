/** Common sub-expressions: equal ops on equal inputs become one node. */
import type { Node } from "../../graph/node.ts";
import { rewrite } from "./rewrite.ts";

export function share(roots: readonly Node[]): Node[] {
  const seen = new Map<string, Node>();
  return rewrite(roots, (node) => {
    const inputs = node.inputs.map((input) => input.id).join();
    const attrs = Object.values(node.attrs).join(";");
    const key = `${node.op.name}|${node.dtype}|${node.shape.join()}|${inputs}|${attrs}`;
    const first = seen.get(key);
    if (first !== undefined) return first;
    seen.set(key, node);
    return node;
  });
}
