/** Attention as com.microsoft has it: Attention, MultiHeadAttention, GroupQueryAttention. */
import type { DType } from "../../../core/dtype.ts";
import { FormatError } from "../../../core/errors.ts";
import type { Node } from "../../../graph/node.ts";
import { type AttentionOptions, attention, attentionScores, shareHeads } from "../../../ops/attention.ts";
import { expand } from "../../../ops/broadcast.ts";
import { writeAlong } from "../../../ops/cache.ts";
import { add, and, cast, eq, le, lt, mul, num, sub, where } from "../../../ops/elementwise.ts";
import { iota } from "../../../ops/iota.ts";
import { constant } from "../../../ops/leaf.ts";
import { matmul } from "../../../ops/matmul.ts";
import { concat, pad, permute, reshape, slice } from "../../../ops/movement.ts";
import { softmax } from "../../../ops/softmax.ts";
import type { Call, Operators, Outputs } from "../call.ts";
import { single } from "../precision.ts";
import { splitHeads } from "./attention.ts";
import { cachesAt, rotate } from "./rotary.ts";

const swapped = [0, 2, 1, 3];

/** [b, t, heads, d] side by side. */
const joinHeads = (y: Node): Node => {
  const [b, t, heads, d] = y.shape as [number, number, number, number];
  return reshape(y, [b, t, heads * d]);
};

const maybe = (x: Node | null): Node | null => (x === null ? null : single(x));

/** Parts of the last axis, one after another. */
function parts(x: Node, sizes: readonly number[]): Node[] {
  let at = 0;
  return sizes.map((size) => {
    const starts = x.shape.map(() => 0).with(-1, at);
    at += size;
    return slice(x, starts, x.shape.with(-1, size));
  });
}

interface Extent {
  readonly b: number;
  readonly t: number;
  readonly total: number;
  readonly filter: number;
}

/** What a padding mask of any of its forms adds to the scores, and the lengths it stands for. */
function padding(mask: Node | null, { b, t, total, filter }: Extent): Pick<AttentionOptions, "mask" | "lengths"> {
  if (mask === null) return {};
  const index = cast(mask, "int32");
  const hidden = (seen: Node): Node => where(seen, constant(0, "float32"), constant(filter, "float32"));
  const size = mask.shape[0] as number;
  if (mask.shape.length === 1) {
    const ends = slice(index, [0], [b]);
    if (size !== 2 * b || size === b) return { lengths: ends };
    // Padding on the left: the ends of all sequences, then their starts.
    const key = iota(total, 0, 1, "int32");
    const column = (part: Node): Node => reshape(part, [b, 1, 1, 1]);
    const seen = and(lt(key, column(ends)), le(column(slice(index, [b], [b])), key));
    return { mask: hidden(seen) };
  }
  const seen = lt(num(0, index), index);
  const rank = mask.shape.length;
  if (rank === 2) return { mask: widened(hidden(reshape(seen, [b, 1, 1, mask.shape[1] as number])), total) };
  if (rank === 3) return { mask: widened(hidden(reshape(seen, [b, 1, ...mask.shape.slice(1)])), total) };
  return { mask: hidden(slice(seen, [0, 0, total - t, 0], [size, 1, t, total])) };
}

/** A mask of the new keys alone: those before are seen. */
function widened(mask: Node, total: number): Node {
  const keys = mask.shape[3] as number;
  if (keys === total) return mask;
  if (keys > total) throw new FormatError(`mask for ${keys} keys, wanted ${total}`);
  return pad(mask, [0, 0, 0, total - keys], [0, 0, 0, 0]);
}

const sumOf = (a: Node | undefined, b: Node | null): Node | undefined =>
  b === null ? a : a === undefined ? b : add(a, b);

