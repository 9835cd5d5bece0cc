import type { Tensor } from "../../ts/index.ts";
import type { Case } from "./case.ts";
import { type Array64, array64, at, build } from "./oracle.ts";

const one = (
  name: string,
  shape: readonly number[],
  run: (x: Tensor) => Tensor,
  oracle: (x: Array64) => Array64,
): Case => ({ name, inputs: [{ shape }], run: (_, x) => run(x as Tensor), oracle: (x) => oracle(x as Array64) });

const reshaped = (shape: readonly number[]) => (x: Array64) => array64(shape, x.data);

export const movement: readonly Case[] = [
  one(
    "reshape",
    [4, 6],
    (x) => x.reshape([3, -1]).mul(2),
    (x) =>
      array64(
        [3, 8],
        x.data.map((v) => 2 * v),
      ),
  ),
  one(
    "reshape of a transpose",
    [4, 6],
    (x) => x.t().reshape(2, 12),
    (x) =>
      build([2, 12], ([i, j]) => {
        const flat = (i as number) * 12 + (j as number);
        return at(x, [flat % 4, Math.floor(flat / 4)]);
      }),
  ),
  one("flatten", [2, 3, 4], (x) => x.flatten(1), reshaped([2, 12])),
  one("squeeze and unsqueeze", [1, 3, 1], (x) => x.squeeze().unsqueeze(0), reshaped([1, 3])),
  one(
    "permute",
    [2, 3, 5],
    (x) => x.permute(2, 0, 1),
    (x) => build([5, 2, 3], ([a, b, c]) => at(x, [b as number, c as number, a as number])),
  ),
  one(
    "transpose",
    [3, 5],
    (x) => x.transpose(0, 1),
    (x) => build([5, 3], ([a, b]) => at(x, [b as number, a as number])),
  ),
  one(
    "expand",
    [3, 1],
    (x) => x.expand(2, 3, 4),
    (x) => build([2, 3, 4], ([, b]) => at(x, [b as number, 0])),
  ),
  one(
    "expand of a scalar",
    [],
    (x) => x.expand(2, 3),
    (x) => build([2, 3], () => at(x, [])),
  ),
  one(
    "slice",
    [7, 9],
    (x) => x.slice([1, 6], [null, null, 2]),
    (x) => build([5, 5], ([a, b]) => at(x, [(a as number) + 1, (b as number) * 2])),
  ),
  one(
    "slice backwards",
    [7, 9],
    (x) => x.slice([null, null, -2]),
    (x) => build([4, 9], ([a, b]) => at(x, [6 - 2 * (a as number), b as number])),
  ),
  one(
    "narrow and select",
    [7, 9],
    (x) => x.narrow(1, 2, 5).select(0, -1),
    (x) => build([5], ([a]) => at(x, [6, 2 + (a as number)])),
  ),
  one(
    "flip",
    [3, 5],
    (x) => x.flip([0, 1]),
    (x) => build([3, 5], ([a, b]) => at(x, [2 - (a as number), 4 - (b as number)])),
  ),
  one(
    "pad",
    [3, 5],
    (x) => x.pad([1, 2, 0, 1], 0.5),
    (x) =>
      build([4, 8], ([a, b]) => {
        const [i, j] = [a as number, (b as number) - 1];
        return i < 3 && j >= 0 && j < 5 ? at(x, [i, j]) : 0.5;
      }),
  ),
  one(
    "a slice of a pad of a sum",
    [3, 5],
    (x) => x.add(1).pad([2, 2]).slice(null, [1, 7]),
    (x) =>
      build([3, 6], ([a, b]) => {
        const j = (b as number) - 1;
        return j >= 0 && j < 5 ? at(x, [a as number, j]) + 1 : 0;
      }),
  ),
  one(
    "split and join",
    [6, 4],
    (x) => {
      const [a, b] = x.split(3) as [Tensor, Tensor];
      return a.mul(b);
    },
    (x) => build([3, 4], ([i, j]) => at(x, [i as number, j as number]) * at(x, [(i as number) + 3, j as number])),
  ),
  {
    name: "concat of computed parts",
    inputs: [{ shape: [2, 3] }, { shape: [2, 5] }, { shape: [2, 1] }],
    run: (hebb, a, b, c) => hebb.concat([(a as Tensor).mul(2), b as Tensor, (c as Tensor).exp()], 1),
    oracle: (a, b, c) =>
      build([2, 9], ([i, j]) => {
        const [row, column] = [i as number, j as number];
        if (column < 3) return 2 * at(a as Array64, [row, column]);
        return column < 8 ? at(b as Array64, [row, column - 3]) : Math.exp(at(c as Array64, [row, 0]));
      }),
  },
  {
    name: "stack",
    inputs: [{ shape: [4] }, { shape: [4], low: 5, high: 6 }],
    run: (hebb, a, b) => hebb.stack([a as Tensor, b as Tensor], 1),
    oracle: (a, b) => build([4, 2], ([i, j]) => at((j === 0 ? a : b) as Array64, [i as number])),
  },
  {
    name: "gather",
    inputs: [{ shape: [4, 5] }, { shape: [4, 2], dtype: "int32", values: (i) => (i * 3) % 5 }],
    run: (_, x, index) => (x as Tensor).gather(1, index as Tensor),
    oracle: (x, index) =>
      build([4, 2], ([i, j]) => at(x as Array64, [i as number, at(index as Array64, [i as number, j as number])])),
  },
  {
    name: "indexSelect with repeats and from the end",
    inputs: [{ shape: [4, 5] }, { shape: [2, 3], dtype: "int32", values: (i) => [0, 3, -1, 1, 0, 0][i] as number }],
    run: (_, x, index) => (x as Tensor).indexSelect(0, index as Tensor),
    oracle: (x, index) =>
      build([2, 3, 5], ([i, j, k]) => {
        const row = at(index as Array64, [i as number, j as number]);
        return at(x as Array64, [row < 0 ? row + 4 : row, k as number]);
      }),
  },
  {
    name: "scatterAdd",
    inputs: [{ shape: [3, 4] }, { shape: [5, 4], dtype: "int32", values: (i) => (i * 2) % 3 }, { shape: [5, 4] }],
    run: (_, x, index, source) => (x as Tensor).scatterAdd(0, index as Tensor, source as Tensor),
    oracle: (x, index, source) =>
      build([3, 4], ([i, j]) => {
        let sum = at(x as Array64, [i as number, j as number]);
        for (let r = 0; r < 5; r++) {
          if (at(index as Array64, [r, j as number]) === i) sum += at(source as Array64, [r, j as number]);
        }
        return sum;
      }),
  },
  {
    name: "oneHot",
    inputs: [{ shape: [3, 2], dtype: "int32", values: (i) => i % 4 }],
    run: (hebb, index) => hebb.oneHot(index as Tensor, 4),
    oracle: (index) => build([3, 2, 4], ([i, j, k]) => Number(at(index as Array64, [i as number, j as number]) === k)),
    gradient: false,
  },
  {
    name: "oneHot of computed classes",
    inputs: [{ shape: [3, 5] }],
    run: (hebb, x) => hebb.oneHot((x as Tensor).argmax(1), 5),
    oracle: (x) =>
      build([3, 5], ([i, j]) => {
        const row = (x as Array64).data.slice(5 * (i as number), 5 * (i as number) + 5);
        return Number(row.indexOf(Math.max(...row)) === j);
      }),
    gradient: false,
  },
  {
    name: "a slice of a scatterAdd",
    inputs: [{ shape: [4, 3] }, { shape: [4, 3], dtype: "int32", values: (i) => (i * 2) % 5 }],
    run: (hebb, x, index) =>
      hebb
        .zeros([5, 3])
        .scatterAdd(0, index as Tensor, (x as Tensor).exp())
        .slice([1, 4]),
    oracle: (x, index) =>
      build([3, 3], ([i, j]) => {
        let sum = 0;
        for (let r = 0; r < 4; r++) {
          const [row, column] = [at(index as Array64, [r, j as number]), j as number];
          if (row === (i as number) + 1) sum += Math.exp(at(x as Array64, [r, column]));
        }
        return sum;
      }),
  },
  {
    name: "a product with a detached tensor",
    inputs: [{ shape: [2, 3] }],
    run: (hebb, x) => {
      const w = hebb.tensor([1, 2, 3], { requiresGrad: true });
      return (x as Tensor).mul(w.exp().detach());
    },
    oracle: (x) =>
      build([2, 3], ([i, j]) => at(x as Array64, [i as number, j as number]) * Math.exp((j as number) + 1)),
  },
  {
    name: "ranges and constants",
    inputs: [{ shape: [3, 4] }],
    run: (hebb, x) =>
      (x as Tensor)
        .mul(hebb.arange(4))
        .add(hebb.linspace(0, 1, 4))
        .add(hebb.eye(3, 4))
        .add(hebb.full([3, 1], 0.25))
        .sub(hebb.ones([4])),
    oracle: (x) =>
      build(
        [3, 4],
        ([i, j]) =>
          at(x as Array64, [i as number, j as number]) * (j as number) + (j as number) / 3 + Number(i === j) + 0.25 - 1,
      ),
  },
];
