/** Windows over any number of axes, and sums of weighed neighbours. */
import type { Tensor } from "../../ts/index.ts";
import { type Convolution, convolve, convolveTransposed } from "../../ts/ops/convolution.ts";
import { type SampleOptions, sampleAt } from "../../ts/ops/grid-sample.ts";
import { interpolate, interpolateAxis } from "../../ts/ops/interpolate.ts";
import { avgPool, maxPool, maxPoolIndices, type Pooling, sumPool } from "../../ts/ops/pooling.ts";
import { approx, type Case } from "./case.ts";
import { type Array64, array64, at, build, indexOf, sizeOf, sumOf } from "./oracle.ts";

/** Calls `f` with every position of a box. */
function positions(shape: readonly number[], f: (index: readonly number[]) => void): void {
  for (let i = 0; i < sizeOf(shape); i++) f(indexOf(i, shape));
}

interface Sizes {
  readonly x: readonly number[];
  readonly w: readonly number[];
  readonly options: Convolution;
}

/** Every triple of positions in x, w and y that a convolution of x with w pairs; channels count within their group. */
function pairs(
  { x, w, options }: Sizes,
  [o, size]: readonly [o: number, size: readonly number[]],
  f: (x: readonly number[], w: readonly number[], y: readonly number[]) => void,
): void {
  const { stride, dilation, before, groups } = options;
  positions([x[0] as number, o, (x[1] as number) / groups, ...size, ...w.slice(2)], (index) => {
    const [n, oc, ic] = index as [number, number, number];
    const place = index.slice(3, 3 + size.length);
    const taps = index.slice(3 + size.length);
    const read = place.map((p, i) => p * stride[i]! + taps[i]! * dilation[i]! - before[i]!);
    if (read.some((p, i) => p < 0 || p >= x[i + 2]!)) return;
    const group = Math.floor(oc / (o / groups));
    f([n, group * (x[1]! / groups) + ic, ...read], [oc, ic, ...taps], [n, oc, ...place]);
  });
}

const place = (shape: readonly number[], index: readonly number[]): number =>
  index.reduce((sum, p, axis) => sum * (shape[axis] as number) + p, 0);

const sizeAfter = ({ x, w, options }: Sizes): number[] =>
  options.stride.map((step, i) => {
    const reach = (w[i + 2]! - 1) * options.dilation[i]! + 1;
    return Math.floor((x[i + 2]! + options.before[i]! + options.after[i]! - reach) / step) + 1;
  });

const plain = (rank: number, options: Partial<Convolution> = {}): Convolution => ({
  stride: new Array(rank).fill(1),
  dilation: new Array(rank).fill(1),
  before: new Array(rank).fill(0),
  after: new Array(rank).fill(0),
  groups: 1,
  ...options,
});

const convolved: readonly Sizes[] = [
  { x: [2, 4, 9], w: [6, 2, 3], options: plain(1, { groups: 2, stride: [2], before: [1], after: [2] }) },
  {
    x: [2, 2, 5, 4, 5],
    w: [3, 2, 2, 3, 2],
    options: plain(3, { stride: [2, 1, 1], before: [1, 0, 1], after: [0, 1, 0] }),
  },
  { x: [1, 4, 5, 3, 4], w: [2, 2, 2, 2, 2], options: plain(3, { groups: 2, dilation: [3, 1, 2] }) },
  { x: [1, 1, 3, 3, 3, 3], w: [2, 1, 2, 2, 2, 2], options: plain(4) },
];

const convolutions: readonly Case[] = convolved.map((sizes) => ({
  name: `convolve [${sizes.x}] with [${sizes.w}]`,
  inputs: [{ shape: sizes.x }, { shape: sizes.w, low: -1, high: 1 }],
  run: ({ Tensor }, x, w) => new Tensor(convolve((x as Tensor).node, (w as Tensor).node, sizes.options)),
  oracle: (x, w) => {
    const [o, size] = [sizes.w[0] as number, sizeAfter(sizes)];
    const shape = [sizes.x[0] as number, o, ...size];
    const y = new Float64Array(sizeOf(shape));
    pairs(sizes, [o, size], (i, k, j) => {
      y[place(shape, j)]! += at(x as Array64, i) * at(w as Array64, k);
    });
    return array64(shape, y);
  },
  tolerance: approx,
}));

