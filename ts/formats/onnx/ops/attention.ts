/** Scaled dot-product attention: Attention (ai.onnx 23, 24, 25) and FlexAttention. */
import { FormatError } from "../../../core/errors.ts";
import { formatShape } from "../../../core/shape.ts";
import { Node } from "../../../graph/node.ts";
import { type AttentionOptions, attention, attentionScores, shareHeads } from "../../../ops/attention.ts";
import { cast, mul, num, where } from "../../../ops/elementwise.ts";
import { constant } from "../../../ops/leaf.ts";
import { matmul, transpose } from "../../../ops/matmul.ts";
import { concat, pad, permute, reshape } from "../../../ops/movement.ts";
import { softmax } from "../../../ops/softmax.ts";
import type { Call, Operators, Outputs } from "../call.ts";
import { single } from "../precision.ts";
import type { GraphProto } from "../proto/schema.ts";
import { dtypeOf } from "../proto/tensor.ts";

const swapped = [0, 2, 1, 3];

/** [b, t, heads d] as [b, heads, t, d]; [b, heads, t, d] as it is. */
export function splitHeads(x: Node, heads: number): Node {
  if (x.shape.length === 4) return x;
  const [b = 0, t = 0, wide = 0] = x.shape;
  if (x.shape.length !== 3 || heads < 1 || wide % heads !== 0) {
    throw new FormatError(`input of ${formatShape(x.shape)} for ${heads} heads, wanted [b, t, heads d] or four axes`);
  }
  return permute(reshape(x, [b, t, heads, wide / heads]), swapped);
}

/** A mask as numbers to add: false is -inf, and from opset 24 on so is what it is too short for. */
function additiveMask(mask: Node, keys: number, opset: number): Node {
  const hidden = constant(Number.NEGATIVE_INFINITY, "float32");
  const added = mask.dtype === "bool" ? where(mask, constant(0, "float32"), hidden) : single(mask);
  const size = added.shape.at(-1) ?? 1;
  if (opset < 24 || size >= keys) return added;
  const none = added.shape.map(() => 0);
  return pad(added, none, none.with(-1, keys - size), hidden);
}

function attend(call: Call): Outputs {
  const [query, key, value] = [call.tensor(0), call.tensor(1), call.tensor(2)];
  const flat = query.shape.length === 3;
  const q = splitHeads(query, flat ? call.int("q_num_heads") : 1);
  const heads = flat ? call.int("kv_num_heads") : 1;
  const past = call.optional(4);
  const withPast = (old: Node | null, x: Node): Node => {
    const fresh = splitHeads(x, heads);
    return old === null ? fresh : concat([old, fresh], 2);
  };
  const k = withPast(past, key);
  const v = withPast(call.optional(5), value);
  const mask = call.optional(3);
  const lengths = call.optional(6) ?? undefined;
  const bounded = call.int("is_causal", 0) === 1;
  const right = call.int("right_window_size", -1);
  const options: AttentionOptions = {
    scale: call.float("scale", 1 / Math.sqrt(q.shape[3] as number)),
    softcap: call.float("softcap", 0),
    left: call.int("left_window_size", -1),
    right: bounded ? 0 : right,
    offset: past !== null ? (past.shape[2] as number) : lengths === undefined ? 0 : "lengths",
    mask: mask === null ? undefined : additiveMask(mask, k.shape[2] as number, call.opset),
    lengths,
  };
  const arranged = (y: Node): Node => {
    const [b, t, , d] = y.shape as [number, number, number, number];
    return cast(flat ? reshape(y, [b, t, (q.shape[1] as number) * d]) : permute(y, swapped), query.dtype);
  };
  if (!call.wants(3)) return [arranged(attention(single(q), single(k), single(v), options)), k, v];
  const { raw, capped, biased, weights } = attentionScores(single(q), single(k), options);
  const mode = call.int("qk_matmul_output_mode", 0);
  const shown = [raw, capped, biased, weights][mode];
  if (shown === undefined) throw new FormatError(`qk_matmul_output_mode is ${mode}, wanted 0 to 3`);
  const y = permute(matmul(weights, shareHeads(single(v), q.shape[1] as number)), swapped);
  return [arranged(y), k, v, cast(shown, query.dtype)];
}

/** Attention whose scores and weights go through graphs of the model. */
async function flexible(call: Call): Promise<Outputs> {
  const query = call.tensor(0);
  const [q, k, v] = [single(query), single(call.tensor(1)), single(call.tensor(2))];
  const precision = dtypeOf(call.int("softmax_precision", query.dtype === "float64" ? 11 : 1));
  const through = async (name: string, x: Node): Promise<Node> => {
    if (call.attribute(name) === undefined) return x;
    const graph: GraphProto = call.graph(name);
    const [y] = await call.run(graph, [cast(x, precision)]);
    if (!(y instanceof Node)) throw new FormatError(`${name} gives no tensor`);
    return single(y);
  };
  const scale = call.float("scale", 1 / Math.sqrt(q.shape[3] as number));
  if (call.attribute("score_mod") === undefined && call.attribute("prob_mod") === undefined) {
    return cast(permute(attention(q, k, v, { scale }), swapped), query.dtype);
  }
  const heads = q.shape[1] as number;
  const raw = matmul(q, transpose(shareHeads(k, heads)));
  const scores = await through("score_mod", mul(raw, num(scale, raw)));
  const weights = await through("prob_mod", softmax(scores, -1));
  return cast(matmul(weights, shareHeads(v, heads)), query.dtype);
}

export const operators: Operators = {
  Attention: attend,
  "ai.onnx.preview.FlexAttention": flexible,
};
