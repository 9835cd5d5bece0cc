/** Norms joined with what stands before them, as com.microsoft has them. */
import { FormatError } from "../../../core/errors.ts";
import { formatShape } from "../../../core/shape.ts";
import type { Node } from "../../../graph/node.ts";
import { silu } from "../../../ops/activation.ts";
import { expand, sum } from "../../../ops/broadcast.ts";
import { add, cast, mul } from "../../../ops/elementwise.ts";
import { take } from "../../../ops/gather.ts";
import { iota } from "../../../ops/iota.ts";
import { constant } from "../../../ops/leaf.ts";
import { permute, reshape } from "../../../ops/movement.ts";
import { groupNorm, layerNorm, rmsNorm } from "../../../ops/norm.ts";
import type { Call, Operators, Outputs } from "../call.ts";
import { single } from "../precision.ts";
import { statistics } from "./norm.ts";

function plus(x: Node, ...more: readonly (Node | null)[]): Node {
  return more.reduce((y: Node, each) => (each === null ? y : add(y, single(each))), x);
}

/** The norm of input + skip (+ bias), scaled and shifted; the sum as fourth output. */
const skip =
  (norm: (x: Node, axis: number, epsilon: number) => Node, shifted: boolean) =>
  (call: Call): Outputs => {
    const input = call.tensor(0);
    const epsilon = call.float("epsilon", 1e-12);
    const total = plus(single(input), call.tensor(1), call.optional(shifted ? 4 : 3));
    const scaled = mul(norm(total, -1, epsilon), single(call.tensor(2)));
    const y = plus(scaled, shifted ? call.optional(3) : null);
    const more =
      call.wants(1) || call.wants(2) ? statistics(total, total.shape.length - 1, epsilon, shifted) : [null, null];
    return [cast(y, input.dtype), ...more, cast(total, input.dtype)];
  };

/** Words, positions and segments looked up, added and normalised. */
function embed(call: Call): Outputs {
  const ids = call.tensor(0);
  const [b, t] = ids.shape as [number, number];
  const words = call.tensor(2);
  const places = call.optional(8) ?? reshape(iota(t, 0, 1, "int32"), [1, t]);
  const segments = call.optional(1);
  const segmentTable = call.optional(4);
  const look = (table: Node, index: Node): Node => single(take(table, index, 0));
  const total = plus(
    look(words, ids),
    look(call.tensor(3), places),
    segments === null || segmentTable === null ? null : look(segmentTable, segments),
  );
  const y = plus(mul(layerNorm(total, -1, call.float("epsilon", 1e-12)), single(call.tensor(5))), call.tensor(6));
  const mask = call.optional(7);
  const counts = mask === null ? expand(constant(0, "int32"), [b]) : sum(cast(mask, "int32"), [1]);
  return [cast(y, words.dtype), counts, cast(total, words.dtype)];
}

/** Group norm with an activation, channels last unless said otherwise. */
function group(call: Call): Outputs {
  const input = call.tensor(0);
  const last = call.int("channels_last", 1) === 1;
  if (input.shape.length !== 4) throw new FormatError(`input of ${formatShape(input.shape)}, wanted four axes`);
  const x = last ? permute(single(input), [0, 3, 1, 2]) : single(input);
  const normal = groupNorm(x, call.int("groups"), call.float("epsilon", 1e-5));
  const channels = (node: Node): Node => reshape(single(node), [-1, 1, 1]);
  const y = add(mul(normal, channels(call.tensor(1))), channels(call.tensor(2)));
  const active = call.int("activation", 0) === 1 ? silu(y) : y;
  return cast(last ? permute(active, [0, 2, 3, 1]) : active, input.dtype);
}

export const operators: Operators = {
  "com.microsoft.EmbedLayerNormalization": embed,
  "com.microsoft.GroupNorm": group,
  "com.microsoft.SkipLayerNormalization": skip(layerNorm, true),
  "com.microsoft.SkipSimplifiedLayerNormalization": skip(rmsNorm, false),
};
