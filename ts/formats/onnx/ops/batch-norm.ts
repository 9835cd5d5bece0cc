/** Batch normalisation: by given statistics, or by those of the batch with running ones brought up to date. */
import type { Node } from "../../../graph/node.ts";
import { unreduce } from "../../../ops/broadcast.ts";
import { add, cast, div, mul, num, sqrt, sub } from "../../../ops/elementwise.ts";
import { reshape } from "../../../ops/movement.ts";
import { mean } from "../../../ops/reduce.ts";
import type { Call, Operators, Outputs } from "../call.ts";
import { narrow, wide } from "../precision.ts";

/** Older opsets train where statistics of the batch are asked for. */
const trains = (call: Call): boolean =>
  call.opset >= 14 ? call.int("training_mode", 0) !== 0 : call.int("is_test", 0) === 0 && call.outputCount > 1;

/** Scale and shift of every channel are computed first: from constant statistics once for all. */
function batchNormalization(call: Call): Outputs {
  const input = call.tensor(0);
  const x = wide(input);
  const rank = x.shape.length;
  const spatial = call.opset >= 9 || call.int("spatial", 1) !== 0;
  const axes = x.shape.map((_, i) => i).filter((i) => i !== 1 && (i === 0 || spatial));
  const ones = new Array<number>(spatial ? Math.max(0, rank - 2) : 0).fill(1);
  const along = (values: Node): Node => reshape(values, [...values.shape, ...ones]);
  const [scale, bias, runningMean, runningVariance] = [1, 2, 3, 4].map((i) => cast(call.tensor(i), x.dtype)) as [
    Node,
    Node,
    Node,
    Node,
  ];
  const factorOf = (variance: Node): Node =>
    div(scale, sqrt(add(variance, num(call.float("epsilon", 1e-5), variance))));
  const scaled = (values: Node, factor: Node, shift: Node): Node =>
    narrow(add(mul(values, along(factor)), along(shift)), input.dtype);
  if (!trains(call)) {
    const factor = factorOf(runningVariance);
    return scaled(x, factor, sub(bias, mul(runningMean, factor)));
  }
  const center = mean(x, axes);
  const difference = sub(x, unreduce(center, x, axes));
  const variance = mean(mul(difference, difference), axes);
  const momentum = call.float("momentum", 0.9);
  const [batchMean, batchVariance] = [center, variance].map((values) => reshape(values, runningMean.shape)) as [
    Node,
    Node,
  ];
  const mixed = (i: number, running: Node, batch: Node): Node => {
    const next = add(mul(running, num(momentum, running)), mul(batch, num(1 - momentum, batch)));
    return cast(next, call.tensor(i).dtype);
  };
  const y = scaled(difference, factorOf(batchVariance), bias);
  const running = [mixed(3, runningMean, batchMean), mixed(4, runningVariance, batchVariance)];
  return [y, ...running, cast(batchMean, input.dtype), cast(batchVariance, input.dtype)];
}

export const operators: Operators = { BatchNormalization: batchNormalization };
