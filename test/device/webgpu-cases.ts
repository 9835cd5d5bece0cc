/** What both devices compute in the page: cases by name, each a tensor built anew for either device. */

import type { Node } from "../../ts/graph/node.ts";
import * as hebb from "../../ts/index.ts";
import type { ElementwiseName } from "../../ts/ops/elementwise.ts";
import * as ops from "../../ts/ops/elementwise.ts";
import { scatterAdd } from "../../ts/ops/gather.ts";
import { randomBits } from "../../ts/ops/random.ts";
import { type Case, close, exact, filled, reordered, type Tolerance } from "./webgpu-case.ts";
import { dtypeCases } from "./webgpu-dtype-cases.ts";
import { indexCases } from "./webgpu-index-cases.ts";
import { rowCases } from "./webgpu-row-cases.ts";
import { windowCases } from "./webgpu-window-cases.ts";

const { arange, concat, rand, randn, tensor, where, Tensor } = hebb;
type Tensor = hebb.Tensor;

const { NaN: nan, POSITIVE_INFINITY: inf } = Number;
const special = [0, -0, nan, inf, -inf];
const plain = [1, 0.5, 1.5, 2, 2.5, 3, 1 / 3, 0.1, 0.99, 1.01, 7, 10.5, 20, 88, 100, 700, 1e4, 123456, 1e8, 1e20, 3e38];
const small = [1e-3, 1e-7, 1e-20, 1e-36];
const reals = [...special, ...[...plain, ...small].flatMap((x) => [x, -x])];
const integers = [0, 1, -1, 2, -2, 3, 7, -7, 10, 31, -100, 255, 65536, 2147483647, -2147483648];
const naturals = [0, 1, 2, 3, 7, 10, 31, 32, 255, 65536, 2147483647, 2147483648, 4294967290, 4294967295];
const bytes = [0, 1, 2, 3, 100, 127, 128, 200, 254, 255];
const truths = [0, 1];

const columns = (values: readonly number[], dtype: hebb.DType): Tensor =>
  tensor(
    values.map((x) => [x]),
    { dtype },
  );
const row = (values: readonly number[], dtype: hebb.DType): Tensor => tensor([...values], { dtype });

const lists = { float32: reals, int32: integers, uint32: naturals, uint8: bytes, bool: truths } as const;
type Builder = (...inputs: Node[]) => Node;

/** How each elementwise op is tried; a missing row does not compile. */
const kinds: { readonly [N in ElementwiseName]: "binary" | "bits" | "unary" | "real" | "own" } = {
  add: "binary",
  sub: "binary",
  mul: "binary",
  div: "binary",
  pow: "binary",
  mod: "binary",
  fmod: "binary",
  maximum: "binary",
  minimum: "binary",
  eq: "binary",
  lt: "binary",
  le: "binary",
  and: "bits",
  or: "bits",
  xor: "bits",
  invert: "own",
  shiftLeft: "bits",
  shiftRight: "bits",
  not: "unary",
  neg: "unary",
  abs: "unary",
  sign: "unary",
  floor: "unary",
  ceil: "unary",
  round: "unary",
  trunc: "unary",
  sqrt: "real",
  exp: "real",
  expm1: "real",
  log: "real",
  log1p: "real",
  sin: "real",
  cos: "real",
  tan: "real",
  atan: "real",
  tanh: "real",
  erf: "real",
  sigmoid: "real",
  where: "own",
  cast: "own",
  bitcast: "own",
  uniform: "own",
};
const named = (kind: string): string[] => Object.entries(kinds).flatMap(([name, own]) => (own === kind ? name : []));

const builderOf = (name: string): Builder => (ops as unknown as Record<string, Builder>)[name] as Builder;

function* elementwiseCases(): Generator<Case> {
  for (const [dtype, list] of Object.entries(lists) as [hebb.DType, readonly number[]][]) {
    const unary = (name: string, tolerance: Tolerance): Case => ({
      name: `${name} of ${dtype}`,
      build: () => new Tensor(builderOf(name)(row(list, dtype).node)),
      tolerance,
    });
    const binary = (name: string, tolerance: Tolerance): Case => ({
      name: `${name} of ${dtype}`,
      build: () => new Tensor(builderOf(name)(columns(list, dtype).node, row(list, dtype).node)),
      tolerance,
    });
    for (const name of named("binary")) {
      // Powers of integers are float32, which the other cases have.
      if (name === "pow" && dtype !== "float32") continue;
      const rounded = dtype === "float32" && (name === "div" || name === "pow");
      yield binary(name, rounded ? close : exact);
    }
    if (dtype !== "float32") for (const name of named("bits")) yield binary(name, exact);
    for (const name of named("unary")) if (dtype !== "uint32" || name !== "sign") yield unary(name, exact);
    for (const to of Object.keys(lists) as hebb.DType[]) {
      yield { name: `cast of ${dtype} to ${to}`, build: () => row(list, dtype).to(to), tolerance: exact };
    }
    yield {
      name: `where of ${dtype}`,
      build: () => where(columns([0, 1], "bool"), row(list, dtype), row([...list].reverse(), dtype)),
      tolerance: exact,
    };
  }
  for (const name of named("real")) {
    yield {
      name: `${name} of float32`,
      build: () => new Tensor(builderOf(name)(row(reals, "float32").node)),
      tolerance: close,
    };
    yield {
      name: `${name} over ±20`,
      build: () => new Tensor(builderOf(name)(filled([5000], 20).node)),
      tolerance: close,
    };
  }
  yield { name: "uniform", build: () => rand(1001, { key: [1, 2] }), tolerance: exact };
}

