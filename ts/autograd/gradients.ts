/** Reverse-mode differentiation, graph → graph: the gradient of an op is an expression in ops. */
import { ShapeError } from "../core/errors.ts";
import { formatShape, sameShape } from "../core/shape.ts";
import type { Node } from "../graph/node.ts";
import { expand } from "../ops/broadcast.ts";
import { add, cast, num } from "../ops/elementwise.ts";

/**
 * Gradients of `output` with respect to each of `wrt`, seeded by `dy` (1 where absent; then `output` must have one element).
 * A node that `output` does not depend on has a gradient of zeros.
 */
export function gradients(output: Node, wrt: readonly Node[], dy?: Node): Node[] {
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
  const found = new Map<Node, Node>();
  const order = dependents(output, wrt);
  if (order.length > 0) found.set(output, dy ?? expand(num(1, output), output.shape));
  const targets = new Set(wrt);
  for (let i = order.length - 1; i >= 0; i--) {
    const node = order[i] as Node;
    const g = found.get(node);
    if (g === undefined || node.op.gradient === null || node.inputs.length === 0) continue;
    if (!targets.has(node)) found.delete(node);
    const parts = node.op.gradient(g, node);
    for (let k = 0; k < node.inputs.length; k++) {
      const part = parts[k];
      if (part === null || part === undefined) continue;
      const input = node.inputs[k] as Node;
      const sum = found.get(input);
      found.set(input, sum === undefined ? part : add(sum, part));
    }
  }
  return wrt.map((node) => {
    const g = found.get(node);
    return g === undefined ? expand(num(0, node), node.shape) : cast(g, node.dtype);
  });
}

/** The nodes between `wrt` and `output`, both included, every node after its inputs; empty if there is no path. */
function dependents(output: Node, wrt: readonly Node[]): Node[] {
  const order: Node[] = [];
  const depends = new Map<Node, boolean>();
  const left = new Set<Node>();
  for (const node of wrt) depends.set(node, true);
  const entered = new Set<Node>();
  const stack = [output];
  while (stack.length > 0) {
    const node = stack[stack.length - 1] as Node;
    if (!entered.has(node)) {
      entered.add(node);
      for (const input of node.inputs) if (!entered.has(input)) stack.push(input);
      continue;
    }
    stack.pop();
    if (left.has(node)) continue;
    left.add(node);
    if (depends.get(node) === true || node.inputs.some((input) => depends.get(input) === true)) {
      depends.set(node, true);
      order.push(node);
    } else {
      depends.set(node, false);
    }
  }
  return order;
}
