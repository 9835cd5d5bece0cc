/** (a b)ᵀ = bᵀ aᵀ: a product that is read transposed is computed transposed, since views of operands are free and copies are not. */
import { sameShape } from "../../core/shape.ts";
import { Node } from "../../graph/node.ts";
import { transpose } from "../../ops/matmul.ts";
import { rewrite } from "./rewrite.ts";

export function transposeProducts(roots: readonly Node[]): Node[] {
  return rewrite(roots, (node) => {
    const product = node.inputs[0];
    if (node.op.name !== "permute" || product === undefined || product.source !== null) return node;
    if (product.op.name !== "matmul" || !swapsLastTwo(node)) return node;
    const [a, b] = product.inputs as [Node, Node];
    return new Node(product.op, [transpose(b), transpose(a)], product.attrs, node.shape, node.dtype);
  });
}

function swapsLastTwo(node: Node): boolean {
  const rank = node.shape.length;
  const swap = node.shape.map((_, i) => (i < rank - 2 ? i : 2 * rank - 3 - i));
  return sameShape(node.attrs["axes"] as readonly number[], swap);
}
