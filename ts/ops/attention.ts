/**
 * Scaled dot-product attention; Vaswani et al. 2017, with heads of keys shared by heads of queries (Ainslie et al. 2023).
 *
 * q [b, hq, tq, d], k [b, hk, tk, d], v [b, hk, tk, dv] → [b, tq, hq, dv]: the heads of a token end up side by side, which is
 * what the product after it wants. The inputs are read through strides, so none has to be moved for its heads.
 */
import { DTypeError, ShapeError } from "../core/errors.ts";
import { broadcastShapes, formatShape, sameShape } from "../core/shape.ts";
import { type Attrs, Node, type Op } from "../graph/node.ts";
import { expand, sum, sumTo, unreduce } from "./broadcast.ts";
import { add, and, cast, div, eq, le, lt, mul, num, sub, tanh, where } from "./elementwise.ts";
import { iota } from "./iota.ts";
import { matmul, transpose } from "./matmul.ts";
import { permute, reshape } from "./movement.ts";
import { softmax } from "./softmax.ts";

export interface AttentionOptions {
  /** Factor of q kᵀ. */
  readonly scale: number;
  /** Scores become cap tanh(score / cap); 0, the default: as they are. */
  readonly softcap?: number;
  /** Keys before the first query, so that query i stands at i + offset; "lengths": as many as the sequence's other keys. */
  readonly offset?: number | "lengths";
  /** How many keys before and after its own place a query sees; -1, the default: all. */
  readonly left?: number;
  readonly right?: number;
  /** Added to the scores: float32, of a shape that broadcasts to [b, hq, tq, tk]. */
  readonly mask?: Node | undefined;
  /** [b], integers: keys of each sequence; others are not seen. */
  readonly lengths?: Node | undefined;
  /** What a query that sees nothing gets: "zero", the default, or "nan", what a softmax of nothing but -inf is. */
  readonly blank?: "zero" | "nan";
}

interface Scores {
  /** scale q kᵀ */
  readonly raw: Node;
  readonly capped: Node;
  /** With the mask, -inf where nothing is seen. */
  readonly biased: Node;
  /** Their softmax; 0 in rows that see nothing, unless these are to be NaN. */
  readonly weights: Node;
}

/** Options as attributes of the node. */
export interface AttentionAttrs {
  readonly scale: number;
  readonly softcap: number;
  /** -1: by lengths. */
  readonly offset: number;
  readonly left: number;
  readonly right: number;
  readonly blank: "zero" | "nan";
  /** Names of the inputs behind q, k and v, joined by commas. */
  readonly given: string;
}

const attentionOp: Op = {
  name: "attention",
  kind: "kernel",
  strided: [true, true, true, true],
  compose: ({ inputs, attrs }) => {
    const [q, k, v] = inputs as [Node, Node, Node];
    const { weights } = attentionScores(q, k, { ...optionsOf(attrs), ...givenOf(inputs, attrs) });
    return permute(matmul(weights, shareHeads(v, q.shape[1] as number)), [0, 2, 1, 3]);
  },
  // with p the weights and s the scores: dv = pᵀ dy, ds = p (dp - Σ dp p), dp = dy vᵀ, dq = scale ds k, dk = scale dsᵀ q
  gradient: (dy, { inputs, attrs }) => {
    const [q, k, v] = inputs as [Node, Node, Node];
    const { scale, softcap } = attrs as unknown as AttentionAttrs;
    const given = givenOf(inputs, attrs);
    const heads = q.shape[1] as number;
    const { capped, weights } = attentionScores(q, k, { ...optionsOf(attrs), ...given });
    const g = permute(dy, [0, 2, 1, 3]);
    const dw = matmul(g, transpose(shareHeads(v, heads)));
    const ds = mul(weights, sub(dw, unreduce(sum(mul(dw, weights), [3]), dw, [3])));
    const slope = softcap > 0 ? div(capped, num(softcap, capped)) : null;
    const through = slope === null ? ds : mul(ds, sub(num(1, ds), mul(slope, slope)));
    const dRaw = mul(through, num(scale, ds));
    const dMask = given.mask === undefined ? [] : [sumTo(ds, given.mask.shape)];
    return [
      matmul(dRaw, shareHeads(k, heads)),
      sumHeads(matmul(transpose(dRaw), q), k),
      sumHeads(matmul(transpose(weights), g), v),
      ...dMask,
      ...(given.lengths === undefined ? [] : [null]),
    ];
  },
};

/** The ops of this family. */
export const ops: readonly Op[] = [attentionOp];

const givenOf = (inputs: readonly Node[], attrs: Attrs): { mask: Node | undefined; lengths: Node | undefined } => {
  const names = (attrs["given"] as string).split(",");
  const of = (name: string): Node | undefined => (names.includes(name) ? inputs[3 + names.indexOf(name)] : undefined);
  return { mask: of("mask"), lengths: of("lengths") };
};