const transposedSizes: readonly [x: readonly number[], w: readonly number[], size: readonly number[], Convolution][] = [
  [[2, 4, 5], [4, 3, 3], [11], plain(1, { groups: 2, stride: [2], before: [1], after: [0] })],
  [[1, 2, 3, 4], [2, 3, 2, 3], [8, 10], plain(2, { stride: [3, 2], before: [0, -1] })],
  [
    [1, 4, 3, 2, 3],
    [4, 1, 3, 2, 2],
    [6, 3, 5],
    plain(3, { groups: 2, stride: [2, 1, 2], dilation: [1, 2, 1], before: [1, 0, 1] }),
  ],
];

const transposed: readonly Case[] = transposedSizes.map(([x, w, size, options]) => ({
  name: `convolveTransposed [${x}] with [${w}] to [${size}]`,
  inputs: [{ shape: x }, { shape: w, low: -1, high: 1 }],
  run: ({ Tensor }, a, b) => new Tensor(convolveTransposed((a as Tensor).node, (b as Tensor).node, options, size)),
  oracle: (a, b) => {
    const shape = [x[0] as number, w[1]! * options.groups, ...size];
    const y = new Float64Array(sizeOf(shape));
    pairs({ x: shape, w, options }, [x[1] as number, x.slice(2)], (j, k, i) => {
      y[place(shape, j)]! += at(a as Array64, i) * at(b as Array64, k);
    });
    return array64(shape, y);
  },
  tolerance: approx,
}));

const pooled: readonly (readonly [x: readonly number[], Pooling])[] = [
  [[2, 3, 9], { kernel: [3], stride: [2], dilation: [1], before: [1], after: [0], size: [5] }],
  [[1, 2, 6, 5], { kernel: [3, 2], stride: [2, 2], dilation: [1, 1], before: [0, 1], after: [0, 0], size: [3, 3] }],
  [
    [2, 2, 5, 6, 4],
    { kernel: [2, 3, 2], stride: [2, 1, 2], dilation: [2, 1, 1], before: [1, 1, 1], after: [0, 1, 0], size: [2, 6, 2] },
  ],
];

/** `f` of the positions in every window that lie in x, and of the number that do not lie behind the padding. */
function pool(
  x: Array64,
  pooling: Pooling,
  f: (inside: readonly (readonly number[])[], padded: number) => number,
): Array64 {
  const { kernel, stride, dilation, before, after, size } = pooling;
  return build([...x.shape.slice(0, 2), ...size], (index) => {
    const inside: number[][] = [];
    let padded = 0;
    positions(kernel, (taps) => {
      const read = taps.map((tap, i) => index[i + 2]! * stride[i]! + tap * dilation[i]! - before[i]!);
      if (read.every((p, i) => p < x.shape[i + 2]! + after[i]!)) padded++;
      if (read.every((p, i) => p >= 0 && p < x.shape[i + 2]!)) inside.push([...index.slice(0, 2), ...read]);
    });
    return f(inside, padded);
  });
}

const valuesAt = (x: Array64, inside: readonly (readonly number[])[]): number[] => inside.map((index) => at(x, index));

