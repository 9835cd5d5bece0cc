/** Random numbers: other ones at every run; with a `seed` a session's runs give the same sequence each time it is loaded. */
import type { DType } from "../../../core/dtype.ts";
import { FormatError } from "../../../core/errors.ts";
import { Generator, generator } from "../../../core/random.ts";
import { checkShape } from "../../../core/shape.ts";
import type { Node } from "../../../graph/node.ts";
import { sum } from "../../../ops/broadcast.ts";
import { add, cast, le, lt, mul, num } from "../../../ops/elementwise.ts";
import { reshape, slice } from "../../../ops/movement.ts";
import { rand, randn } from "../../../ops/random.ts";
import { cumsum } from "../../../ops/scan.ts";
import { softmax } from "../../../ops/softmax.ts";
import type { Call, Operators, Outputs } from "../call.ts";
import { dtypeOf } from "../proto/tensor.ts";
import { shapeOf } from "../value.ts";

/** A key that every run draws anew. */
export function keyOf(call: Call): Node {
  const seeded = call.attribute("seed") !== undefined;
  const bits = new Int32Array(Float32Array.of(seeded ? call.float("seed") : 0).buffer)[0] as number;
  const keys = seeded ? new Generator(bits) : generator;
  return call.fresh(() => Int32Array.from(keys.next()), [2], "int32");
}

const dtypeFrom = (call: Call, fallback: DType): DType =>
  call.attribute("dtype") === undefined ? fallback : dtypeOf(call.int("dtype"));

function shapeAttribute(call: Call): readonly number[] {
  const shape = call.ints("shape");
  if (shape === null) throw new FormatError("attribute shape is missing");
  checkShape("random", shape);
  return shape;
}

const normal = (call: Call, shape: readonly number[], dtype: DType): Outputs => {
  const x = randn(keyOf(call), shape);
  return cast(add(mul(x, num(call.float("scale", 1), x)), num(call.float("mean", 0), x)), dtype);
};

const uniform = (call: Call, shape: readonly number[], dtype: DType): Outputs => {
  const x = rand(keyOf(call), shape);
  const low = call.float("low", 0);
  return cast(add(mul(x, num(call.float("high", 1) - low, x)), num(low, x)), dtype);
};

type Distribution = (call: Call, shape: readonly number[], dtype: DType) => Outputs;

const ofShape =
  (draw: Distribution) =>
  (call: Call): Outputs =>
    draw(call, shapeAttribute(call), dtypeFrom(call, "float32"));

const like =
  (draw: Distribution) =>
  (call: Call): Outputs => {
    const x = call.value(0);
    const own = call.attribute("dtype") === undefined ? call.tensor(0).dtype : "float32";
    return draw(call, shapeOf(x), dtypeFrom(call, own));
  };

/** 1 with the probability that the input says. */
function bernoulli(call: Call): Outputs {
  const x = call.tensor(0);
  return cast(lt(rand(keyOf(call), x.shape), cast(x, "float32")), dtypeFrom(call, x.dtype));
}

/** Classes drawn by their logarithmic odds: how many sums of probabilities lie at or below a uniform number. */
function multinomial(call: Call): Outputs {
  const odds = call.tensor(0);
  const [batch, classes] = odds.shape as [number, number];
  const count = call.int("sample_size", 1);
  const sums = cumsum(softmax(cast(odds, "float32"), 1), 1);
  const drawn = reshape(rand(keyOf(call), [batch, count]), [batch, count, 1]);
  // The last sum is 1 up to rounding, and no number is drawn above it.
  const below = reshape(slice(sums, [0, 0], [batch, classes - 1]), [batch, 1, classes - 1]);
  return cast(sum(cast(le(below, drawn), "int32"), [2]), dtypeFrom(call, "int32"));
}

export const operators: Operators = {
  Bernoulli: bernoulli,
  Multinomial: multinomial,
  RandomNormal: ofShape(normal),
  RandomNormalLike: like(normal),
  RandomUniform: ofShape(uniform),
  RandomUniformLike: like(uniform),
};
