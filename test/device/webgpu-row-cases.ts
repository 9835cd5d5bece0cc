/** What the threads of a group find together, row by row: run with subgroups and without. */
import { Tensor, tensor } from "../../ts/index.ts";
import { type AttentionOptions, attention } from "../../ts/ops/attention.ts";
import { layerNorm, rmsNorm } from "../../ts/ops/norm.ts";
import { recurrent } from "../../ts/ops/recurrent.ts";
import { type Case, close, exact, filled, reordered } from "./webgpu-case.ts";

const { NaN: nan, POSITIVE_INFINITY: inf } = Number;

const softmaxes: readonly Case[] = [
  { name: "softmax of short rows", build: () => filled([300, 4], 5).softmax(1), tolerance: close },
  { name: "softmax of rows", build: () => filled([5, 1000], 9).softmax(-1), tolerance: close },
  { name: "softmax of columns", build: () => filled([10, 6], 9).softmax(0), tolerance: close },
  {
    name: "softmax of infinities",
    build: () =>
      tensor([
        [-inf, 0, 1],
        [-inf, -inf, -inf],
        [inf, 0, 0],
        [nan, 0, 0],
      ]).softmax(1),
    tolerance: close,
  },
  { name: "log-softmax, scaled", build: () => filled([9, 70], 30).logSoftmax(1).mul(0.5), tolerance: reordered },
];

const norms: readonly Case[] = [7, 64, 300, 2000].flatMap((n): Case[] => [
  {
    name: `layer norm of rows of ${n}`,
    build: () => new Tensor(layerNorm(filled([11, n], 3, 1).node, 1, 1e-5)).mul(filled([n])),
    tolerance: reordered,
  },
  {
    name: `RMS norm of rows of ${n}`,
    build: () => new Tensor(rmsNorm(filled([11, n], 3, 1).node, 1, 1e-5)),
    tolerance: reordered,
  },
]);

function attending(name: string, sizes: readonly number[], options: Partial<AttentionOptions> = {}): Case {
  const [b, hq, hk, tq, tk, d, dv] = sizes as [number, number, number, number, number, number, number];
  // Heads side by side, as a product before it leaves them.
  const heads = (t: number, h: number, width: number, scale: number) =>
    filled([b, t, h * width], scale)
      .reshape([b, t, h, width])
      .permute([0, 2, 1, 3]).node;
  return {
    name: `attention ${name}`,
    build: () => {
      const given = { scale: d ** -0.5, ...options };
      return new Tensor(attention(heads(tq, hq, d, 2), heads(tk, hk, d, 3), heads(tk, hk, dv, 1), given));
    },
    tolerance: reordered,
  };
}

const attentions: readonly Case[] = [
  attending("of one query to many keys", [1, 4, 2, 1, 700, 16, 24]),
  attending("of more columns than a group makes", [1, 1, 1, 9, 40, 8, 300]),
  attending("looking back", [2, 2, 2, 70, 70, 32, 32], { right: 0 }),
];

const sequences: readonly Case[] = [
  {
    name: "LSTM of more units than threads",
    build: () => {
      const [t, b, i, h] = [3, 2, 5, 300];
      const x = filled([t, b, i]).node;
      const w = filled([1, 4 * h, i], 0.5).node;
      const r = filled([1, 4 * h, h], 0.05).node;
      const activations = ["sigmoid", "tanh", "tanh"].map((name) => ({ name, alpha: 0, beta: 0 }));
      const { y } = recurrent("lstm", { x, w, r }, { direction: "reverse", activations, clip: 0, variant: false });
      return new Tensor(y);
    },
    tolerance: reordered,
  },
];

/** Totals of lanes side by side, of columns, and of parts that are reduced again. */
const reductions: readonly Case[] = [
  { name: "sums of long rows", build: () => filled([5, 3000]).sum(1), tolerance: reordered },
  { name: "maxima of short rows", build: () => filled([7, 40], 4).amax(1), tolerance: exact },
  { name: "sums of int32", build: () => filled([200, 17], 4).round().to("int32").sum(1), tolerance: exact },
  { name: "a sum of everything in parts", build: () => filled([90_000]).mul(2).sum(), tolerance: reordered },
  { name: "products of columns", build: () => filled([40, 9, 3], 1.5).prod(1), tolerance: reordered },
  { name: "the first of equal minima in parts", build: () => filled([90_000], 4).round().argmin(0), tolerance: exact },
  { name: "argmax of columns in parts", build: () => filled([20_000, 7], 4).round().argmax(0), tolerance: exact },
];

export const rowCases: readonly Case[] = [...softmaxes, ...norms, ...attentions, ...sequences, ...reductions];
