/** Softmax and its logarithm along one axis. */
import { normalizeAxis, sizeOf } from "../core/shape.ts";
import { Node, noAttrs, type Op } from "../graph/node.ts";
import { sum, unreduce } from "./broadcast.ts";
import { cast, div, exp, log, mul, sub } from "./elementwise.ts";
import { detach, permute } from "./movement.ts";
import { max } from "./reduce.ts";

const lastAxis = (x: Node): number[] => [x.shape.length - 1];

const softmaxOp: Op = {
  name: "softmax",
  kind: "kernel",
  epilogue: true,
  // dx = y (dy - Σ dy y)
  gradient: (dy, y) => [mul(y, sub(dy, unreduce(sum(mul(dy, y), lastAxis(y)), y, lastAxis(y))))],
};

const logSoftmaxOp: Op = {
  name: "logSoftmax",
  kind: "kernel",
  epilogue: true,
  // dx = dy - eʸ Σ dy
  gradient: (dy, y) => [sub(dy, mul(exp(y), unreduce(sum(dy, lastAxis(y)), y, lastAxis(y))))],
};

/** The ops of this family. */
export const ops: readonly Op[] = [softmaxOp, logSoftmaxOp];

/** The kernels take rows of the last axis; another axis is moved there and back. */
function alongLast(op: Op, x: Node, axis: number): Node {
  const rank = x.shape.length;
  const at = normalizeAxis(op.name, axis, rank);
  const real = cast(x, "float32");
  const axes = Array.from({ length: rank }, (_, i) => (i === at ? rank - 1 : i === rank - 1 ? at : i));
  const moved = permute(real, axes);
  return permute(new Node(op, [moved], noAttrs, moved.shape, "float32"), axes);
}

/** x less its greatest along the axis, and the sum of what eˣ is then: for float64, which the kernels do not compute. */
function shifted(x: Node, axis: number): { at: readonly number[]; shift: Node; total: Node } {
  const at = [normalizeAxis("softmax", axis, x.shape.length)];
  const shift = sizeOf(x.shape) === 0 ? x : sub(x, unreduce(detach(max(x, at)), x, at));
  return { at, shift, total: sum(exp(shift), at) };
}

/** exp(x) / Σ exp(x) along `axis`. */
export function softmax(x: Node, axis: number): Node {
  if (x.dtype !== "float64") return alongLast(softmaxOp, x, axis);
  const { at, shift, total } = shifted(x, axis);
  return div(exp(shift), unreduce(total, x, at));
}

/** x - log Σ exp(x) along `axis`. */
export function logSoftmax(x: Node, axis: number): Node {
  if (x.dtype !== "float64") return alongLast(logSoftmaxOp, x, axis);
  const { at, shift, total } = shifted(x, axis);
  return sub(shift, unreduce(log(total), x, at));
}
