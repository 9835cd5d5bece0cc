/** Dropout: nothing at inference. */
import { expand } from "../../../ops/broadcast.ts";
import { cast, div, mul, num } from "../../../ops/elementwise.ts";
import { real } from "../../../ops/lane.ts";
import { constant } from "../../../ops/leaf.ts";
import type { Call, Operators, Outputs } from "../call.ts";

/** What is left of x is divided by the probability to stay. Ratio and mode are attributes before opset 12. */
async function dropout(call: Call): Promise<Outputs> {
  const x = call.tensor(0);
  const inputs = call.opset >= 12;
  const training = inputs
    ? (await call.optionalNumbers(2))?.[0]
    : Number(call.opset < 7 && call.int("is_test", 0) === 0);
  const maskType = call.opset < 10 ? x.dtype : "bool";
  const asItIs = [x, expand(constant(1, maskType), x.shape)];
  if ((training ?? 0) === 0) return asItIs;
  const ratio = (inputs ? (await call.optionalNumbers(1))?.[0] : call.float("ratio", 0.5)) ?? 0.5;
  if (ratio === 0) return asItIs;
  const { maskOf } = await import("../dropout-mask.ts");
  const mask = maskOf(call, x, ratio);
  const wide = real(x);
  const y = div(mul(wide, cast(mask, wide.dtype)), num(1 - ratio, wide));
  return [cast(y, x.dtype), cast(mask, maskType)];
}

export const operators: Operators = { Dropout: dropout };
