/** Layers that carry a state from token to token: linear attention, causal convolution, caches written in place. */
import { FormatError } from "../../../core/errors.ts";
import { normalizeAxis } from "../../../core/shape.ts";
import type { Node } from "../../../graph/node.ts";
import { silu } from "../../../ops/activation.ts";
import { expand } from "../../../ops/broadcast.ts";
import { writeAlong } from "../../../ops/cache.ts";
import { add, cast, exp, mul, num, sub } from "../../../ops/elementwise.ts";
import { constant } from "../../../ops/leaf.ts";
import { matmul, transpose } from "../../../ops/matmul.ts";
import { concat, permute, reshape, slice } from "../../../ops/movement.ts";
import type { Call, Operators, Outputs } from "../call.ts";
import { single } from "../precision.ts";
import { move } from "../value.ts";

/** [b, t, heads d] as [b, heads, t, d]. */
function split(x: Node, heads: number): Node {
  const [b, t, wide] = x.shape as [number, number, number];
  return permute(reshape(single(x), [b, t, heads, wide / heads]), [0, 2, 1, 3]);
}

/**
 * A token after the other; with S the state [b, heads, dk, dv], g its decay and β the rate of the update:
 *
 *   linear  S += k vᵀ        gated  S = eᵍ S + k vᵀ        delta, gated delta  S = eᵍ S + β k (v - (eᵍ S)ᵀ k)ᵀ
 */
function linear(call: Call): Outputs {
  const query = call.tensor(0);
  const [hq, hk] = [call.int("q_num_heads"), call.int("kv_num_heads")];
  const rule = call.string("update_rule", "gated_delta");
  if (!["linear", "gated", "delta", "gated_delta"].includes(rule)) throw call.unsupported(`update_rule "${rule}"`);
  const [q, k, v] = [split(query, hq), split(call.tensor(1), hk), split(call.tensor(2), hk)];
  const [b, , t, dk] = q.shape as [number, number, number, number];
  const dv = v.shape[3] as number;
  const given = call.float("scale", 0);
  const scale = given === 0 ? 1 / Math.sqrt(dk) : given;
  const decay = rule.startsWith("gated") ? exp(split(call.tensor(4), hk)) : null;
  const rate = rule.endsWith("delta") ? perHead(call.tensor(5), hk) : null;
  const past = call.optional(3);
  let state = past === null ? expand(constant(0, "float32"), [b, hk, dk, dv]) : single(past);
  const at = (x: Node, i: number): Node => {
    const [n, heads, , d] = x.shape as [number, number, number, number];
    return slice(x, [0, 0, i, 0], [n, heads, 1, d]);
  };
  const rows: Node[] = [];
  for (let i = 0; i < t; i++) {
    const key = transpose(at(k, i));
    if (decay !== null) state = mul(state, transpose(at(decay, i)));
    let value = at(v, i);
    if (rate !== null) value = mul(sub(value, matmul(at(k, i), state)), at(rate, i));
    state = add(state, mul(key, value));
    const asked = reshape(at(q, i), [b, hk, hq / hk, dk]);
    const answer = matmul(asked, state);
    rows.push(reshape(mul(answer, num(scale, answer)), [b, 1, hq * dv]));
  }
  return [cast(concat(rows, 1), query.dtype), cast(state, past?.dtype ?? query.dtype)];
}

/** [b, t, heads or 1] as [b, heads, t, 1]. */
function perHead(x: Node, heads: number): Node {
  const [b, t, own] = x.shape as [number, number, number];
  return expand(permute(reshape(single(x), [b, t, own, 1]), [0, 2, 1, 3]), [b, heads, t, 1]);
}

/** Depthwise convolution over what was before and is: a sum of shifted products, a tap each. */
function causalConvolution(call: Call): Outputs {
  const input = call.tensor(0);
  const x = single(input);
  const w = single(call.tensor(1));
  const [b, c, t] = x.shape as [number, number, number];
  const taps = w.shape[2] as number;
  const bias = call.optional(2);
  const past = call.optional(3);
  const before = past === null ? expand(constant(0, "float32"), [b, c, taps - 1]) : single(past);
  const whole = taps === 1 ? x : concat([before, x], 2);
  let y: Node | null = bias === null ? null : reshape(single(bias), [c, 1]);
  for (let k = 0; k < taps; k++) {
    const tap = reshape(slice(w, [0, 0, k], [c, 1, 1]), [c, 1]);
    const part = mul(slice(whole, [0, 0, k], [b, c, t]), tap);
    y = y === null ? part : add(y, part);
  }
  const activation = call.string("activation", "none");
  if (!["none", "silu", "swish"].includes(activation)) throw call.unsupported(`activation "${activation}"`);
  const out = activation === "none" ? (y as Node) : silu(y as Node);
  return [cast(out, input.dtype), cast(slice(whole, [0, 0, t], [b, c, taps - 1]), input.dtype)];
}

/** The cache with the update's positions overwritten, each sequence from its own place on. */
function writeCache(call: Call): Outputs {
  const circular = call.string("mode", "linear") === "circular";
  const updates = call.tensor(1);
  const starts = call.optional(2) ?? constant(0, "int32");
  return move(call.value(0), (cache) => {
    const axis = normalizeAxis("TensorScatter", call.int("axis", -2), cache.shape.length);
    if (axis === 0) throw new FormatError("axis is 0, the batch: wanted another");
    return writeAlong(cache, updates, starts, axis, circular);
  });
}

export const operators: Operators = {
  CausalConvWithState: causalConvolution,
  LinearAttention: linear,
  TensorScatter: writeCache,
};
