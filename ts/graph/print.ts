/** A graph as text, one node a line. */
import { formatShape } from "../core/shape.ts";
import { type Node, topological } from "./node.ts";

/** `%3 = add %1 %2  float32 [2, 3]` for every node, inputs first. */
export function printGraph(roots: readonly Node[]): string {
  const order = topological(roots);
  const names = new Map(order.map((node, i) => [node, `%${i}`]));
  return order
    .map((node) => {
      const what = node.source !== null ? ["leaf"] : [node.op.name, ...node.inputs.map((input) => names.get(input))];
      const attrs =
        node.source === null ? Object.entries(node.attrs).map(([name, value]) => `${name}=${String(value)}`) : [];
      return `${names.get(node)} = ${[...what, ...attrs].join(" ")}  ${node.dtype} ${formatShape(node.shape)}`;
    })
    .join("\n");
}
