/** Attention of a quantised projection: com.microsoft.QAttention. */
import type { Node } from "../../../graph/node.ts";
import { add, cast, mul } from "../../../ops/elementwise.ts";
import { matmulInteger } from "../../../ops/integer.ts";
import type { Call, Operators, Outputs } from "../call.ts";
import { attendProjection } from "./contrib-attention.ts";
import { ofAll } from "./quantize.ts";

function quantizedAttention(call: Call): Outputs {
  if (call.int("past_present_share_buffer", 0) === 1) throw call.unsupported("past_present_share_buffer");
  const sums = matmulInteger(
    call.tensor(0),
    call.tensor(1),
    call.optional(6) ?? undefined,
    call.optional(7) ?? undefined,
  );
  const [scale, weightScale, bias] = [3, 4, 2].map((i) => cast(call.tensor(i), "float32")) as [Node, Node, Node];
  const units = mul(ofAll(scale), ofAll(weightScale));
  const qkv = add(mul(cast(sums, "float32"), units), bias);
  return attendProjection(call, qkv, call.tensor(2).dtype, { mask: 5, past: 8 });
}

export const operators: Operators = { "com.microsoft.QAttention": quantizedAttention };
