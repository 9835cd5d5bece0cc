import type { Tensor } from "../../ts/index.ts";
import { approx, type Case } from "./case.ts";
import { type Array64, at, build, conv2d, map, matmul, pool2d, reduce, type Sliding, sumOf, zip } from "./oracle.ts";

const over = (
  name: string,
  shape: readonly number[],
  axes: readonly number[],
  run: (x: Tensor) => Tensor,
  f: (values: number[]) => number,
  rest: Partial<Case> = {},
): Case => ({
  name: `${name} of [${shape}] over [${axes}]`,
  inputs: [{ shape }],
  run: (_, x) => run(x as Tensor),
  oracle: (x) => reduce(x as Array64, axes, f),
  ...rest,
});

const mean = (values: readonly number[]): number => sumOf(values) / values.length;
const product = (values: readonly number[]): number => values.reduce((a, b) => a * b, 1);
const variance = (values: readonly number[]): number =>
  sumOf(values.map((v) => (v - mean(values)) ** 2)) / (values.length - 1);

const reductions: readonly Case[] = [
  over("sum", [37], [0], (x) => x.sum(), sumOf),
  over("sum", [3, 5, 7], [1], (x) => x.sum(1), sumOf),
  over("sum", [3, 5, 7], [0, 2], (x) => x.sum([0, 2]), sumOf),
  over("sum", [64, 10], [0], (x) => x.sum(0), sumOf, { tolerance: approx }),
  over("sum", [2, 3, 4, 5], [0, 2, 3], (x) => x.sum([0, 2, 3]), sumOf, { tolerance: approx }),
  over("sum", [3, 700], [1], (x) => x.sum(1), sumOf, { tolerance: approx }),
  over("sum", [], [], (x) => x.sum(), sumOf),
  over(
    "sum of a map",
    [5, 9],
    [1],
    (x) => x.mul(x).add(1).sum(1),
    (v) => sumOf(v.map((a) => a * a + 1)),
    { tolerance: approx },
  ),
  {
    ...over("sum of uint8", [300], [0], (x) => x.sum(), sumOf),
    inputs: [{ shape: [300], dtype: "uint8", low: 0, high: 255 }],
  },
  over("sum kept", [3, 5], [1], (x) => x.sum(1, { keepdim: true }).squeeze(1), sumOf),
  over("mean", [6, 11], [0], (x) => x.mean(0), mean),
  over("mean", [6, 11], [0, 1], (x) => x.mean(), mean),
  over("prod", [4, 5], [1], (x) => x.prod(1), product, { tolerance: approx }),
  over(
    "amax",
    [4, 13],
    [1],
    (x) => x.amax(1),
    (v) => Math.max(...v),
  ),
  over(
    "amin",
    [4, 13],
    [0],
    (x) => x.amin(0),
    (v) => Math.min(...v),
  ),
  over(
    "max",
    [4, 13],
    [0, 1],
    (x) => x.max(),
    (v) => Math.max(...v),
  ),
  over(
    "max values",
    [4, 13],
    [1],
    (x) => x.max(1).values,
    (v) => Math.max(...v),
  ),
  over(
    "argmax",
    [4, 13],
    [1],
    (x) => x.argmax(1),
    (v) => v.indexOf(Math.max(...v)),
    { gradient: false },
  ),
  over(
    "argmin",
    [4, 13],
    [0],
    (x) => x.argmin(0),
    (v) => v.indexOf(Math.min(...v)),
    { gradient: false },
  ),
  over(
    "any",
    [4, 3],
    [1],
    (x) => x.gt(1).any(1),
    (v) => Number(v.some((a) => a > 1)),
    { gradient: false },
  ),
  over(
    "all",
    [4, 3],
    [1],
    (x) => x.gt(-1).all(1),
    (v) => Number(v.every((a) => a > -1)),
    { gradient: false },
  ),
  over("var", [5, 7], [1], (x) => x.var(1), variance, { tolerance: approx }),
  over(
    "std",
    [5, 7],
    [1],
    (x) => x.std(1),
    (v) => Math.sqrt(variance(v)),
    { tolerance: approx },
  ),
];

const softmaxOf = (x: Array64, axis: number, log: boolean): Array64 => {
  const total = reduce(x, [axis], (v) => Math.log(sumOf(v.map(Math.exp))));
  return build(x.shape, (index) => {
    const value =
      at(x, index) -
      at(
        total,
        index.filter((_, i) => i !== axis),
      );
    return log ? value : Math.exp(value);
  });
};

const softmaxes: readonly Case[] = [1, 0, -1].flatMap((axis) =>
  [false, true].map(
    (log): Case => ({
      name: `${log ? "logSoftmax" : "softmax"} along ${axis}`,
      inputs: [{ shape: [4, 9], low: -5, high: 5 }],
      run: (_, x) => (log ? (x as Tensor).logSoftmax(axis) : (x as Tensor).softmax(axis)),
      oracle: (x) => softmaxOf(x as Array64, axis === -1 ? 1 : axis, log),
      tolerance: approx,
    }),
  ),
);

const product2 = (
  name: string,
  a: readonly number[],
  b: readonly number[],
  run: (a: Tensor, b: Tensor) => Tensor,
  oracle: (a: Array64, b: Array64) => Array64,
): Case => ({
  name,
  inputs: [{ shape: a }, { shape: b, low: -1, high: 1.5 }],
  run: (_, x, y) => run(x as Tensor, y as Tensor),
  oracle: (x, y) => oracle(x as Array64, y as Array64),
  tolerance: approx,
});

const transposed = (x: Array64): Array64 =>
  build([x.shape[1] as number, x.shape[0] as number], ([i, j]) => at(x, [j as number, i as number]));
