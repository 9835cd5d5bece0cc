import { describe, expect, test } from "vitest";
import { CHECK_INDEX, GATHER, SCATTER_ADD } from "../../assembly/kernels.ts";
import type { OpKernel } from "../../ts/compiler/kernel.ts";
import type { DType, TypedArray } from "../../ts/core/dtype.ts";
import { sizeOf } from "../../ts/core/shape.ts";
import { checkIndex, gather, scatterAdd } from "../../ts/device/wasm/gather.ts";
import { array, Bench, builds, operand, random, runKernel } from "./harness.ts";

type Mode = "take" | "elements";

interface Case {
  readonly mode: Mode;
  readonly shape: readonly number[];
  readonly axis: number;
  /** Shape of the index; for elements it is that of x but for the axis. */
  readonly index: readonly number[];
}

const cases: readonly Case[] = [
  { mode: "take", shape: [10, 1], axis: 0, index: [7] },
  { mode: "take", shape: [50, 33], axis: 0, index: [3, 5] },
  { mode: "take", shape: [4, 9, 3], axis: 1, index: [6] },
  { mode: "take", shape: [4, 9], axis: 1, index: [] },
  { mode: "take", shape: [5, 700], axis: 0, index: [9] },
  { mode: "take", shape: [5, 4], axis: 0, index: [0] },
  { mode: "elements", shape: [6, 10], axis: 1, index: [6, 1] },
  { mode: "elements", shape: [7, 5, 3], axis: 1, index: [7, 4, 3] },
  { mode: "elements", shape: [5, 40], axis: 0, index: [70, 40] },
  { mode: "elements", shape: [9], axis: 0, index: [0] },
];

/** Row-major walk over the index tensor's (o, j, i), as the position read from x and the position written to y. */
function walk(c: Case, index: Int32Array, visit: (x: number, y: number) => void): void {
  const o = sizeOf(c.shape.slice(0, c.axis));
  const n = c.shape[c.axis] as number;
  const i = sizeOf(c.shape.slice(c.axis + 1));
  const j = c.mode === "take" ? sizeOf(c.index) : (c.index[c.axis] as number);
  for (let a = 0; a < o; a++)
    for (let b = 0; b < j; b++)
      for (let k = 0; k < i; k++) {
        const y = (a * j + b) * i + k;
        let at = index[c.mode === "take" ? b : y] as number;
        if (at < 0) at += n;
        visit((a * n + at) * i + k, y);
      }
}

function outputShape(c: Case): readonly number[] {
  return c.mode === "elements" ? c.index : [...c.shape.slice(0, c.axis), ...c.index, ...c.shape.slice(c.axis + 1)];
}

/** Every position from -n to n - 1 in turn, jumbled. */
function makeIndex(c: Case): Int32Array {
  const n = c.shape[c.axis] as number;
  return Int32Array.from({ length: sizeOf(c.index) }, (_, i) => ((i * 7 + 3 * (i >> 3)) % (2 * n)) - n);
}

function values(dtype: DType, n: number): TypedArray {
  const source = random(n, n + 1);
  return dtype.startsWith("float")
    ? array(dtype, source)
    : array(
        dtype,
        Array.from(source, (v) => Math.floor((v + 1) * 100)),
      );
}

/** Something to overwrite. */
const ones = (x: TypedArray): TypedArray => {
  new Uint8Array(x.buffer).fill(1);
  return x;
};

function kernel(op: string, c: Case, input: readonly number[], output: readonly number[], dtype: DType): OpKernel {
  return {
    kind: "op",
    op,
    inputs: [operand(0, input, dtype), operand(1, c.index, "int32")],
    output: operand(2, output, dtype),
    attrs: op === "gather" ? { axis: c.axis, mode: c.mode } : { axis: c.axis, mode: c.mode, size: c.shape[c.axis] },
    epilogue: null,
    label: "",
  };
}

