/** Arithmetic, element by element. */
import { DTypeError } from "../../../core/errors.ts";
import type { Node } from "../../../graph/node.ts";
import { add, div, mul, sub } from "../../../ops/elementwise.ts";
import { reshape } from "../../../ops/movement.ts";
import type { Call, Handler, Operators } from "../call.ts";

/** Two operands of one dtype. Before opset 7 the second broadcasts where `broadcast` says so, from `axis` on. */
export function operands(call: Call): [Node, Node] {
  const [a, b] = [call.tensor(0), call.tensor(1)];
  if (a.dtype !== b.dtype) throw new DTypeError(`cannot combine ${a.dtype} with ${b.dtype}: wanted one dtype`);
  if (call.opset >= 7 || call.int("broadcast", 0) === 0) return [a, b];
  const axis = call.int("axis", a.shape.length - b.shape.length);
  const at = axis < 0 ? axis + a.shape.length : axis;
  const trailing = a.shape.length - at - b.shape.length;
  return [a, reshape(b, [...b.shape, ...new Array<number>(Math.max(0, trailing)).fill(1)])];
}

const binary =
  (op: (a: Node, b: Node) => Node): Handler =>
  (call) =>
    op(...operands(call));

export const operators: Operators = { Add: binary(add), Sub: binary(sub), Mul: binary(mul), Div: binary(div) };