/** Attention of a projection of the input. */
function projected(call: Call): Outputs {
  const input = call.tensor(0);
  const product = matmul(single(input), single(call.tensor(1)));
  const bias = call.optional(2);
  const qkv = bias === null ? product : add(product, single(bias));
  return attendProjection(call, qkv, input.dtype, { mask: 3, past: 4, added: 5, used: 6 });
}

/** Numbers of the inputs of an attention that starts from a projection: what is added to scores, how much of the past counts. */
interface ProjectionInputs {
  readonly mask: number;
  readonly past: number;
  readonly added?: number;
  readonly used?: number;
}

/** Attention of queries, keys and values side by side; the state is keys and values in one tensor. */
export function attendProjection(call: Call, qkv: Node, dtype: DType, inputs: ProjectionInputs): Outputs {
  const heads = call.int("num_heads");
  const wide = qkv.shape[2] as number;
  const sizes = call.ints("qkv_hidden_sizes") ?? [wide / 3, wide / 3, wide / 3];
  const optional = (i: number | undefined): Node | null => (i === undefined ? null : call.optional(i));
  let [q, k, v] = parts(qkv, sizes).map((x) => splitHeads(x, heads)) as [Node, Node, Node];
  const [b, , t, d] = q.shape as [number, number, number, number];
  const past = maybe(optional(inputs.past));
  const state = (i: number): Node =>
    reshape(slice(past as Node, [i, 0, 0, 0, 0], (past as Node).shape.with(0, 1)), (past as Node).shape.slice(1));
  if (call.int("do_rotary", 0) === 1) throw call.unsupported("do_rotary");
  const shared = call.int("past_present_share_buffer", 0) === 1 && past !== null;
  const before = past === null ? 0 : (past.shape[3] as number);
  const unidirectional = call.int("unidirectional", 0) === 1;
  let placed: Partial<AttentionOptions> = { offset: before };
  if (past !== null && shared) {
    const start = cast(call.tensor(inputs.used as number), "int32");
    k = writeAlong(state(0), k, start, 2, false);
    v = writeAlong(state(1), v, start, 2, false);
    const ends = add(reshape(start, [1]), num(t, start));
    placed = { offset: "lengths", lengths: expand(ends, [b]) };
  } else if (past !== null) {
    k = concat([state(0), k], 2);
    v = concat([state(1), v], 2);
  }
  const total = k.shape[2] as number;
  const filter = call.float("mask_filter_value", -10000);
  const padded = padding(optional(inputs.mask), { b, t, total, filter });
  const y = attention(q, k, v, {
    scale: call.float("scale", 0) || 1 / Math.sqrt(d),
    ...(unidirectional ? { right: 0 } : {}),
    ...padded,
    ...placed,
    mask: sumOf(padded.mask, maybe(optional(inputs.added))),
  });
  const out = cast(joinHeads(y), dtype);
  if (!call.wants(1)) return out;
  const stack = (x: Node): Node => reshape(x, [1, ...x.shape]);
  return [out, cast(concat([stack(k), stack(v)], 0), dtype)];
}

/** Queries, keys and values of MultiHeadAttention in any of their forms, as [b, heads, t, d]. */
function headsOf(call: Call, heads: number): [q: Node, k: Node, v: Node] {
  const query = single(call.tensor(0));
  const [key, value] = [maybe(call.optional(1)), maybe(call.optional(2))];
  const bias = maybe(call.optional(3));
  const part = (packed: Node, i: number): Node => {
    const [b, t, n, , d] = packed.shape as [number, number, number, number, number];
    return reshape(slice(packed, [0, 0, 0, i, 0], [b, t, n, 1, d]), [b, t, n * d]);
  };
  let list: Node[];
  if (key === null) list = [0, 1, 2].map((i) => part(query, i));
  else if (key.shape.length === 5) list = [query, part(key, 0), part(key, 1)];
  else list = [query, key, value as Node];
  if (bias !== null) {
    const flat = list.filter((x) => x.shape.length === 3);
    const biases = parts(
      bias,
      list.map((x) => (x.shape.length === 3 ? (x.shape[2] as number) : (query.shape[2] as number))),
    );
    list = list.map((x, i) => (flat.includes(x) ? add(x, biases[i] as Node) : x));
  }
  return list.map((x) => splitHeads(x, heads)) as [Node, Node, Node];
}

