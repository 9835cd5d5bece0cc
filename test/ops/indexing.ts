import type { Tensor } from "../../ts/index.ts";
import type { Case } from "./case.ts";
import { type Array64, array64, at, build, indexOf } from "./oracle.ts";

/** Elements of an axis through a function that takes them and gives as many or fewer. */
function along(x: Array64, axis: number, f: (values: number[]) => number[]): Array64 {
  const column = (index: readonly number[]): number[] =>
    Array.from({ length: x.shape[axis] as number }, (_, t) => at(x, index.with(axis, t)));
  const size = f(column(x.shape.map(() => 0))).length;
  return build(x.shape.with(axis, size), (index) => f(column(index))[index[axis] as number] as number);
}

const order = (values: readonly number[], descending: boolean): number[] =>
  values
    .map((_, i) => i)
    .sort((a, b) => ((values[a] as number) - (values[b] as number)) * (descending ? -1 : 1) || a - b);

const ordering: readonly Case[] = [
  ...(
    [
      [[5, 7], 1, 3, true],
      [[5, 7], 0, 2, false],
      [[3, 40], 1, 4, true],
      [[2, 50, 3], 1, 5, false],
      [[300], 0, 300, true],
    ] as const
  ).map(
    ([shape, axis, k, largest]): Case => ({
      name: `topk ${k} of [${shape}] along ${axis}, ${largest ? "largest" : "smallest"}`,
      inputs: [{ shape }],
      run: (hebb, x) => hebb.topk(x as Tensor, k, axis, { largest }).values,
      oracle: (x) =>
        along(x as Array64, axis, (values) => values.toSorted((a, b) => (largest ? b - a : a - b)).slice(0, k)),
    }),
  ),
  {
    name: "argsort of repeated int32",
    inputs: [{ shape: [4, 33], dtype: "int32", low: -4, high: 4 }],
    run: (hebb, x) => hebb.argsort(x as Tensor),
    oracle: (x) => along(x as Array64, 1, (values) => order(values, false)),
  },
  {
    name: "argsort of uint8, descending",
    inputs: [{ shape: [20, 3], dtype: "uint8", low: 0, high: 9 }],
    run: (hebb, x) => hebb.argsort(x as Tensor, 0, { descending: true }),
    oracle: (x) => along(x as Array64, 0, (values) => order(values, true)),
  },
  {
    name: "sort",
    inputs: [{ shape: [3, 17] }],
    run: (hebb, x) => hebb.sort(x as Tensor).values,
    oracle: (x) => along(x as Array64, 1, (values) => values.toSorted((a, b) => a - b)),
  },
];

const running =
  (f: (a: number, b: number) => number, start: number, exclusive: boolean, reverse: boolean) =>
  (values: number[]): number[] => {
    const ordered = reverse ? values.toReversed() : values;
    let total = start;
    const totals = ordered.map((value) => {
      const before = total;
      total = f(total, value);
      return exclusive ? before : total;
    });
    return reverse ? totals.toReversed() : totals;
  };

const scans: readonly Case[] = (
  [
    [[9], 0, false, false],
    [[4, 6], 1, true, false],
    [[4, 6], 0, false, true],
    [[2, 5, 3], 1, true, true],
  ] as const
).flatMap(([shape, axis, exclusive, reverse]): Case[] => {
  const name = `of [${shape}] along ${axis}${exclusive ? ", exclusive" : ""}${reverse ? ", reverse" : ""}`;
  return [
    {
      name: `cumsum ${name}`,
      inputs: [{ shape }],
      run: (hebb, x) => hebb.cumsum(x as Tensor, axis, { exclusive, reverse }),
      oracle: (x) =>
        along(
          x as Array64,
          axis,
          running((a, b) => a + b, 0, exclusive, reverse),
        ),
    },
    {
      name: `cumprod ${name}`,
      inputs: [{ shape, low: 0.5, high: 1.5 }],
      run: (hebb, x) => hebb.cumprod(x as Tensor, axis, { exclusive, reverse }),
      oracle: (x) =>
        along(
          x as Array64,
          axis,
          running((a, b) => a * b, 1, exclusive, reverse),
        ),
    },
    {
      name: `cumsum of uint8 ${name}`,
      inputs: [{ shape, dtype: "uint8", low: 0, high: 255 }],
      run: (hebb, x) => hebb.cumsum(x as Tensor, axis, { exclusive, reverse }),
      oracle: (x) =>
        along(
          x as Array64,
          axis,
          running((a, b) => a + b, 0, exclusive, reverse),
        ),
    },
  ];
});

const combine = {
  none: (_: number, b: number) => b,
  add: (a: number, b: number) => a + b,
  mul: (a: number, b: number) => a * b,
  min: Math.min,
  max: Math.max,
} as const;

const scatters: readonly Case[] = (["none", "add", "mul", "min", "max"] as const).flatMap((reduction) =>
  (
    [
      [[4, 5], [3, 5], 0, "float32"],
      [[4, 9], [4, 7], 1, "float32"],
      [[4, 5, 2], [2, 6, 1], 1, "int32"],
      [[9], [12], 0, "uint8"],
    ] as const
  ).map(([shape, updates, axis, dtype]): Case => {
    const size = shape[axis] as number;
    const [low, high] = dtype === "uint8" ? [0, 6] : [-3, 3];
    return {
      name: `scatter ${dtype} ${reduction} of [${updates}] into [${shape}] along ${axis}`,
      inputs: [
        { shape, dtype, low, high },
        { shape: updates, dtype: "int32", values: (i) => ((i * 7) % (2 * size)) - size },
        { shape: updates, dtype, low, high, phase: 0.3 },
      ],
      run: (hebb, x, index, source) => hebb.scatter(x as Tensor, axis, index as Tensor, source as Tensor, reduction),
      oracle: (x, index, source) => {
        const y = array64((x as Array64).shape, (x as Array64).data);
        (source as Array64).data.forEach((value, i) => {
          const place = indexOf(i, updates);
          const named = (index as Array64).data[i] as number;
          const target = place.with(axis, named < 0 ? named + size : named);
          const flat = target.reduce((sum, coordinate, d) => sum * (shape[d] as number) + coordinate, 0);
          y.data[flat] = combine[reduction](y.data[flat] as number, value);
        });
        return y;
      },
      gradient: dtype === "float32" && (reduction === "none" || reduction === "add") ? [0, 2] : false,
    };
  }),
);

const zeros: readonly Case[] = (["float32", "uint8"] as const).map((dtype) => ({
  name: `nonzero of ${dtype}`,
  inputs: [{ shape: [7, 11], dtype, values: (i) => ((i * i) % 7 < 3 ? 0 : i) }],
  run: (hebb, x) => {
    const { positions, count } = hebb.nonzero(x as Tensor);
    return hebb.concat([positions, count.reshape(1)]);
  },
  oracle: (x) => {
    const places = Array.from((x as Array64).data, (value, i) => (value === 0 ? -1 : i)).filter((i) => i >= 0);
    return array64([78], [...places, ...new Array<number>(77 - places.length).fill(0), places.length]);
  },
  gradient: false,
}));

export const indexing: readonly Case[] = [...ordering, ...scans, ...scatters, ...zeros];
