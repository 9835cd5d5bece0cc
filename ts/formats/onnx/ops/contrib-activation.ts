/** Activations with a bias before them, as com.microsoft has them. */
import type { Node } from "../../../graph/node.ts";
import { gelu } from "../../../ops/activation.ts";
import { expand } from "../../../ops/broadcast.ts";
import { add, cast, mul, num, sigmoid } from "../../../ops/elementwise.ts";
import { constant } from "../../../ops/leaf.ts";
import { slice } from "../../../ops/movement.ts";
import type { Call, Operators, Outputs } from "../call.ts";
import { single } from "../precision.ts";

/** The first input and those of the others that are given, added. */
function biased(call: Call, ...others: readonly number[]): Node {
  return others.reduce((x, i) => (call.has(i) ? add(x, single(call.tensor(i))) : x), single(call.tensor(0)));
}

const like = (call: Call, y: Node): Node => cast(y, call.tensor(0).dtype);

/** x σ(α x) */
function quick(call: Call): Outputs {
  const x = biased(call);
  return like(call, mul(x, sigmoid(mul(x, num(call.float("alpha", 1.702), x)))));
}

/** The left half times the GELU of the right half. */
function split(call: Call): Outputs {
  const x = biased(call, 1);
  const half = (x.shape.at(-1) as number) / 2;
  const part = (start: number): Node => slice(x, x.shape.map(() => 0).with(-1, start), x.shape.with(-1, half));
  return like(call, mul(part(0), gelu(part(half), "none")));
}

/** Dropout does nothing to a model that is run. */
function dropout(call: Call): Outputs {
  const y = biased(call, 1, 2);
  return [like(call, y), expand(constant(1, "bool"), y.shape)];
}

export const operators: Operators = {
  "com.microsoft.BiasAdd": (call) => like(call, biased(call, 1, 2)),
  "com.microsoft.BiasDropout": dropout,
  "com.microsoft.BiasGelu": (call) => like(call, gelu(biased(call, 1), "none")),
  "com.microsoft.BiasSplitGelu": split,
  "com.microsoft.FastGelu": (call) => like(call, gelu(biased(call, 1), "tanh")),
  "com.microsoft.Gelu": (call) => like(call, gelu(biased(call), "none")),
  "com.microsoft.QuickGelu": quick,
};