function multiHead(call: Call): Outputs {
  const { dtype } = call.tensor(0);
  const heads = call.int("num_heads");
  let [q, k, v] = headsOf(call, heads);
  const [b, , t, d] = q.shape as [number, number, number, number];
  const [pastKey, pastValue] = [maybe(call.optional(6)), maybe(call.optional(7))];
  const used = call.optional(8);
  let placed: Partial<AttentionOptions> = {};
  if (call.has(9)) throw call.unsupported("cache_indirection");
  if (pastKey !== null && pastValue !== null) {
    if (used === null) {
      placed = { offset: pastKey.shape[2] as number };
      k = concat([pastKey, k], 2);
      v = concat([pastValue, v], 2);
    } else {
      const ends = add(reshape(cast(used, "int32"), [1]), constant(k.shape[2] as number, "int32"));
      k = writeAlong(pastKey, k, used, 2, false);
      v = writeAlong(pastValue, v, used, 2, false);
      placed = { offset: "lengths", lengths: expand(ends, [b]) };
    }
  }
  const total = k.shape[2] as number;
  const padded = padding(call.optional(4), { b, t, total, filter: call.float("mask_filter_value", -10000) });
  const options: AttentionOptions = {
    scale: call.float("scale", 0) || 1 / Math.sqrt(d),
    ...(call.int("unidirectional", 0) === 1 ? { right: 0 } : {}),
    ...padded,
    ...placed,
    mask: sumOf(padded.mask, maybe(call.optional(5))),
  };
  const y = cast(joinHeads(attention(q, k, v, options)), dtype);
  const present = [cast(k, dtype), cast(v, dtype)];
  return call.wants(3) ? [y, ...present, cast(attentionScores(q, k, options).raw, dtype)] : [y, ...present];
}

/** Whether the cache holds all tokens (bit 0), whether they are all new (bit 1): known for many steps, where counts change. */
const questions = new WeakMap<Node, Map<string, Node>>();

function stageOf(total: Node, capacity: number, t: number): Node {
  const known = questions.get(total) ?? new Map<string, Node>();
  questions.set(total, known);
  const key = `${capacity} ${t}`;
  let node = known.get(key);
  if (node === undefined) {
    const count = reshape(cast(total, "int32"), [1]);
    const fits = cast(le(count, num(capacity, count)), "int32");
    node = add(fits, mul(cast(eq(count, num(t, count)), "int32"), num(2, count)));
    known.set(key, node);
  }
  return node;
}

