/**
 * Dropout. With a seed the numbers that decide are those that ONNX's reference takes, the same at every run; without one
 * every run has other ones.
 */
import { sizeOf } from "../../../core/shape.ts";
import type { Node } from "../../../graph/node.ts";
import { expand } from "../../../ops/broadcast.ts";
import { cast, div, le, mul, num } from "../../../ops/elementwise.ts";
import { real } from "../../../ops/lane.ts";
import { constant } from "../../../ops/leaf.ts";
import { rand } from "../../../ops/random.ts";
import type { Call, Operators, Outputs } from "../call.ts";
import { constantLeaf } from "../feed.ts";
import { MersenneTwister } from "../mersenne-twister.ts";
import { keyOf } from "./random.ts";

/** What x is multiplied by before it is scaled: 1 where a number of 0 ≤ u < 1 is not below the ratio. */
function maskOf(call: Call, x: Node, ratio: number): Node {
  if (call.attribute("seed") !== undefined) {
    const twister = new MersenneTwister(call.int("seed"));
    const kept = Uint8Array.from({ length: sizeOf(x.shape) }, () => Number(twister.uniform() >= ratio));
    return constantLeaf(kept, x.shape, "bool");
  }
  const draws = rand(keyOf(call), x.shape);
  return le(num(ratio, draws), draws);
}

/** What is left of x is divided by the probability to stay. Ratio and mode are attributes before opset 12. */
async function dropout(call: Call): Promise<Outputs> {
  const x = call.tensor(0);
  const inputs = call.opset >= 12;
  const training = inputs
    ? (await call.optionalNumbers(2))?.[0]
    : Number(call.opset < 7 && call.int("is_test", 0) === 0);
  const ratio = (inputs ? (await call.optionalNumbers(1))?.[0] : call.float("ratio", 0.5)) ?? 0.5;
  const maskType = call.opset < 10 ? x.dtype : "bool";
  if ((training ?? 0) === 0 || ratio === 0) return [x, expand(constant(1, maskType), x.shape)];
  const mask = maskOf(call, x, ratio);
  const wide = real(x);
  const y = div(mul(wide, cast(mask, wide.dtype)), num(1 - ratio, wide));
  return [cast(y, x.dtype), cast(mask, maskType)];
}

export const operators: Operators = { Dropout: dropout };
