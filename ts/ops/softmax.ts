/** Softmax and its logarithm along one axis. */
import { normalizeAxis } from "../core/shape.ts";
import { Node, noAttrs, type Op } from "../graph/node.ts";
import { sum, unreduce } from "./broadcast.ts";
import { cast, exp, mul, sub } from "./elementwise.ts";
import { permute } from "./movement.ts";

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

/** exp(x) / Σ exp(x) along `axis`. */
export function softmax(x: Node, axis: number): Node {
  return alongLast(softmaxOp, x, axis);
}

/** x - log Σ exp(x) along `axis`. */
export function logSoftmax(x: Node, axis: number): Node {
  return alongLast(logSoftmaxOp, x, axis);
}
