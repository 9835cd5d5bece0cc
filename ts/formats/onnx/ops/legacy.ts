/** Experimental operators of early opsets, which later ones dropped and old files still hold. */
import { FormatError } from "../../../core/errors.ts";
import type { Shape } from "../../../core/shape.ts";
import { softplus } from "../../../ops/activation.ts";
import { expand } from "../../../ops/broadcast.ts";
import { add, mul, num, tanh } from "../../../ops/elementwise.ts";
import { constant } from "../../../ops/leaf.ts";
import { reshape, slice } from "../../../ops/movement.ts";
import type { Call, Operators, Outputs } from "../call.ts";
import { constantLeaf } from "../feed.ts";
import { dtypeOf } from "../proto/tensor.ts";
import { move, shapeOf } from "../value.ts";

/** alpha x + beta. */
function affine(call: Call): Outputs {
  const x = call.tensor(0);
  return add(mul(x, num(call.float("alpha", 1), x)), num(call.float("beta", 0), x));
}

/** The shape is an attribute, an input's, or an input's values; more sizes may follow it. */
async function constantFill(call: Call): Promise<Outputs> {
  const asShape = call.int("input_as_shape", 0) !== 0;
  const own = call.has(0) ? (asShape ? await call.numbers(0) : shapeOf(call.value(0))) : (call.ints("shape") ?? []);
  const shape: Shape = [...own, ...(call.ints("extra_shape") ?? [])];
  return expand(constant(call.float("value", 0), dtypeOf(call.int("dtype", 1))), shape);
}

/** [n, c, h, w] without a border (left, top, right, bottom), or of a size behind its left and top. */
const crop = (call: Call): Outputs =>
  move(call.value(0), (x) => {
    const [n, c, h, w] = x.shape as [number, number, number, number];
    const border = call.ints("border") ?? [];
    const [left, top, right, bottom] = border as readonly [number, number, number, number];
    if (border.length !== 4 || x.shape.length !== 4) {
      throw new FormatError(
        `cannot take a border of ${border.length} numbers from rank ${x.shape.length}, wanted 4 and 4`,
      );
    }
    const [height, width] = (call.ints("scale") ?? [h - top - bottom, w - left - right]) as readonly [number, number];
    return slice(x, [0, 0, top, left], [n, c, height, width]);
  });

/** scale x + bias of the channel. */
function imageScaler(call: Call): Outputs {
  const x = call.tensor(0);
  const bias = Float32Array.from(call.floats("bias") ?? []);
  const channels = reshape(constantLeaf(bias, [bias.length], "float32"), [bias.length, 1, 1]);
  return add(mul(x, num(call.float("scale", 1), x)), channels);
}

/** alpha ln(1 + exp(beta x)). */
function parametricSoftplus(call: Call): Outputs {
  const x = call.tensor(0);
  return mul(softplus(mul(x, num(call.float("beta", 1), x))), num(call.float("alpha", 1), x));
}

/** alpha tanh(beta x). */
function scaledTanh(call: Call): Outputs {
  const x = call.tensor(0);
  return mul(tanh(mul(x, num(call.float("beta", 1), x))), num(call.float("alpha", 1), x));
}

export const operators: Operators = {
  Affine: affine,
  ConstantFill: constantFill,
  Crop: crop,
  ImageScaler: imageScaler,
  ParametricSoftplus: parametricSoftplus,
  ScaledTanh: scaledTanh,
};
