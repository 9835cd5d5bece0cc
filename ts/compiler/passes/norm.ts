/**
 * Recognises norms that are written as primitive ops, whatever the axes at the end they go over:
 *
 *   RMS norm     x / √(mean(x x) + ε),  x (1 / √…),  x (…)^-½
 *   layer norm   the same of x - mean(x)
 */

import { type Shape, sameShape, sizeOf } from "../../core/shape.ts";
import type { Node } from "../../graph/node.ts";
import { keptShape } from "../../ops/broadcast.ts";
import { layerNorm, rmsNorm } from "../../ops/norm.ts";
import { uniformValue } from "./fold.ts";
import { rewrite } from "./rewrite.ts";

export function recogniseNorms(roots: readonly Node[]): Node[] {
  return rewrite(roots, (node) => {
    if (node.source !== null || node.dtype !== "float32") return node;
    const [a, b] = node.inputs as [Node, Node];
    if (node.op.name === "div") return normOf(a, rootOf(b)) ?? node;
    if (node.op.name === "mul") return normOf(a, inverseRootOf(b)) ?? normOf(b, inverseRootOf(a)) ?? node;
    return node;
  });
}

/** A value below views that repeat it: `shapes` are those it had before it was repeated. */
interface Seen {
  readonly node: Node;
  readonly shapes: readonly Shape[];
}

const is = (node: Node, name: string): boolean => node.source === null && node.op.name === name;

/** Looks through reshape and expand. */
function below(node: Node, shapes: readonly Shape[] = []): Seen {
  if (is(node, "reshape")) return below(node.inputs[0] as Node, shapes);
  if (!is(node, "expand")) return { node, shapes };
  const input = node.inputs[0] as Node;
  return below(input, [...shapes, input.shape]);
}

/** v where the node is √v. */
function rootOf(node: Node): Seen | null {
  const { node: root, shapes } = below(node);
  return is(root, "sqrt") ? below(root.inputs[0] as Node, shapes) : null;
}

/** v where the node is 1 / √v or v^-½. */
function inverseRootOf(node: Node): Seen | null {
  const { node: inverse, shapes } = below(node);
  const [a, b] = inverse.inputs as [Node, Node];
  if (is(inverse, "pow") && uniformValue(b) === -0.5) return below(a, shapes);
  if (!is(inverse, "div") || uniformValue(a) !== 1) return null;
  const root = rootOf(b);
  return root === null ? null : { node: root.node, shapes: [...shapes, ...root.shapes] };
}

/** The mean of `of` over trailing axes, from `axis` on. */
interface Mean {
  readonly of: Node;
  readonly axis: number;
}

function meanOf({ node, shapes }: Seen): Mean | null {
  if (!is(node, "mul") && !is(node, "div")) return null;
  const [a, b] = node.inputs as [Node, Node];
  const [sum, number] = uniformValue(b) === undefined && is(node, "mul") ? [b, a] : [a, b];
  const factor = uniformValue(number);
  const total = below(sum, shapes);
  if (factor === undefined || !is(total.node, "sum")) return null;
  const of = total.node.inputs[0] as Node;
  const axes = total.node.attrs["axes"] as readonly number[];
  const axis = of.shape.length - axes.length;
  const count = sizeOf(axes.map((i) => of.shape[i] as number));
  const scale = is(node, "div") ? 1 / factor : factor;
  const kept = keptShape(of.shape, axes);
  const trailing = axes.every((i) => i >= axis) && Math.abs(scale * count - 1) < 1e-5;
  return trailing && total.shapes.every((shape) => sameShape(shape, kept)) ? { of, axis } : null;
}

/** The norm that `x` over the root of `variance` is; null if it is none. */
function normOf(x: Node, variance: Seen | null): Node | null {
  if (variance === null || !is(variance.node, "add")) return null;
  const [a, b] = variance.node.inputs as [Node, Node];
  const [square, number] = uniformValue(b) === undefined ? [b, a] : [a, b];
  const epsilon = uniformValue(number);
  const mean = meanOf(below(square, variance.shapes));
  if (epsilon === undefined || mean === null) return null;
  const [left, right] = mean.of.inputs;
  if (!is(mean.of, "mul") || left !== x || right !== x) return null;
  return centredNorm(x, mean.axis, epsilon) ?? rmsNorm(x, mean.axis, epsilon);
}

/** Layer norm where `centred` is x - mean(x) over the same axes. */
function centredNorm(centred: Node, axis: number, epsilon: number): Node | null {
  if (!is(centred, "sub")) return null;
  const [x, m] = centred.inputs as [Node, Node];
  const mean = meanOf(below(m));
  return mean !== null && mean.of === x && mean.axis === axis ? layerNorm(x, axis, epsilon) : null;
}
