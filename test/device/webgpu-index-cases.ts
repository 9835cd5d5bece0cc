/** Order, running totals and writing by index: sizes beyond those of the table of ops, where kernels take other ways. */
import { argsort, cumprod, cumsum, grad, scatter, type Tensor, tensor, topk } from "../../ts/index.ts";
import type { ScatterReduction } from "../../ts/ops/scatter.ts";
import { type Case, close, exact, filled, reordered } from "./webgpu-case.ts";

const { NaN: nan, POSITIVE_INFINITY: inf } = Number;
const int = (n: number, value: (i: number) => number): Tensor =>
  tensor(
    Int32Array.from({ length: n }, (_, i) => value(i)),
    { shape: [n] },
  );

/** Few values, so that many are equal. */
const ties = (shape: number[]): Tensor => filled(shape, 4).round();

const order: readonly Case[] = [
  ...(
    [
      [[3, 700], 1, 5],
      [[2, 513], 1, 513],
      [[1025, 2], 0, 300],
      [[2, 777, 3], 1, 40],
    ] as const
  ).flatMap(([shape, axis, k]): Case[] => [
    {
      name: `topk ${k} of [${shape}] along ${axis}`,
      build: () => topk(filled([...shape]), k, axis).indices,
      tolerance: exact,
    },
    {
      name: `smallest ${k} of repeated [${shape}] along ${axis}`,
      build: () => topk(ties([...shape]), k, axis, { largest: false }).indices,
      tolerance: exact,
    },
  ]),
  {
    name: "argsort of special numbers",
    build: () => argsort(tensor([0, nan, -0, inf, -inf, nan, 1, -1, 0, 1e-40, -1e-40]), 0),
    tolerance: exact,
  },
  {
    name: "argsort of 3000 int32, descending",
    build: () => argsort(filled([3000], 1e9).to("int32"), 0, { descending: true }),
    tolerance: exact,
  },
  { name: "topk 0", build: () => topk(filled([4, 3]), 0, 1).indices, tolerance: exact },
];

const scans: readonly Case[] = [
  { name: "cumsum of 5000", build: () => cumsum(filled([5000]), 0), tolerance: reordered },
  {
    name: "cumsum of int32 wraps",
    build: () => cumsum(filled([2, 900, 3], 2e9).to("int32"), 1, { reverse: true }),
    tolerance: exact,
  },
  {
    name: "cumprod of rows, exclusive",
    build: () => cumprod(filled([5, 300], 0.1, 1), 1, { exclusive: true }),
    tolerance: close,
  },
  { name: "cumsum of nothing", build: () => cumsum(filled([3, 0]), 1), tolerance: exact },
];

const reductions: readonly ScatterReduction[] = ["none", "add", "mul", "min", "max"];

const scatters: readonly Case[] = [
  ...reductions.flatMap((reduction): Case[] => [
    {
      // Rows 0 … 2 have lists of hundreds, which are not walked in order.
      name: `scatter ${reduction} of many into few`,
      build: () =>
        scatter(
          filled([60]),
          0,
          int(900, (i) => (i % 7 < 5 ? i % 3 : i % 60)),
          filled([900], 0.1, 1),
          reduction,
        ),
      tolerance: reordered,
    },
    {
      name: `scatter ${reduction} of uint8`,
      build: () =>
        scatter(
          filled([50], 9).to("uint8"),
          0,
          int(70, (i) => (i * i) % 50),
          filled([70], 5).to("uint8"),
          reduction,
        ),
      tolerance: exact,
    },
  ]),
  {
    name: "scatter of NaN",
    build: () =>
      scatter(
        tensor([1, 2, nan]),
        0,
        int(3, (i) => i),
        tensor([nan, 3, 1]),
        "max",
      ),
    tolerance: exact,
  },
  {
    name: "scatter of nothing",
    build: () =>
      scatter(
        filled([5]),
        0,
        int(0, () => 0),
        filled([0]),
        "add",
      ),
    tolerance: exact,
  },
  {
    name: "gradient of reading rows twice",
    build: () => {
      const index = int(200, (i) => ((i * i) % 30) - (i % 2 === 0 ? 30 : 0));
      const read = (table: Tensor): Tensor =>
        table
          .indexSelect(0, index)
          .mul(filled([200, 7]))
          .sum();
      return grad(read)(filled([30, 7]));
    },
    tolerance: reordered,
  },
];

export const indexCases: readonly Case[] = [...order, ...scans, ...scatters];
