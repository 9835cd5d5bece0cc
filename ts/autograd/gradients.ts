/** Reverse-mode differentiation, graph → graph: the gradient of an op is an expression in ops. */
import { ShapeError, UnsupportedError } from "../core/errors.ts";
import { formatShape, sameShape } from "../core/shape.ts";
import { type Node, topological } from "../graph/node.ts";
import { expand } from "../ops/broadcast.ts";
import { add, cast, num } from "../ops/elementwise.ts";

/**
 * Gradients of `output` with respect to each of `wrt`, seeded by `dy` (1 where absent; then `output` must have one element).
 * A node that `output` does not depend on has a gradient of zeros.
 */
export function gradients(output: Node, wrt: readonly Node[], dy?: Node): Node[] {
  return reachedGradients(output, wrt, dy).map((g, i) => {
    const node = wrt[i] as Node;
    return g ?? expand(num(0, node), node.shape);
  });
}

/** {@link gradients} with null for a node that no gradient reaches. */
export function reachedGradients(output: Node, wrt: readonly Node[], dy?: Node): (Node | null)[] {
  if (dy === undefined && output.shape.some((size) => size !== 1)) {
    throw new ShapeError(
      `grad: cannot differentiate a tensor of shape ${formatShape(output.shape)}: wanted one element, or the gradient to start from`,
    );
  }
  if (dy !== undefined && !sameShape(dy.shape, output.shape)) {
    throw new ShapeError(
      `grad: cannot start ${formatShape(output.shape)} from ${formatShape(dy.shape)}: shapes differ`,
    );
  }
  const order = topological([output], true);
  const base = (order[0] as Node).mark;
  const place = (node: Node): number => node.mark - base;
  const inGraph = (node: Node): boolean => order[place(node)] === node;
  const depends = new Uint8Array(order.length);
  for (const node of wrt) if (inGraph(node)) depends[place(node)] = 1;
  for (let i = 0; i < order.length; i++) {
    const { inputs } = order[i] as Node;
    for (let k = 0; k < inputs.length && depends[i] === 0; k++)
      depends[i] = depends[place(inputs[k] as Node)] as number;
  }
  const found = new Array<Node | undefined>(order.length);
  found[order.length - 1] = dy ?? expand(num(1, output), output.shape);
  for (let i = order.length - 1; i >= 0; i--) {
    const node = order[i] as Node;
    const g = found[i];
    if (g === undefined || depends[i] === 0 || node.op.gradient === null || node.inputs.length === 0) continue;
    if (node.op.gradient === "unsupported") {
      throw new UnsupportedError(`grad: cannot differentiate ${node.op.name} yet: detach what it reads`);
    }
    const parts = node.op.gradient(g, node);
    for (let k = 0; k < node.inputs.length; k++) {
      const part = parts[k];
      const at = place(node.inputs[k] as Node);
      if (part === null || part === undefined || depends[at] === 0) continue;
      const sum = found[at];
      found[at] = sum === undefined ? part : add(sum, part);
    }
  }
  return wrt.map((node) => {
    const g = inGraph(node) && depends[order.length - 1] === 1 ? found[place(node)] : undefined;
    return g === undefined ? null : cast(g, node.dtype);
  });
}
