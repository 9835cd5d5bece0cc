/**
 * Recognises softmax(scale q kᵀ + mask) v written as products, where nobody else reads the weights: then they need not be
 * stored. Heads are the axes in front; the result comes back in their order, which views undo where the model moves it.
 */
import type { Node } from "../../graph/node.ts";
import { topological } from "../../graph/node.ts";
import { attention } from "../../ops/attention.ts";
import { transpose } from "../../ops/matmul.ts";
import { permute, reshape } from "../../ops/movement.ts";
import { uniformValue } from "./fold.ts";
import { rewrite } from "./rewrite.ts";

export function recogniseAttention(roots: readonly Node[]): Node[] {
  const readers = new Map<Node, number>();
  const count = (node: Node): void => {
    readers.set(node, (readers.get(node) ?? 0) + 1);
  };
  for (const node of topological(roots)) if (node.source === null) node.inputs.forEach(count);
  roots.forEach(count);
  return rewrite(roots, (node, before) => {
    if (!is(node, "matmul") || before.inputs.some((input) => is(input, "softmax") && readers.get(input) !== 1))
      return node;
    const [weights, v] = node.inputs as [Node, Node];
    return is(weights, "softmax") ? (attend(weights.inputs[0] as Node, v, node) ?? node) : node;
  });
}

const is = (node: Node, name: string): boolean => node.source === null && node.op.name === name;

/** What scores are made of. */
interface Scores {
  readonly product: Node;
  readonly scale: number;
  readonly mask?: Node;
}

function scoresOf(node: Node): Scores | null {
  if (is(node, "matmul")) return { product: node, scale: 1 };
  const [a, b] = node.inputs as [Node, Node];
  if (is(node, "div") || is(node, "mul")) {
    const factor = uniformValue(b);
    if (factor !== undefined) return scaled(scoresOf(a), is(node, "div") ? 1 / factor : factor);
    const first = uniformValue(a);
    return is(node, "mul") && first !== undefined ? scaled(scoresOf(b), first) : null;
  }
  if (!is(node, "add")) return null;
  const [left, right] = [scoresOf(a), scoresOf(b)];
  if (left !== null && left.mask === undefined) return { ...left, mask: b };
  return right !== null && right.mask === undefined ? { ...right, mask: a } : null;
}

/** A factor of product and mask together is none of the product alone. */
const scaled = (scores: Scores | null, factor: number): Scores | null =>
  scores === null || scores.mask !== undefined ? null : { ...scores, scale: scores.scale * factor };

/** Two to four axes as four. */
const four = (x: Node): Node => {
  const lead = x.shape.slice(0, -2);
  return reshape(x, [...(lead.length === 2 ? lead : [lead[0] ?? 1, 1]), ...x.shape.slice(-2)]);
};

function attend(logits: Node, v: Node, { shape }: Node): Node | null {
  const scores = scoresOf(logits);
  if (scores === null || shape.length > 4) return null;
  const [q, k] = scores.product.inputs as [Node, Node];
  // A mask that is repeated is read as it was.
  const mask = scores.mask === undefined ? undefined : four(scores.mask);
  const y = attention(four(q), four(transpose(k)), four(v), { scale: scores.scale, mask, blank: "nan" });
  return reshape(permute(y, [0, 2, 1, 3]), shape);
}