describe.each(builds)("$name", (build) => {
  describe.each(cases)("$mode $shape axis $axis index $index", (c) => {
    test.each(["float32", "int32", "uint8", "bool", "int64", "float16"] as const)("gather %s", (dtype) => {
      const x = values(dtype, sizeOf(c.shape));
      const index = makeIndex(c);
      const y = array(dtype, sizeOf(outputShape(c)));
      const want = y.slice();
      walk(c, index, (from, to) => {
        want[to] = x[from] as number;
      });
      const k = kernel("gather", c, c.shape, outputShape(c), dtype);
      expect(runKernel(build, [x, index, ones(y)], (out) => gather(k, out))[2]).toEqual(want);
    });

    test.each(["float32", "int32", "float64", "int64"] as const)(
      "scatterAdd %s, in the order of the index",
      (dtype) => {
        const dy = values(dtype, sizeOf(outputShape(c)));
        const index = makeIndex(c);
        const dx = array(dtype, sizeOf(c.shape));
        const want = dx.slice();
        walk(c, index, (to, from) => {
          want[to] = (want[to] as number) + (dy[from] as number);
        });
        const k = kernel("scatterAdd", c, outputShape(c), c.shape, dtype);
        expect(runKernel(build, [dy, index, ones(dx)], (out) => scatterAdd(k, out))[2]).toEqual(want);
      },
    );
  });

  test.each([3, -4, 2 ** 31 - 1, -(2 ** 31)])("index %d of 3 fails, is read as zero and adds nothing", (bad) => {
    for (const mode of ["take", "elements"] as const) {
      const c: Case = { mode, shape: [3, 2], axis: 0, index: mode === "take" ? [4] : [4, 2] };
      const index = mode === "take" ? Int32Array.of(0, bad, -1, 99) : Int32Array.of(0, 0, bad, 1, 2, -1, 99, 0);
      const x = Float32Array.of(1, 2, 3, 4, 5, 6);
      const read = new Bench(build, [x, index, new Float32Array(8).fill(9)], (out) =>
        gather(kernel("gather", c, [3, 2], [4, 2], "float32"), out),
      );
      expect(read.run()).toBe(GATHER + 1);
      expect(read.detail).toBe(bad);
      expect([...(read.read()[2] as Float32Array)]).toEqual(
        mode === "take" ? [1, 2, 0, 0, 5, 6, 0, 0] : [1, 2, 0, 4, 5, 6, 0, 2],
      );
      const dy = Float32Array.of(1, 2, 4, 8, 16, 32, 64, 128);
      const add = new Bench(build, [dy, index, new Float32Array(6).fill(9)], (out) =>
        scatterAdd(kernel("scatterAdd", c, [4, 2], [3, 2], "float32"), out),
      );
      expect(add.run()).toBe(SCATTER_ADD + 1);
      expect(add.detail).toBe(bad);
      expect([...(add.read()[2] as Float32Array)]).toEqual(
        mode === "take" ? [1, 2, 0, 0, 16, 32] : [1, 130, 0, 8, 16, 32],
      );
    }
  });

  test("checkIndex copies, and fails on the first index outside", () => {
    const check = (index: Int32Array, size: number): Bench =>
      new Bench(build, [index, new Int32Array(index.length)], (out) =>
        checkIndex(
          {
            kind: "op",
            op: "checkIndex",
            inputs: [operand(0, [index.length], "int32")],
            output: operand(1, [index.length], "int32"),
            attrs: { size },
            epilogue: null,
            label: "",
          },
          out,
        ),
      );
    for (const n of [0, 1, 5, 16, 37]) {
      const index = Int32Array.from({ length: n }, (_, i) => i % 10);
      const good = check(index, 10);
      expect(good.run(3)).toBe(0);
      expect(good.run()).toBe(0);
      expect(good.read()[1]).toEqual(index);
      for (const bad of [-1, 10, 2 ** 31 - 1]) {
        if (n < 2) continue;
        const spoilt = index.slice();
        spoilt[n - 2] = bad;
        spoilt[n - 1] = 77;
        const run = check(spoilt, 10);
        expect(run.run()).toBe(CHECK_INDEX + 1);
        expect(run.detail).toBe(bad);
        expect(run.read()[1]).toEqual(spoilt);
      }
    }
  });
});