const shape = [7, 33, 65];
const axesOf = { outer: [0], middle: [1], inner: [2], ends: [0, 2], all: [0, 1, 2] } as const;

function* reductionCases(): Generator<Case> {
  for (const [name, axes] of Object.entries(axesOf)) {
    yield { name: `sum ${name}`, build: () => filled(shape).sum([...axes]), tolerance: reordered };
    yield { name: `amax ${name}`, build: () => filled(shape).amax([...axes]), tolerance: exact };
    yield {
      name: `amin of int32 ${name}`,
      build: () =>
        filled(shape, 100)
          .to("int32")
          .amin([...axes]),
      tolerance: exact,
    };
    yield {
      name: `any ${name}`,
      build: () =>
        filled(shape)
          .gt(0.97)
          .any([...axes]),
      tolerance: exact,
    };
  }
  const natural = (size: number[]): Tensor => filled(size, 2e9, 2e9).to("uint32");
  yield { name: "topk of uint32", build: () => hebb.topk(natural([30, 20]), 4).values, tolerance: exact };
  yield { name: "prod", build: () => filled([40, 30], 0.1, 1).prod(1), tolerance: close };
  yield { name: "sum of int32 wraps", build: () => filled([3000], 2e9).to("int32").sum(), tolerance: exact };
  yield {
    name: "sum of a map, and a map of the sum",
    build: () =>
      filled(shape)
        .mul(filled([65]))
        .exp()
        .sum(1)
        .add(1)
        .sqrt(),
    tolerance: reordered,
  };
  yield { name: "sum of 300 000", build: () => filled([300_000], 1, 0.5).sum(), tolerance: reordered };
  yield { name: "amax of all, in parts", build: () => filled([100_003], 1, -2).amax(), tolerance: exact };
  yield { name: "sum of columns, in parts", build: () => filled([10_001, 3]).sum(0).add(1), tolerance: reordered };
  yield { name: "sum of nothing", build: () => filled([3, 0]).sum(1), tolerance: exact };
  yield {
    name: "amax with NaN",
    build: () =>
      tensor([
        [1, nan, 3],
        [-inf, -inf, -inf],
        [inf, 1, 2],
      ]).amax(1),
    tolerance: exact,
  };
  for (const axis of [0, 1, 2]) {
    yield { name: `argmax of axis ${axis}`, build: () => filled(shape).argmax(axis), tolerance: exact };
    yield {
      name: `argmin of int32, axis ${axis}`,
      build: () => filled(shape, 20).to("int32").argmin(axis),
      tolerance: exact,
    };
  }
  yield {
    name: "argmax with NaN and ties",
    build: () =>
      tensor([
        [1, nan, nan],
        [-0, 0, -1],
        [-inf, -inf, -inf],
      ]).argmax(1),
    tolerance: exact,
  };
}

function* matmulCases(): Generator<Case> {
  const product = (m: number, k: number, n: number): Case => ({
    name: `matmul ${m} × ${k} × ${n}`,
    build: () => filled([m, k]).matmul(filled([k, n])),
    tolerance: reordered,
  });
  yield product(1, 1, 1);
  yield product(1, 100, 10);
  yield product(65, 33, 67);
  yield product(130, 200, 64);
  yield product(3, 1000, 90);
  yield product(90, 1000, 3);
  yield product(20, 1300, 20);
  yield product(7, 90, 600);
  yield product(300, 70, 12);
  yield { name: "matmul of nothing", build: () => filled([3, 0]).matmul(filled([0, 4])), tolerance: exact };
  yield {
    name: "matmul of transposed",
    build: () =>
      filled([70, 40])
        .t()
        .matmul(filled([30, 70]).t()),
    tolerance: reordered,
  };
  yield { name: "matmul of vectors", build: () => filled([50]).matmul(filled([50])), tolerance: reordered };
  yield {
    name: "matmul in batches",
    build: () => filled([2, 1, 9, 20]).matmul(filled([3, 20, 5])),
    tolerance: reordered,
  };
  yield {
    name: "matmul of one matrix twice",
    build: () => ((x) => x.matmul(x))(filled([20, 20])),
    tolerance: reordered,
  };
  yield {
    name: "matmul with bias and relu",
    build: () =>
      filled([33, 64])
        .matmul(filled([64, 20]))
        .add(filled([20]))
        .relu(),
    tolerance: reordered,
  };
}

