import { describe, expect, test } from "vitest";
import { hostValues } from "../../ts/compiler/host.ts";
import type { DType } from "../../ts/core/dtype.ts";
import { store } from "../../ts/core/storage.ts";
import { makeConstant, type Node, type Source } from "../../ts/graph/node.ts";
import { expand } from "../../ts/ops/broadcast.ts";
import { add, cast, div, eq, maximum, mod, mul, sub, where } from "../../ts/ops/elementwise.ts";
import { take } from "../../ts/ops/gather.ts";
import { iota } from "../../ts/ops/iota.ts";
import { constant, hostLeaf } from "../../ts/ops/leaf.ts";
import { concat, flip, permute, reshape, slice } from "../../ts/ops/movement.ts";
import { Tensor } from "../../ts/tensor/tensor.ts";

function known(values: readonly number[], shape: readonly number[] = [values.length], dtype: DType = "int32"): Node {
  const node = hostLeaf(store(dtype, values), shape, dtype);
  makeConstant(node.source as Source);
  return node;
}

const shape = known([2, 3, -4, 5]);
const table = known([1, 2, 3, 4, 5, 6], [2, 3]);

const graphs: readonly (readonly [what: string, build: () => Node])[] = [
  ["arithmetic", () => sub(mul(shape, add(shape, constant(7, "int32"))), maximum(shape, constant(1, "int32")))],
  ["division and remainder", () => concat([div(shape, constant(3, "int32")), mod(shape, constant(3, "int32"))], 0)],
  ["a choice", () => where(eq(shape, constant(3, "int32")), expand(constant(9, "int32"), [4]), shape)],
  ["wrapping to uint8", () => cast(cast(mul(shape, constant(100, "int32")), "uint8"), "int32")],
  ["views", () => reshape(flip(permute(table, [1, 0]), [0]), [6])],
  ["a view of a view that must be copied", () => slice(reshape(permute(table, [1, 0]), [6]), [1], [2], [3])],
  ["slices side by side", () => concat([slice(table, [0, 1], [2, 2]), table], 1)],
  ["rows by index", () => take(table, known([-1, 0, -1]), 0)],
  ["columns by index", () => take(table, known([2, 0], [1, 2]), 1)],
  ["a range", () => iota(5, 3, -2, "int32")],
];

describe("small constants on the host are what the device computes", () => {
  for (const [what, build] of graphs) {
    test(what, async () => {
      const node = build();
      const found = hostValues(node);
      expect(found).not.toBe(null);
      expect(Array.from(found as ArrayLike<number>)).toEqual(Array.from(await new Tensor(node).data()));
    });
  }

  test("what changes, what is large and floats are left to the device", () => {
    expect(hostValues(hostLeaf(Int32Array.of(1), [1], "int32"))).toBe(null);
    expect(hostValues(iota(10_000, 0, 1, "int32"))).toBe(null);
    expect(hostValues(cast(shape, "float32"))).toBe(null);
    expect(hostValues(known([2 ** 60], [1], "int64"))).toBe(null);
  });
});
