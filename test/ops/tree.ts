/** Ensembles of decision trees, against a walk written as sentences. */
import { hostLeaf } from "../../ts/ops/leaf.ts";
import { missingGoesTrue, type TreeAggregate, treeEnsemble } from "../../ts/ops/tree-ensemble.ts";
import { Tensor } from "../../ts/tensor/tensor.ts";
import type { Case } from "./case.ts";
import { at, build } from "./oracle.ts";

const ints = (values: readonly number[], shape: readonly number[] = [values.length]): Tensor["node"] =>
  hostLeaf(Int32Array.from(values), shape, "int32");
const floats = (values: readonly number[]): Tensor["node"] =>
  hostLeaf(Float32Array.from(values), [values.length], "float32");

/**
 * Tree 0: x0 <= 0 ? leaf 0 : (x1 > 0.5 ? leaf 1 : leaf 2). Tree 1: x2 < -1 ? leaf 3 : leaf 1. Tree 2 is leaf 2 alone.
 * Leaf 2 speaks for both targets.
 */
const tables = {
  thresholds: floats([0, 0.5, -1]),
  nodes: ints([0, 0, -1, 1, 1, 3 + missingGoesTrue, -2, -3, 2, 1, -4, -2], [3, 4]),
  roots: ints([0, 2, -3]),
  leaves: ints([0, 1, 2, 4, 5]),
  targets: ints([0, 1, 0, 1, 0]),
  weights: floats([1, 2, 4, -8, 16]),
};
const leaves = [
  [[0, 1]],
  [[1, 2]],
  [
    [0, 4],
    [1, -8],
  ],
  [[0, 16]],
] as const;

function said([x0, x1, x2]: readonly number[], target: number): number[] {
  const first = (x0 as number) <= 0 ? 0 : Number.isNaN(x1) || (x1 as number) > 0.5 ? 1 : 2;
  const second = (x2 as number) < -1 ? 3 : 1;
  return [first, second, 2].flatMap((leaf) =>
    (leaves[leaf] as readonly (readonly [number, number])[]).filter(([t]) => t === target).map(([, weight]) => weight),
  );
}

const join: Readonly<Record<TreeAggregate, (weights: readonly number[]) => number>> = {
  sum: (weights) => weights.reduce((a, b) => a + b, 0),
  average: (weights) => weights.reduce((a, b) => a + b, 0) / 3,
  min: (weights) => Math.min(...weights),
  max: (weights) => Math.max(...weights),
};

export const tree: readonly Case[] = (["sum", "average", "min", "max"] as const).map(
  (aggregate): Case => ({
    name: `treeEnsemble by ${aggregate}`,
    inputs: [{ shape: [37, 3], values: (i) => (i % 17 === 16 ? Number.NaN : ((i * 7) % 11) / 2 - 2.5) }],
    run: (_, x) => new Tensor(treeEnsemble(x.node, tables, 2, aggregate)),
    oracle: (x) =>
      build([37, 2], ([row, target]) =>
        join[aggregate](
          said(
            [0, 1, 2].map((f) => at(x, [row as number, f])),
            target as number,
          ),
        ),
      ),
    gradient: false,
  }),
);
