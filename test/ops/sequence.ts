import type { Tensor } from "../../ts/index.ts";
import { type AttentionOptions, attention } from "../../ts/ops/attention.ts";
import { fft } from "../../ts/ops/fft.ts";
import { hostLeaf } from "../../ts/ops/leaf.ts";
import { groupNorm, layerNorm, rmsNorm } from "../../ts/ops/norm.ts";
import { approx, type Case } from "./case.ts";
import { type Array64, array64, at, build, sizeOf, sumOf } from "./oracle.ts";

/** Each run of `n` values, centred if wanted, over the root of its mean square plus ε. */
function normalised(x: Array64, n: number, epsilon: number, centred: boolean): Array64 {
  const out = new Float64Array(x.data.length);
  for (let from = 0; from < out.length; from += n) {
    const row = [...x.data.slice(from, from + n)];
    const mean = centred ? sumOf(row) / n : 0;
    const square = sumOf(row.map((value) => (value - mean) ** 2)) / n;
    for (const [i, value] of row.entries()) out[from + i] = (value - mean) / Math.sqrt(square + epsilon);
  }
  return array64(x.shape, out);
}

const norm = (name: string, shape: readonly number[], axis: number): Case => ({
  name: `${name} of [${shape}] from axis ${axis}`,
  inputs: [{ shape, low: -1, high: 3 }],
  run: ({ Tensor }, x) => {
    const build = name === "layerNorm" ? layerNorm : rmsNorm;
    return new Tensor(build((x as Tensor).node, axis, 1e-3));
  },
  oracle: (x) => normalised(x as Array64, sizeOf(shape.slice(axis)), 1e-3, name === "layerNorm"),
  tolerance: approx,
  // One value alone is always ±1 or 0.
  ...(sizeOf(shape) === 1 ? { gradient: false } : {}),
});

const norms: readonly Case[] = [
  ...["layerNorm", "rmsNorm"].flatMap((name) => [
    norm(name, [1], 0),
    norm(name, [5, 7], 1),
    norm(name, [2, 3, 4, 5], 2),
    norm(name, [2, 3, 4], 0),
    norm(name, [3, 2100], 1),
  ]),
  {
    name: "layerNorm with scale and bias as its epilogue",
    inputs: [{ shape: [6, 21] }, { shape: [21], low: 0.5, high: 2 }, { shape: [21], phase: 0.4 }],
    run: ({ Tensor }, x, scale, bias) =>
      new Tensor(layerNorm((x as Tensor).node, -1, 1e-5)).mul(scale as Tensor).add(bias as Tensor),
    oracle: (x, scale, bias) => {
      const y = normalised(x as Array64, 21, 1e-5, true);
      const of = (a: Array64 | undefined, i: number): number => (a as Array64).data[i % 21] as number;
      return array64(y.shape, (i) => (y.data[i] as number) * of(scale, i) + of(bias, i));
    },
    tolerance: approx,
  },
  {
    name: "groupNorm",
    inputs: [{ shape: [2, 6, 3, 5] }],
    run: ({ Tensor }, x) => new Tensor(groupNorm((x as Tensor).node, 3, 1e-2)),
    oracle: (x) => normalised(x as Array64, 30, 1e-2, true),
    tolerance: approx,
  },
];

interface Attending {
  readonly heads?: readonly [number, number];
  readonly sizes?: readonly [b: number, tq: number, tk: number, d: number, dv: number];
  readonly mask?: readonly number[];
  readonly lengths?: readonly number[];
  readonly options?: Partial<AttentionOptions>;
}

function attentionOf(xs: readonly Array64[], given: Attending, scale: number): Array64 {
  const [q, k, v, mask] = xs as [Array64, Array64, Array64, Array64 | undefined];
  const [b, hq, tq, d] = q.shape as [number, number, number, number];
  const [, hk, tk] = k.shape as [number, number, number];
  const dv = v.shape[3] as number;
  const { softcap = 0, offset = 0, left = -1, right = -1 } = given.options ?? {};
  return build([b, tq, hq, dv], ([n, i, h, e]) => {
    const [row, query, head, value] = [n as number, i as number, h as number, e as number];
    const shared = Math.floor(head / (hq / hk));
    const length = given.lengths?.[row] ?? tk;
    const place = query + (offset === "lengths" ? length - tq : offset);
    const weights = Array.from({ length: tk }, (_, j) => {
      if (j >= length || (left >= 0 && j < place - left) || (right >= 0 && j > place + right)) return 0;
      let score = 0;
      for (let c = 0; c < d; c++) score += at(q, [row, head, query, c]) * at(k, [row, shared, j, c]);
      score *= scale;
      if (softcap > 0) score = softcap * Math.tanh(score / softcap);
      if (mask !== undefined) {
        const lead = 4 - mask.shape.length;
        score += at(
          mask,
          mask.shape.map((size, axis) => (size === 1 ? 0 : ([row, head, query, j][axis + lead] as number))),
        );
      }
      return Math.exp(score);
    });
    const total = sumOf(weights);
    if (total === 0) return given.options?.blank === "nan" ? Number.NaN : 0;
    return sumOf(weights.map((weight, j) => (weight / total) * at(v, [row, shared, j, value])));
  });
}