const pools: readonly Case[] = pooled.flatMap(([shape, pooling]) => {
  const rank = pooling.kernel.length;
  const of = (name: string, run: (x: Tensor) => Tensor["node"], oracle: (x: Array64) => Array64, more = {}): Case => ({
    name: `${name} over ${rank} axes`,
    inputs: [{ shape }],
    run: ({ Tensor }, x) => new Tensor(run(x as Tensor)),
    oracle: (x) => oracle(x as Array64),
    ...more,
  });
  const indices = (order: "row" | "column"): Case =>
    of(
      `maxPoolIndices by ${order}`,
      (x) => maxPoolIndices(x.node, pooling, order),
      (x) =>
        pool(x, pooling, (inside) => {
          const values = valuesAt(x, inside);
          const [n, c, ...rest] = inside[values.indexOf(Math.max(...values))] as [number, number, ...number[]];
          const spatial = shape.slice(2);
          const within = order === "row" ? place(spatial, rest) : place(spatial.toReversed(), rest.toReversed());
          return (n * shape[1]! + c) * sizeOf(spatial) + within;
        }),
      { gradient: false },
    );
  return [
    of(
      "maxPool",
      (x) => maxPool(x.node, pooling),
      (x) => pool(x, pooling, (inside) => Math.max(...valuesAt(x, inside))),
    ),
    ...[true, false].map((counted) =>
      of(
        `avgPool, padding ${counted ? "counted" : "left out"},`,
        (x) => avgPool(x.node, pooling, counted),
        (x) => pool(x, pooling, (inside, padded) => sumOf(valuesAt(x, inside)) / (counted ? padded : inside.length)),
      ),
    ),
    of(
      "sumPool",
      (x) => sumPool(x.node, pooling),
      (x) => pool(x, pooling, (inside) => sumOf(valuesAt(x, inside))),
    ),
    indices("row"),
    indices("column"),
  ];
});

/** x [o, n, i] at index and weight [b, p, k]. */
function weighed(x: Array64, index: Array64, weight: Array64): Array64 {
  const [o, , i] = x.shape as [number, number, number];
  const [b, p, k] = index.shape as [number, number, number];
  return build([o, p, i], ([plane, q, column]) => {
    const batch = Math.floor(plane! / (o / b));
    const terms = Array.from({ length: k }, (_, t) => {
      const from = at(index, [batch, q!, t]);
      return at(weight, [batch, q!, t]) * at(x, [plane!, from, column!]);
    });
    return sumOf(terms);
  });
}

/** Taps of `reach` neighbours in rising order, or anywhere. */
const tapsOf = (b: number, p: number, k: number, n: number, reach: number) => [
  {
    shape: [b, p, k],
    dtype: "int32" as const,
    values: (i: number) =>
      reach === n
        ? (i * 7 + 3) % n
        : Math.min(n - 1, Math.floor((Math.floor(i / k) % p) * ((n - reach) / p)) + ((i % k) % reach)),
  },
  { shape: [b, p, k], low: -1, high: 1, phase: 0.2 },
];

const interpolated: readonly Case[] = (
  [
    ["4 neighbours", [6, 20, 1], tapsOf(1, 37, 2, 20, 2)],
    ["8 neighbours", [6, 40, 1], tapsOf(2, 33, 5, 40, 5)],
    ["elements apart", [70, 30, 1], tapsOf(1, 9, 3, 30, 30)],
    ["rows", [4, 9, 37], tapsOf(2, 11, 3, 9, 9)],
    ["short rows", [2, 5, 3], tapsOf(1, 7, 4, 5, 5)],
  ] as const
).map(([name, shape, taps]) => ({
  name: `interpolate ${name}`,
  inputs: [{ shape }, ...taps],
  run: ({ Tensor }, x, index, weight) =>
    new Tensor(interpolate((x as Tensor).node, (index as Tensor).node, (weight as Tensor).node)),
  oracle: (x, index, weight) => weighed(x as Array64, index as Array64, weight as Array64),
  tolerance: approx,
}));

const [index, weight] = tapsOf(1, 6, 2, 4, 4);
const alongAxis: Case = {
  name: "interpolate along an axis",
  inputs: [{ shape: [3, 4, 5] }, { ...index!, shape: [6, 2] }, { ...weight!, shape: [6, 2] }],
  run: ({ Tensor }, x, i, w) =>
    new Tensor(interpolateAxis((x as Tensor).node, 1, (i as Tensor).node, (w as Tensor).node)),
  oracle: (x, i, w) =>
    weighed(x as Array64, array64([1, 6, 2], (i as Array64).data), array64([1, 6, 2], (w as Array64).data)),
  tolerance: approx,
};