const bias = map((x) => Math.max(x, 0));

const matmuls: readonly Case[] = [
  product2("matmul", [5, 7], [7, 3], (a, b) => a.matmul(b), matmul),
  product2(
    "matmul by a transpose",
    [5, 7],
    [3, 7],
    (a, b) => a.matmul(b.t()),
    (a, b) => matmul(a, transposed(b)),
  ),
  product2(
    "matmul of a transpose",
    [7, 5],
    [7, 3],
    (a, b) => a.t().matmul(b),
    (a, b) => matmul(transposed(a), b),
  ),
  product2("matmul of one row", [1, 65], [65, 10], (a, b) => a.matmul(b), matmul),
  product2(
    "matmul, then a map",
    [33, 17],
    [17, 10],
    (a, b) => a.matmul(b).add(0.1).relu(),
    (a, b) => bias(map((x) => x + 0.1)(matmul(a, b))),
  ),
  product2("matmul of batches", [2, 3, 4, 5], [2, 3, 5, 6], (a, b) => a.matmul(b), matmul),
  product2("matmul broadcast", [3, 4, 5], [5, 6], (a, b) => a.matmul(b), matmul),
  product2("matmul broadcast left", [4, 5], [3, 5, 2], (a, b) => a.matmul(b), matmul),
  product2(
    "a product read transposed",
    [4, 5],
    [5, 3],
    (a, b) => a.matmul(b).t().exp(),
    (a, b) => map(Math.exp)(transposed(matmul(a, b))),
  ),
  {
    ...product2("matmul of integers", [2, 3, 4], [4, 5], (a, b) => a.matmul(b), matmul),
    inputs: [
      { shape: [2, 3, 4], dtype: "int32", low: -40_000, high: 40_000 },
      { shape: [4, 5], dtype: "uint8", low: 0, high: 255 },
    ],
    tolerance: 0,
  },
  product2(
    "vector by matrix",
    [5],
    [5, 3],
    (a, b) => a.matmul(b),
    (a, b) => build([3], ([j]) => at(matmul({ shape: [1, 5], data: a.data }, b), [0, j as number])),
  ),
  product2(
    "dot",
    [9],
    [9],
    (a, b) => a.dot(b),
    (a, b) => reduce(zip((x, y) => (x as number) * (y as number))(a, b), [0], sumOf),
  ),
];

interface Options extends Sliding {
  readonly groups: number;
}

const slide = (options: Partial<Options> = {}): Options => ({
  stride: [1, 1],
  padding: [0, 0, 0, 0],
  dilation: [1, 1],
  groups: 1,
  ...options,
});

/** Each: x, w, options. */
const convolutionShapes: readonly [readonly number[], readonly number[], Partial<Options>][] = [
  [[2, 1, 8, 9], [3, 1, 5, 5], { padding: [2, 2, 2, 2] }],
  [[2, 3, 7, 7], [4, 3, 3, 3], {}],
  [[1, 3, 8, 7], [4, 3, 3, 2], { stride: [2, 1], padding: [1, 0, 2, 1] }],
  [[2, 4, 9, 9], [6, 2, 3, 3], { groups: 2, dilation: [2, 2] }],
  [[1, 5, 6, 6], [5, 1, 3, 3], { groups: 5, padding: [1, 1, 1, 1] }],
  [[2, 6, 5, 5], [3, 6, 1, 1], {}],
  [[1, 2, 3, 3], [2, 2, 3, 3], {}],
];

const windowOf = (options: Options) => ({
  stride: options.stride,
  padding: options.padding,
  dilation: options.dilation,
});

const convolutions: readonly Case[] = convolutionShapes.map(([x, w, options]) => ({
  name: `conv2d [${x}] by [${w}] ${JSON.stringify(options)}`,
  inputs: [{ shape: x }, { shape: w, low: -1, high: 1 }],
  run: (hebb, a, b) => hebb.nn.functional.conv2d(a as Tensor, b as Tensor, null, slide(options)),
  oracle: (a, b) => conv2d(a as Array64, b as Array64, slide(options)),
  tolerance: approx,
}));

const poolShapes: readonly [readonly number[], readonly [number, number], Partial<Options>][] = [
  [[2, 3, 6, 8], [2, 2], { stride: [2, 2] }],
  [[1, 2, 7, 7], [3, 3], { stride: [2, 2], padding: [1, 1, 1, 1] }],
  [[1, 2, 9, 7], [2, 3], { stride: [1, 2], dilation: [2, 1] }],
];

const pools: readonly Case[] = poolShapes.flatMap(([x, kernel, options]) => [
  {
    name: `maxPool2d [${x}] by [${kernel}] ${JSON.stringify(options)}`,
    inputs: [{ shape: x }],
    run: (hebb, a) => hebb.nn.functional.maxPool2d(a as Tensor, kernel, windowOf(slide(options))),
    oracle: (a) => pool2d(a as Array64, kernel, slide(options), (v) => Math.max(...v)),
  } satisfies Case,
  ...(options.dilation ? [] : [true, false]).map(
    (countIncludePad): Case => ({
      name: `avgPool2d [${x}] by [${kernel}] ${JSON.stringify(options)}, padding ${countIncludePad ? "counted" : "left out"}`,
      inputs: [{ shape: x }],
      run: (hebb, a) =>
        hebb.nn.functional.avgPool2d(a as Tensor, kernel, { ...windowOf(slide(options)), countIncludePad }),
      oracle: (a) =>
        pool2d(a as Array64, kernel, slide(options), (v, padded) => sumOf(v) / (countIncludePad ? padded : v.length)),
    }),
  ),
]);

export const reduction: readonly Case[] = [...reductions, ...softmaxes, ...matmuls, ...convolutions, ...pools];
