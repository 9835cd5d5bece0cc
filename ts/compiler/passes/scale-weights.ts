/**
 * What a convolution or product is scaled and shifted by afterwards, where both never change, becomes part of its weights:
 *
 *   (x * w) s = x * (w s)        (y + a) s = y s + a s        (y + a) + b = y + (a + b)
 *
 * So batch normalisation behind a convolution costs one addition, and that is the convolution's epilogue.
 */
import { sizeOf } from "../../core/shape.ts";
import { Node, topological } from "../../graph/node.ts";
import { add, div, mul, neg, num } from "../../ops/elementwise.ts";
import { reshape } from "../../ops/movement.ts";
import { isConstant } from "./constant.ts";
import { rewrite } from "./rewrite.ts";

/** Output axis of the channels and weight axis of the same, counted from the front of 4-d convolutions, the back of products. */
const channels: Readonly<Record<string, { readonly output: number; readonly weight: number }>> = {
  conv2d: { output: 1, weight: 0 },
  conv2dInput: { output: 1, weight: 1 },
  matmul: { output: -1, weight: -1 },
};

export function scaleWeights(roots: readonly Node[]): Node[] {
  const order = topological(roots);
  if (!order.some(({ source }) => source !== null && source.constant !== 0)) return [...roots];
  const uses = new Map<Node, number>();
  const count = (node: Node): void => {
    uses.set(node, (uses.get(node) ?? 0) + 1);
  };
  for (const node of order) node.inputs.forEach(count);
  roots.forEach(count);
  /** Nodes that nothing but the node at hand reads. */
  const single = new Set<Node>();
  return rewrite(roots, (node, original) => {
    const result = rule(node, single);
    if (uses.get(original) === 1) single.add(result);
    return result;
  });
}

function rule(node: Node, single: ReadonlySet<Node>): Node {
  const { name } = node.op;
  if (node.source !== null || (name !== "add" && name !== "sub" && name !== "mul" && name !== "div")) return node;
  const [a, b] = node.inputs as [Node, Node];
  const commutes = name === "add" || name === "mul";
  const [y, c] = commutes && isConstant(a) ? [b, a] : [a, b];
  if (!isConstant(c) || isConstant(y) || !single.has(y) || node.dtype !== "float32") return node;
  if (name === "add") return shift(y, c) ?? node;
  if (name === "sub") return shift(y, neg(inner(c))) ?? (isAffine(y) ? add(y, neg(inner(c))) : node);
  if (name === "mul") return scale(y, c, single) ?? node;
  return scale(y, div(num(1, c), inner(c)), single) ?? node;
}

const inner = (c: Node): Node => (c.source === null && c.op.name === "expand" ? (c.inputs[0] as Node) : c);

/** y + c where y is a sum with a constant. */
function shift(y: Node, c: Node): Node | null {
  const before = y.source === null && y.op.name === "add" ? (y.inputs as [Node, Node]) : null;
  if (before === null || !isConstant(before[1]) || !isAffine(before[0])) return null;
  return add(before[0], add(inner(before[1]), inner(c)));
}

const isAffine = (y: Node): boolean => y.source === null && y.op.name in channels && isConstant(y.inputs[1] as Node);

/** y c where y is a convolution or product, or one plus a constant. */
function scale(y: Node, c: Node, single: ReadonlySet<Node>): Node | null {
  if (y.source === null && y.op.name === "add") {
    const [z, a] = y.inputs as [Node, Node];
    if (!isConstant(a) || !single.has(z)) return null;
    const scaled = scale(z, c, single);
    return scaled && add(scaled, mul(inner(a), inner(c)));
  }
  if (!isAffine(y)) return null;
  const [x, w] = y.inputs as [Node, Node];
  const { output, weight } = channels[y.op.name] as { output: number; weight: number };
  if (y.op.name === "conv2dInput" && y.attrs["groups"] !== 1) return null;
  const factor = alongAxis(inner(c), y.shape.length, output, w.shape.length, weight);
  return factor && new Node(y.op, [x, mul(w, factor)], y.attrs, y.shape, y.dtype);
}

/** A constant that varies along one axis of the output alone, lying along an axis of the weights; null where it is none. */
function alongAxis(c: Node, rank: number, output: number, weightRank: number, weight: number): Node | null {
  const at = output < 0 ? rank + output : output;
  const own = c.shape.length - (rank - at);
  if (c.shape.some((size, i) => size !== 1 && i !== own)) return null;
  const shape = new Array<number>(weightRank).fill(1);
  shape[weight < 0 ? weightRank + weight : weight] = sizeOf(c.shape);
  return reshape(c, shape);
}
