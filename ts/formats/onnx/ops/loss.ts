/** Losses of classes: inputs [n, c, d…], targets [n, d…]. */
import { FormatError, ShapeError } from "../../../core/errors.ts";
import { formatShape, sameShape } from "../../../core/shape.ts";
import type { Node } from "../../../graph/node.ts";
import { sum } from "../../../ops/broadcast.ts";
import { cast, div, eq, mul, neg, not, num, where } from "../../../ops/elementwise.ts";
import { classIndex } from "../../../ops/gather.ts";
import { iota } from "../../../ops/iota.ts";
import { real } from "../../../ops/lane.ts";
import { reshape } from "../../../ops/movement.ts";
import { mean } from "../../../ops/reduce.ts";
import { logSoftmax } from "../../../ops/softmax.ts";
import type { Call, Operators, Outputs } from "../call.ts";

/** -x[n, target, d…] weight[target], and what reduces it. The class is compared with all: a map inside the sum. */
function negativeLogLikelihood(call: Call, x: Node): Node {
  const { shape } = x;
  const [c = 0] = shape.slice(1);
  const target = call.tensor(1);
  if (shape.length < 2 || !sameShape(target.shape, shape.toSpliced(1, 1))) {
    throw new ShapeError(
      `cannot judge ${formatShape(shape)} by ${formatShape(target.shape)}: wanted [n, c, …] and [n, …]`,
    );
  }
  const ignored =
    call.attribute("ignore_index") === undefined ? null : eq(target, num(call.int("ignore_index"), target));
  const known = cast(ignored === null ? target : where(ignored, num(0, target), target), "int32");
  const index = reshape(classIndex(call.proto.opType, known, c), shape.with(1, 1));
  const ones = new Array<number>(shape.length - 2).fill(1);
  const hit = eq(index, reshape(iota(c, 0, 1, "int32"), [c, ...ones]));
  const pick = (values: Node): Node => sum(where(hit, values, num(0, x)), [1]);
  const given = call.optional(2);
  let loss = neg(pick(x));
  let weight = given === null ? null : pick(reshape(cast(given, x.dtype), [c, ...ones]));
  if (weight !== null) loss = mul(loss, weight);
  if (ignored !== null) {
    loss = where(ignored, num(0, x), loss);
    weight = weight === null ? cast(not(ignored), x.dtype) : where(ignored, num(0, x), weight);
  }
  const reduction = call.string("reduction", "mean");
  if (reduction === "none") return loss;
  if (reduction === "sum") return sum(loss);
  if (reduction === "mean") return weight === null ? mean(loss) : div(sum(loss), sum(weight));
  throw new FormatError(`attribute reduction is "${reduction}", wanted "none", "sum" or "mean"`);
}

function softmaxCrossEntropy(call: Call): Outputs {
  const scores = call.tensor(0);
  const logarithms = logSoftmax(real(scores), 1);
  return [cast(negativeLogLikelihood(call, logarithms), scores.dtype), cast(logarithms, scores.dtype)];
}

export const operators: Operators = {
  NegativeLogLikelihoodLoss: (call) => cast(negativeLogLikelihood(call, real(call.tensor(0))), call.tensor(0).dtype),
  SoftmaxCrossEntropyLoss: softmaxCrossEntropy,
};