const int = (values: readonly number[]): Tensor => row(values, "int32");

const kernelCases: readonly Case[] = [
  {
    name: "strides, windows and broadcasting",
    build: () =>
      filled([3, 4, 5])
        .permute([2, 0, 1])
        .flip([0])
        .add(filled([3, 1]))
        .slice([1, 5, 2], null, [0, 3]),
    tolerance: exact,
  },
  { name: "pad and concat", build: () => concat([filled([2, 3]).pad([1, 2], 7), filled([1, 6])], 0), tolerance: exact },
  {
    name: "bytes at odd places",
    build: () => concat([filled([3, 5]).gt(0), filled([3, 2]).lt(0), filled([3, 4]).gt(0.5)], 1),
    tolerance: exact,
  },
  {
    name: "uint8 from uint8",
    build: () =>
      row(bytes, "uint8")
        .slice([1, 8])
        .add(row([7], "uint8")),
    tolerance: exact,
  },
  {
    name: "a stored bool that is read again",
    build: async () => {
      const [mask] = await hebb.realize(filled([37]).gt(0.1));
      return where(mask as Tensor, filled([37]), filled([37], 2)).mul((mask as Tensor).to("float32"));
    },
    tolerance: exact,
  },
  {
    name: "more buffers than can be bound",
    build: async () => {
      const parts = await hebb.realize(...Array.from({ length: 12 }, (_, i) => filled([100], i + 1)));
      return parts.reduce((total, part, i) => total.add(part.mul(i)));
    },
    tolerance: reordered,
  },
  {
    name: "more updates than can be bound",
    build: async () => {
      const parameters = Array.from({ length: 9 }, (_, i) => new hebb.Parameter(filled([50], i + 1)));
      const x = filled([50]).exp();
      const loss = parameters.map((p) => p.mul(x).sum()).reduce((total, part) => total.add(part));
      await new hebb.optim.SGD(parameters, { lr: 0.1 }).step(loss);
      return concat(parameters);
    },
    tolerance: reordered,
  },
  {
    name: "results of which one is another's input",
    build: async () => {
      const x = filled([200]).exp();
      const [a, b] = await hebb.realize(x, x.sum());
      return (a as Tensor).div(b as Tensor);
    },
    tolerance: reordered,
  },
  { name: "random bits", build: () => new Tensor(randomBits([0x12345678, -5], [10_001])), tolerance: exact },
  { name: "random numbers", build: () => rand([3001], { key: [7, 8] }), tolerance: exact },
  { name: "normal numbers", build: () => randn([3001], { key: [9, 1] }), tolerance: close },
  { name: "arange", build: () => arange(-5, 1000, 3), tolerance: exact },
  { name: "arange of float32", build: () => arange(0.5, 9, 0.125), tolerance: exact },
  {
    name: "indexSelect by a computed index",
    build: () => filled([6, 5, 3]).indexSelect(1, int([4, 0, 2]).add(int([-5, 1, 2]))),
    tolerance: exact,
  },
  {
    name: "gather by a computed index",
    build: () =>
      filled([6, 5]).gather(
        1,
        int([0, 1, 2, 3, 4, 0])
          .reshape([6, 1])
          .add(int([0, -1]))
          .maximum(int([0, 0])),
      ),
    tolerance: exact,
  },
  {
    name: "scatterAdd",
    build: () => new Tensor(scatterAdd(filled([4, 6]).node, filled([4, 6], 3).to("int32").abs().node, 1, 4)),
    tolerance: reordered,
  },
];

export const cases: readonly Case[] = [
  ...elementwiseCases(),
  ...kernelCases,
  ...dtypeCases,
  ...indexCases,
  ...rowCases,
  ...reductionCases(),
  ...matmulCases(),
  ...windowCases,
];

/** Of every way of a product one. */
const products: readonly string[] = [
  "matmul 65 × 33 × 67",
  "matmul 3 × 1000 × 90",
  "matmul 20 × 1300 × 20",
  "matmul 7 × 90 × 600",
  "matmul 300 × 70 × 12",
  "matmul of transposed",
  "matmul in batches",
  "matmul with bias and relu",
  "conv2d in flat tiles, padded unevenly",
  "conv2d cut into parts",
  "conv2d in groups, strided and dilated",
  "conv2d strided, each phase with its taps",
];
export const productCases: readonly Case[] = cases.filter(({ name }) => products.includes(name));
