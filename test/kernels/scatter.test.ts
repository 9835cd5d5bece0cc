import { describe, expect, test } from "vitest";
import { SCATTER } from "../../assembly/kernels.ts";
import { type DType, dtypes, type TypedArray } from "../../ts/core/dtype.ts";
import { load, store } from "../../ts/core/storage.ts";
import { scatter } from "../../ts/device/wasm/scatter.ts";
import { reductions, type ScatterReduction } from "../../ts/ops/scatter.ts";
import { Bench, builds, operand, random, runKernel } from "./harness.ts";

const combine: { readonly [R in ScatterReduction]: (a: number, b: number) => number } = {
  none: (_, b) => b,
  add: (a, b) => a + b,
  mul: (a, b) => a * b,
  min: Math.min,
  max: Math.max,
};

function kernelOf(dtype: DType, n: number, j: number, i: number, reduction: ScatterReduction) {
  return {
    kind: "op" as const,
    op: "scatter",
    inputs: [operand(0, [n, i], dtype), operand(1, [j], "int32"), operand(2, [j, i], dtype)],
    output: operand(3, [n, i], dtype),
    attrs: { reduction },
    epilogue: null,
  };
}

const sizes: readonly (readonly [n: number, j: number, i: number])[] = [
  [1, 1, 1],
  [7, 20, 1],
  [5, 3, 4],
  [4, 9, 131],
  [6, 0, 3],
];
const lanes: readonly DType[] = ["float32", "int32", "uint32", "float64", "int64", "uint64"];
const stored: readonly DType[] = [...lanes, "float16", "int8", "bool"];

describe.each(builds)("on the $name build", (build) => {
  describe.each(reductions)("%s", (reduction) => {
    test.each(reduction === "none" ? stored : lanes)("%s", (dtype) => {
      for (const [n, j, i] of sizes) {
        const { signed } = dtypes[dtype];
        const numbers = (count: number, seed: number) =>
          store(
            dtype,
            random(count, seed).map((v) => (signed ? Math.round(v * 3) : Math.round(Math.abs(v) * 3))),
          );
        const [x, updates] = [numbers(n * i, 1), numbers(j * i, 2)];
        const index = Int32Array.from(random(j, 3), (v) => Math.floor(((v + 1) / 2) * n));
        const y = new dtypes[dtype].array(n * i);
        const kernel = kernelOf(dtype, n, j, i, reduction);
        const found = runKernel(build, [x, index, updates, y], (out) => scatter(kernel, out))[3] as TypedArray;
        const wanted = Array.from(load(dtype, x));
        const given = load(dtype, updates);
        for (let k = 0; k < j; k++) {
          for (let c = 0; c < i; c++) {
            const at = (index[k] as number) * i + c;
            wanted[at] = combine[reduction](wanted[at] as number, given[k * i + c] as number);
          }
        }
        expect(Array.from(load(dtype, found), (v) => v + 0)).toEqual(wanted.map((v) => v + 0));
      }
    });
  });

  test("an index outside the rows fails the run", () => {
    for (const bad of [-1, 3]) {
      const buffers = [new Float32Array(3), Int32Array.of(0, bad), new Float32Array(2), new Float32Array(3)];
      const bench = new Bench(build, buffers, (out) => scatter(kernelOf("float32", 3, 2, 1, "none"), out));
      expect(bench.run()).toBe(SCATTER + 1);
      expect(bench.detail).toBe(bad);
      bench.read();
    }
  });
});
