import { describe, expect, test } from "vitest";
import { type DType, dtypes, type TypedArray } from "../../ts/core/dtype.ts";
import { store } from "../../ts/core/storage.ts";
import { topk } from "../../ts/device/wasm/topk.ts";
import { array, type Build, builds, operand, random, runKernel } from "./harness.ts";

function run(build: Build, dtype: DType, x: TypedArray, shape: [number, number, number], k: number, largest: boolean) {
  const [o, , i] = shape;
  const kernel = {
    kind: "op" as const,
    op: "topk",
    inputs: [operand(0, shape, dtype)],
    output: operand(1, [o, k, i], "int32"),
    attrs: { axis: 1, largest },
    epilogue: null,
  };
  return runKernel(build, [x, array("int32", o * k * i)], (out) => topk(kernel, out))[1] as Int32Array;
}

/** NaN greatest, equal values by position. */
function compare(a: number, b: number): number {
  if (Number.isNaN(a) || Number.isNaN(b)) return Number(Number.isNaN(a)) - Number(Number.isNaN(b));
  return a < b ? -1 : a > b ? 1 : 0;
}

function oracle(x: TypedArray, [o, n, i]: readonly [number, number, number], k: number, largest: boolean): number[] {
  const y = new Array<number>(o * k * i);
  for (let a = 0; a < o; a++) {
    for (let c = 0; c < i; c++) {
      const value = (t: number) => x[(a * n + t) * i + c] as number;
      const order = Array.from({ length: n }, (_, t) => t).sort(
        (p, q) => (largest ? -1 : 1) * compare(value(p), value(q)) || p - q,
      );
      for (let r = 0; r < k; r++) y[(a * k + r) * i + c] = order[r] as number;
    }
  }
  return y;
}

const sizes: readonly [shape: [number, number, number], k: number][] = [
  [[1, 1, 1], 1],
  [[3, 7, 2], 7],
  [[2, 8, 1], 0],
  [[5, 9, 1], 1],
  [[2, 100, 3], 5],
  [[1, 1000, 1], 125],
  [[1, 1000, 1], 126],
  [[2, 513, 2], 513],
];

describe.each(builds)("on the $name build", (build) => {
  describe.each(["float32", "int32", "uint32", "float64", "int64", "uint64"] as const)("%s", (dtype) => {
    test.each(sizes.flatMap(([shape, k]) => [true, false].map((largest) => ({ shape, k, largest }))))(
      "$k of $shape, largest $largest",
      ({ shape, k, largest }) => {
        const least = dtypes[dtype].signed ? -90 : 0;
        const x = store(
          dtype,
          random(shape[0] * shape[1] * shape[2], k + 1).map((v) => Math.max(least, Math.round(v * 90))),
        );
        expect([...run(build, dtype, x, shape, k, largest)]).toEqual(oracle(x, shape, k, largest));
      },
    );
  });

  test.each([true, false])("zeros of either sign, infinities and NaN, largest %s", (largest) => {
    const { NaN: nan, POSITIVE_INFINITY: inf } = Number;
    const x = Float32Array.of(0, nan, -0, inf, 0, -inf, 1e-45, -1e-45, nan, 3e38, -0);
    expect([...run(build, "float32", x, [1, 11, 1], 11, largest)]).toEqual(oracle(x, [1, 11, 1], 11, largest));
    expect([...run(build, "float32", x, [1, 11, 1], 1, largest)]).toEqual(oracle(x, [1, 11, 1], 1, largest));
  });

  test("the ends of integers", () => {
    const x = Int32Array.of(0, 2147483647, -2147483648, -1, 1);
    expect([...run(build, "int32", x, [1, 5, 1], 5, true)]).toEqual([1, 4, 0, 3, 2]);
    const wide = store("int64", [0n, 2n ** 63n - 1n, -(2n ** 63n), -1n, 2n ** 63n - 2n]);
    expect([...run(build, "int64", wide, [1, 5, 1], 5, true)]).toEqual([1, 4, 0, 3, 2]);
    const unsigned = store("uint64", [0n, 2n ** 64n - 1n, 2n ** 63n, 1n, 2n ** 63n - 1n]);
    expect([...run(build, "uint64", unsigned, [1, 5, 1], 5, true)]).toEqual([1, 2, 4, 3, 0]);
  });
});