function attend(name: string, given: Attending): Case {
  const [hq, hk] = given.heads ?? [2, 2];
  const [b, tq, tk, d, dv] = given.sizes ?? [2, 3, 5, 4, 6];
  const { mask, lengths } = given;
  const scale = given.options?.scale ?? 0.4;
  return {
    name: `attention ${name}`,
    inputs: [
      { shape: [b, hq, tq, d] },
      { shape: [b, hk, tk, d], phase: 0.3 },
      { shape: [b, hk, tk, dv], phase: 0.6 },
      ...(mask === undefined ? [] : [{ shape: mask, phase: 0.2 }]),
    ],
    run: ({ Tensor }, ...xs) => {
      const [q, k, v, added] = xs.map(({ node }) => node) as [Tensor["node"], Tensor["node"], Tensor["node"]] &
        Tensor["node"][];
      return new Tensor(
        attention(q, k, v, {
          scale,
          ...given.options,
          mask: added,
          lengths: lengths && hostLeaf(Int32Array.from(lengths), [b], "int32"),
        }),
      );
    },
    oracle: (...xs) => attentionOf(xs, given, scale),
    tolerance: approx,
    // A number added to all scores of a row changes nothing.
    ...(mask?.at(-1) === 1 ? { gradient: [0, 1, 2] } : {}),
    ...(given.options?.blank === "nan" ? { gradient: false } : {}),
  };
}

const attentions: readonly Case[] = [
  attend("of two heads", {}),
  attend("of one query", { sizes: [2, 1, 9, 5, 3] }),
  attend("of many queries", { heads: [1, 1], sizes: [1, 37, 70, 8, 9], options: { scale: 0.2 } }),
  attend("with heads of keys shared", { heads: [6, 2] }),
  attend("with a mask for all", { mask: [3, 5] }),
  attend("with a mask of its own for every head", { mask: [2, 2, 3, 5] }),
  attend("with a mask of one key", { mask: [2, 1, 3, 1] }),
  attend("looking back", { sizes: [1, 6, 6, 4, 4], options: { right: 0 } }),
  attend("looking back into a cache", { sizes: [1, 3, 7, 4, 4], options: { right: 0, offset: 4 } }),
  attend("in a window", { sizes: [1, 9, 9, 4, 4], options: { left: 2, right: 1 } }),
  attend("with soft caps", { options: { softcap: 0.7 } }),
  attend("with lengths", { lengths: [3, 5] }),
  attend("with lengths, one of them 0", { lengths: [0, 5] }),
  attend("with lengths, one of them 0, as a softmax has it", { lengths: [0, 5], options: { blank: "nan" } }),
  attend("with lengths, looking back from the end", { lengths: [2, 5], options: { offset: "lengths", right: 0 } }),
];

/** The sum as it is written; `parts` 1: of real numbers. */
function fourier(x: Array64, inverse: boolean): Array64 {
  const n = x.shape.at(-2) as number;
  const parts = x.shape.at(-1) as number;
  return build([...x.shape.slice(0, -1), 2], (index) => {
    const [lead, j, part] = [index.slice(0, -2), index.at(-2) as number, index.at(-1)];
    let sum = 0;
    for (let k = 0; k < n; k++) {
      const angle = ((inverse ? 2 : -2) * Math.PI * ((j * k) % n)) / n;
      const [re, im] = [at(x, [...lead, k, 0]), parts === 2 ? at(x, [...lead, k, 1]) : 0];
      sum += part === 0 ? re * Math.cos(angle) - im * Math.sin(angle) : re * Math.sin(angle) + im * Math.cos(angle);
    }
    return inverse ? sum / n : sum;
  });
}

const transforms: readonly Case[] = [1, 2, 3, 4, 5, 8, 9, 11, 12, 16, 30, 32, 50, 64, 120].flatMap((n) =>
  [false, true].flatMap((inverse) =>
    [1, 2].map(
      (parts): Case => ({
        name: `fft of ${n} ${parts === 1 ? "real" : "complex"} numbers${inverse ? ", inverse" : ""}`,
        inputs: [{ shape: [3, n, parts] }],
        run: ({ Tensor }, x) => new Tensor(fft((x as Tensor).node, inverse)),
        oracle: (x) => fourier(x as Array64, inverse),
        tolerance: approx,
      }),
    ),
  ),
);

export const sequence: readonly Case[] = [...norms, ...attentions, ...transforms];
