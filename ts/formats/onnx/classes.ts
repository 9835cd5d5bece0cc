/** What classifiers of ai.onnx.ml share: transforms of scores, and from scores to labels. */
import { store } from "../../core/storage.ts";
import type { Node } from "../../graph/node.ts";
import { sum } from "../../ops/broadcast.ts";
import { add, cast, div, eq, exp, log, lt, mul, neg, num, sigmoid, sqrt, sub, where } from "../../ops/elementwise.ts";
import { take } from "../../ops/gather.ts";
import { concat, reshape, slice } from "../../ops/movement.ts";
import { argmax, max } from "../../ops/reduce.ts";
import { softmax } from "../../ops/softmax.ts";
import type { Call, Outputs } from "./call.ts";
import { constantLeaf } from "./feed.ts";
import { StringTensor } from "./value.ts";

/** Transforms by the numbers that version 5 gives them. */
export const transformNames = ["NONE", "SOFTMAX", "LOGISTIC", "SOFTMAX_ZERO", "PROBIT"] as const;

/** A transform of scores [n, classes]. */
export function postTransform(name: string, x: Node): Node {
  if (name === "NONE") return x;
  if (name === "SOFTMAX") return softmax(x, -1);
  if (name === "LOGISTIC") return sigmoid(x);
  if (name === "SOFTMAX_ZERO") return softmaxZero(x);
  return probit(x);
}

/** Softmax over the scores that are not 0; those stay 0. */
function softmaxZero(x: Node): Node {
  const last = [x.shape.length - 1];
  const top = reshape(max(x, last), [...x.shape.slice(0, -1), 1]);
  const terms = where(eq(x, num(0, x)), num(0, x), exp(sub(x, top)));
  return div(terms, reshape(sum(terms, last), top.shape));
}

/** √2 erf⁻¹(2 x - 1), with erf⁻¹ by Winitzki's formula: within 2e-3 of it. */
function probit(x: Node): Node {
  const y = sub(mul(x, num(2, x)), num(1, x));
  const l = log(sub(num(1, x), mul(y, y)));
  const a = 0.147;
  const half = add(num(2 / (Math.PI * a), x), mul(l, num(0.5, x)));
  const root = sqrt(sub(sqrt(sub(mul(half, half), div(l, num(a, x)))), half));
  return mul(num(Math.SQRT2, x), where(lt(y, num(0, x)), neg(root), root));
}

/**
 * Labels and transformed scores. With two classes and one column of scores (`first`: all weights are of one class) the
 * other class gets the rest.
 */
export function classified(
  call: Call,
  scores: Node,
  labels: readonly (string | number)[],
  columns: "first" | "all",
): Outputs {
  const name = call.string("post_transform", "NONE");
  const both = columns === "first" ? secondColumn(scores, name) : scores;
  const transformed = postTransform(name, both);
  return [labelsOf(argmax(transformed, 1), labels), transformed];
}

function secondColumn(scores: Node, transform: string): Node {
  const n = scores.shape[0] as number;
  const one = slice(scores, [0, 0], [n, 1]);
  const other = transform === "NONE" || transform === "PROBIT" ? sub(num(1, one), one) : neg(one);
  return concat([other, one], 1);
}

/** The labels of class numbers [n]. */
export function labelsOf(classes: Node, labels: readonly (string | number)[]): Node | StringTensor {
  if (typeof labels[0] === "string") return new StringTensor(cast(classes, "int32"), labels as readonly string[]);
  if (labels.length === 0) return cast(classes, "int64");
  return take(constantLeaf(store("int64", labels as readonly number[]), [labels.length], "int64"), classes, 0);
}