async function groupQuery(call: Call): Promise<Outputs> {
  const { dtype } = call.tensor(0);
  const [hq, hk] = [call.int("num_heads"), call.int("kv_num_heads")];
  for (const name of ["k_quant_type", "v_quant_type"]) {
    if (call.string(name, "NONE") !== "NONE") throw call.unsupported(`${name} ${call.string(name)}`);
  }
  if (call.int("sliding_window_cache", 0) === 1) throw call.unsupported("sliding_window_cache");
  if (call.has(14) || call.has(15)) throw call.unsupported("q_norm_weight");
  const query = single(call.tensor(0));
  const wide = query.shape[2] as number;
  const d = call.has(1) ? wide / hq : wide / (hq + 2 * hk);
  const list = call.has(1)
    ? [query, single(call.tensor(1)), single(call.tensor(2))]
    : parts(query, [hq * d, hk * d, hk * d]);
  let [q, k, v] = list.map((x, i) => splitHeads(x, i === 0 ? hq : hk)) as [Node, Node, Node];
  const [b, , t] = q.shape as [number, number, number];
  const [pastKey, pastValue] = [maybe(call.optional(3)), maybe(call.optional(4))];
  const capacity = pastKey?.shape[2] ?? 0;
  const [state = 2] = capacity === 0 ? [] : Array.from(await call.read(stageOf(call.tensor(6), capacity, t)), Number);
  const [shared, prompt] = [(state & 1) === 1, (state & 2) === 2];
  const lengths = add(cast(call.tensor(5), "int32"), constant(1, "int32"));
  const counts = reshape(lengths, [b]);
  const starts = prompt ? expand(constant(0, "int32"), [b]) : sub(counts, constant(t, "int32"));
  if (call.int("do_rotary", 0) === 1) {
    const first = reshape(starts, [b, 1]);
    const places = call.optional(9) ?? add(first, iota(t, 0, 1, "int32"));
    const angles = cachesAt(call.tensor(7), call.tensor(8), places);
    const interleaved = call.int("rotary_interleaved", 0) === 1;
    q = rotate(q, { ...angles, interleaved });
    k = rotate(k, { ...angles, interleaved });
  }
  // One sequence that fills its cache: all of it is read. Otherwise each reads as far as it goes.
  const whole = capacity === 0 || (!shared && b === 1);
  if (pastKey !== null && pastValue !== null && capacity > 0) {
    const grown = (old: Node, x: Node): Node => {
      if (whole) return concat([old, x], 2);
      const room = shared ? old : pad(old, [0, 0, 0, 0], [0, 0, t, 0]);
      return writeAlong(room, x, starts, 2, false);
    };
    k = grown(pastKey, k);
    v = grown(pastValue, v);
  }
  const window = call.int("local_window_size", -1);
  const causal = call.int("causal", 1) === 1;
  const bias = maybe(call.optional(10));
  const short = bias !== null && (bias.shape[3] as number) < (k.shape[2] as number);
  const options: AttentionOptions = {
    scale: call.float("scale", 0) || 1 / Math.sqrt(d),
    softcap: call.float("softcap", 0),
    left: window > 0 ? window - 1 : -1,
    ...(causal ? { right: 0 } : {}),
    offset: prompt ? 0 : whole ? capacity : "lengths",
    lengths: whole && b === 1 ? undefined : counts,
    mask:
      bias === null
        ? undefined
        : short
          ? pad(bias, [0, 0, 0, 0], [0, 0, 0, (k.shape[2] as number) - (bias.shape[3] as number)])
          : bias,
  };
  const sink = maybe(call.optional(11));
  const present = [cast(k, dtype), cast(v, dtype)];
  if (sink === null && call.int("smooth_softmax", 0) !== 1 && !call.wants(3)) {
    return [cast(joinHeads(attention(q, k, v, options)), dtype), ...present];
  }
  const { biased, weights } = attentionScores(q, k, options);
  const smooth = call.int("smooth_softmax", 0) === 1 || sink !== null;
  const shares = smooth ? besideSink(biased, sink) : weights;
  const y = permute(matmul(shares, shareHeads(v, hq)), swapped);
  const shown = call.int("qk_output", 0) === 2 ? shares : biased;
  return [cast(joinHeads(y), dtype), ...present, cast(shown, dtype)];
}

/** Softmax with one more score in every row that has no value: 0, or one a head. */
function besideSink(scores: Node, sink: Node | null): Node {
  const [b, heads, t, keys] = scores.shape as [number, number, number, number];
  const one = sink === null ? constant(0, "float32") : reshape(sink, [1, heads, 1, 1]);
  const all = softmax(concat([scores, expand(one, [b, heads, t, 1])], 3), -1);
  return slice(all, [0, 0, 0, 0], [b, heads, t, keys]);
}

export const operators: Operators = {
  "com.microsoft.Attention": projected,
  "com.microsoft.GroupQueryAttention": groupQuery,
  "com.microsoft.MultiHeadAttention": multiHead,
};