/** d/dx of Σ y² / 2 for the y of the taps, which is linear in x. */
const derivative: Case = {
  name: "interpolate, derivative by its input",
  inputs: [{ shape: [4, 6, 3] }, ...tapsOf(2, 5, 2, 6, 6)],
  run: ({ grad, Tensor }, x, i, w) =>
    grad((at: Tensor) => {
      const y = new Tensor(interpolate(at.node, (i as Tensor).node, (w as Tensor).node));
      return y.mul(y).sum().mul(0.5);
    })(x as Tensor) as Tensor,
  oracle: (x, i, w) => {
    const f = (of: Array64): Float64Array => weighed(of, i as Array64, w as Array64).data;
    const y = f(x as Array64);
    return array64((x as Array64).shape, (e) => {
      const unit = array64((x as Array64).shape, (k) => Number(k === e));
      return sumOf(Array.from(f(unit), (value, k) => value * (y[k] as number)));
    });
  },
  tolerance: approx,
};

/** What a tap outside an axis reads: null for 0. */
function within(i: number, length: number, { outside, alignCorners }: SampleOptions): number | null {
  if (i >= 0 && i < length) return i;
  if (outside === "zeros") return null;
  if (outside === "border") return i < 0 ? 0 : length - 1;
  const twice = alignCorners ? 0 : -1;
  const mirrored = i < 0 ? twice - i : 2 * (length - 1) - twice - i;
  return within(mirrored, length, { mode: "nearest", outside, alignCorners });
}

function height(d: number, mode: SampleOptions["mode"]): number {
  if (mode === "linear") return Math.max(0, 1 - d);
  if (mode === "nearest") return Number(d < 0.5);
  return d < 1 ? 1.25 * d ** 3 - 2.25 * d ** 2 + 1 : d < 2 ? -0.75 * (d ** 3 - 5 * d ** 2 + 8 * d - 4) : 0;
}

/** Points within an element's breadth of the tensor, where no convention sets coordinates straight first. */
const sampled: readonly Case[] = (["nearest", "linear", "cubic"] as const).flatMap((mode) =>
  (["zeros", "border", "reflection"] as const).map((outside): Case => {
    const options = { mode, outside, alignCorners: outside === "zeros" };
    const [h, w, points] = [5, 4, 12];
    return {
      name: `interpolate at points, ${mode}, outside ${outside}`,
      inputs: [
        { shape: [2, 3, h, w] },
        { shape: [2, points], low: -0.49, high: h - 0.51 },
        { shape: [2, points], low: -0.49, high: w - 0.51, phase: 0.3 },
        { shape: [2, points], low: 0.5, high: 2 },
      ],
      run: ({ Tensor }, x, y, z, scale) => {
        const at = [(y as Tensor).node, (z as Tensor).node];
        return new Tensor(sampleAt((x as Tensor).node, at, options, (scale as Tensor).node));
      },
      oracle: (x, y, z, scale) =>
        build([2, 3, points], ([n, c, p]) => {
          const [py, px] = [at(y as Array64, [n!, p!]), at(z as Array64, [n!, p!])];
          let sum = 0;
          for (let i = -3; i < h + 3; i++) {
            for (let j = -3; j < w + 3; j++) {
              const from = [within(i, h, options), within(j, w, options)];
              if (from[0] === null || from[1] === null) continue;
              const weight = height(Math.abs(py - i), mode) * height(Math.abs(px - j), mode);
              if (weight !== 0) sum += weight * at(x as Array64, [n!, c!, from[0]!, from[1]!]);
            }
          }
          return sum * at(scale as Array64, [n!, p!]);
        }),
      tolerance: approx,
      ...(mode === "nearest" ? { gradient: [0, 3] } : {}),
    };
  }),
);

export const spatial: readonly Case[] = [
  ...convolutions,
  ...transposed,
  ...pools,
  ...interpolated,
  alongAxis,
  ...sampled,
  derivative,
];
