/** Comparisons, truth and bits. */

import { FormatError } from "../../../core/errors.ts";
import type { Node } from "../../../graph/node.ts";
import { expand } from "../../../ops/broadcast.ts";
import * as op from "../../../ops/elementwise.ts";
import { real } from "../../../ops/lane.ts";
import type { Call, Handler, Operators } from "../call.ts";
import { alignWords, StringTensor } from "../value.ts";
import { operands } from "./math.ts";

const unary =
  (of: (x: Node) => Node): Handler =>
  (call) =>
    of(call.tensor(0));

const binary =
  (of: (a: Node, b: Node) => Node): Handler =>
  (call) =>
    of(...operands(call));

/** Strings are equal where their codes are, once both count by one list of words. */
function equal(call: Call): Node {
  if (!(call.value(0) instanceof StringTensor)) return op.eq(...operands(call));
  const [a, b] = alignWords([call.strings(0), call.strings(1)]) as [StringTensor, StringTensor];
  return op.eq(a.codes, b.codes);
}

function isInf(call: Call): Node {
  const x = real(call.tensor(0));
  const [negative, positive] = [call.int("detect_negative", 1) !== 0, call.int("detect_positive", 1) !== 0];
  const infinity = op.num(Number.POSITIVE_INFINITY, x);
  if (negative && positive) return op.eq(op.abs(x), infinity);
  if (!negative && !positive) return op.cast(expand(op.num(0, x), x.shape), "bool");
  return op.eq(positive ? x : op.neg(x), infinity);
}

function bitShift(call: Call): Node {
  const [x, by] = operands(call);
  const direction = call.string("direction");
  if (direction !== "LEFT" && direction !== "RIGHT")
    throw new FormatError(`direction is "${direction}", wanted LEFT or RIGHT`);
  return direction === "LEFT" ? op.shiftLeft(x, by) : op.shiftRight(x, by);
}

export const operators: Operators = {
  And: binary(op.and),
  BitShift: bitShift,
  BitwiseAnd: binary(op.and),
  BitwiseNot: unary(op.invert),
  BitwiseOr: binary(op.or),
  BitwiseXor: binary(op.xor),
  Equal: equal,
  Greater: binary((a, b) => op.lt(b, a)),
  GreaterOrEqual: binary((a, b) => op.le(b, a)),
  IsInf: isInf,
  IsNaN: unary((x) => op.not(op.eq(x, x))),
  Less: binary(op.lt),
  LessOrEqual: binary(op.le),
  Not: unary(op.not),
  Or: binary(op.or),
  Xor: binary(op.xor),
};