const optionsOf = (attrs: Attrs): AttentionOptions => {
  const stored = attrs as unknown as AttentionAttrs;
  return { ...stored, offset: stored.offset < 0 ? "lengths" : stored.offset };
};

/** Every head of keys as often as queries read it. */
export function shareHeads(k: Node, heads: number): Node {
  const [b, hk, t, d] = k.shape as [number, number, number, number];
  if (hk === heads) return k;
  return reshape(expand(reshape(k, [b, hk, 1, t, d]), [b, hk, heads / hk, t, d]), [b, heads, t, d]);
}

function sumHeads(g: Node, k: Node): Node {
  const [b, heads, t, d] = g.shape as [number, number, number, number];
  const hk = k.shape[1] as number;
  return hk === heads ? g : sum(reshape(g, [b, hk, heads / hk, t, d]), [2]);
}

function checkAttention(q: Node, k: Node, v: Node): void {
  const [b, hq, , d] = q.shape;
  const [, hk = 0, t] = k.shape;
  const ranks = q.shape.length === 4 && k.shape.length === 4 && v.shape.length === 4;
  const agree = k.shape[0] === b && k.shape[3] === d && sameShape(v.shape.slice(0, 3), [b as number, hk, t as number]);
  if (!ranks || !agree || hk === 0 || (hq as number) % hk !== 0) {
    throw new ShapeError(
      `attention: cannot attend with ${formatShape(q.shape)} to ${formatShape(k.shape)} and ${formatShape(v.shape)}: wanted [b, hq, tq, d], [b, hk, tk, d] and [b, hk, tk, dv], hk a divisor of hq`,
    );
  }
  for (const { dtype } of [q, k, v]) {
    if (dtype !== "float32") throw new DTypeError(`attention: cannot use ${dtype}: wanted float32`);
  }
}

/** Attention as one kernel. */
export function attention(q: Node, k: Node, v: Node, options: AttentionOptions): Node {
  checkAttention(q, k, v);
  const { scale, softcap = 0, offset = 0, left = -1, right = -1, mask, lengths, blank = "zero" } = options;
  const [b, hq, tq] = q.shape as [number, number, number];
  const full = [b, hq, tq, k.shape[2] as number];
  if (mask !== undefined && !sameShape(broadcastShapes("attention", mask.shape, full), full)) {
    throw new ShapeError(
      `attention: cannot add a mask ${formatShape(mask.shape)} to scores ${formatShape(full)}: it is larger`,
    );
  }
  const given = { mask: mask && expand(mask, full), lengths: lengths && cast(lengths, "int32") };
  const present = Object.entries(given).filter(([, node]) => node !== undefined);
  const stored: AttentionAttrs = {
    scale,
    softcap,
    offset: offset === "lengths" ? -1 : offset,
    left,
    right,
    blank,
    given: present.map(([name]) => name).join(),
  };
  const inputs = [q, k, v, ...present.map(([, node]) => node as Node)];
  return new Node(attentionOp, inputs, { ...stored }, [b, tq, hq, v.shape[3] as number], "float32");
}

/** What attention weighs the values by, step by step, in other ops. */
export function attentionScores(q: Node, k: Node, options: AttentionOptions): Scores {
  const { scale, softcap = 0, mask, blank } = options;
  const shared = shareHeads(k, q.shape[1] as number);
  const raw = mul(matmul(q, transpose(shared)), num(scale, q));
  const cap = num(softcap, raw);
  const capped = softcap > 0 ? mul(tanh(div(raw, cap)), cap) : raw;
  const added = mask === undefined ? capped : add(capped, mask);
  const seen = visible(raw, options);
  const biased = seen === null ? added : where(seen, added, num(Number.NEGATIVE_INFINITY, added));
  const spread = softmax(biased, -1);
  return { raw, capped, biased, weights: blank === "nan" ? spread : where(eq(spread, spread), spread, num(0, spread)) };
}

/** Which keys (last axis) each query of `scores` sees by its place; null: all. */
function visible(scores: Node, { offset = 0, left = -1, right = -1, lengths }: AttentionOptions): Node | null {
  const [, , tq, tk] = scores.shape as [number, number, number, number];
  if (left < 0 && right < 0 && lengths === undefined) return null;
  const key = iota(tk, 0, 1, "int32");
  const counts = lengths && reshape(cast(lengths, "int32"), [-1, 1, 1, 1]);
  const start = offset === "lengths" ? sub(counts as Node, num(tq, key)) : num(offset, key);
  const place = add(reshape(iota(tq, 0, 1, "int32"), [tq, 1]), start);
  const bounds = [
    ...(left < 0 ? [] : [le(sub(place, num(left, key)), key)]),
    ...(right < 0 ? [] : [le(key, add(place, num(right, key)))]),
    ...(counts === undefined ? [] : [lt(key, counts)]),
  ];
  return bounds.reduce((a, b) => and(a, b));
}
