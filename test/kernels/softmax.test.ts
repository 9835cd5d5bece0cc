import { describe, expect, test } from "vitest";
import type { MapProgram } from "../../ts/compiler/kernel.ts";
import type { TypedArray } from "../../ts/core/dtype.ts";
import { lowerSoftmax } from "../../ts/device/wasm/softmax.ts";
import { array, type Build, builds, operand, random, runKernel, view } from "./harness.ts";

/** Of a probability, and of its logarithm, relative to the greatest magnitude in its row. */
const CLOSE = 2e-6;

function oracle(op: string, x: ArrayLike<number>, n: number): number[] {
  const y: number[] = [];
  for (let at = 0; at < x.length; at += n) {
    const row = Array.from({ length: n }, (_, i) => x[at + i] as number);
    const top = Math.max(...row);
    const sum = row.reduce((total, value) => total + Math.exp(value - top), 0);
    for (const value of row) y.push(op === "softmax" ? Math.exp(value - top) / sum : value - top - Math.log(sum));
  }
  return y;
}

function run(
  build: Build,
  op: string,
  x: Float32Array,
  rows: number,
  n: number,
  epilogue: MapProgram | null = null,
  more: TypedArray[] = [],
): TypedArray {
  const kernel = {
    kind: "op" as const,
    op,
    inputs: [operand(0, [rows, n])],
    output: operand(1, [rows, n]),
    attrs: {},
    epilogue,
  };
  return runKernel(build, [x, array("float32", rows * n), ...more], (out) =>
    lowerSoftmax(kernel, out),
  )[1] as TypedArray;
}

describe.each(builds)("on the $name build", (build) => {
  test.each(
    ["softmax", "logSoftmax"].flatMap((op) =>
      [1, 2, 3, 4, 5, 7, 8, 10, 13, 100, 1000, 5003].map((n) => [op, n] as const),
    ),
  )("%s of rows of %i", (op, n) => {
    const rows = n > 900 ? 3 : 37;
    const x = random(rows * n, n).map((v) => v * 12);
    const y = run(build, op, x, rows, n);
    oracle(op, x, n).forEach((want, i) => {
      expect(Math.abs((y[i] as number) - want)).toBeLessThanOrEqual(CLOSE * Math.max(1, Math.abs(want)));
    });
  });

  test.each(["softmax", "logSoftmax"])("%s of large, infinite and NaN values", (op) => {
    const rows = [
      [1000, 1001, 999, 1000, 1000],
      [-1000, -1001, -1e30, -1000, -3e38],
      [-Infinity, 0, 1, -Infinity, 2],
      [-Infinity, -Infinity, -Infinity, -Infinity, -Infinity],
      [1, 2, NaN, 4, 5],
      [1, 2, 3, 4, NaN],
      [1, Infinity, 3, 4, 5],
      [-104, 0, -80, -90, -100],
    ];
    const x = new Float32Array(rows.flat());
    const y = run(build, op, x, rows.length, 5);
    oracle(op, x, 5).forEach((want, i) => {
      const got = y[i] as number;
      if (Number.isNaN(want)) expect(got, `element ${i}`).toBeNaN();
      else if (Number.isFinite(want))
        expect(Math.abs(got - want), `element ${i}`).toBeLessThanOrEqual(CLOSE * Math.max(1, Math.abs(want)));
      else expect(got, `element ${i}`).toBe(want);
    });
  });

  test("in place, with an epilogue over rows of any number", () => {
    const [rows, n] = [500, 21];
    const x = random(rows * n, 3);
    const shape = [rows, n];
    const epilogue: MapProgram = {
      shape,
      inputs: [operand(0, shape), view(1, shape, [0, 1])],
      instructions: [{ op: "mul", dtype: "float32", args: [0, 1] }],
      outputs: [{ to: operand(0, shape), value: 3 }],
    };
    const scale = random(n, 4);
    const kernel = {
      kind: "op" as const,
      op: "softmax",
      inputs: [operand(0, shape)],
      output: operand(0, shape),
      attrs: {},
      epilogue,
    };
    const y = runKernel(build, [x, scale], (out) => lowerSoftmax(kernel, out))[0] as TypedArray;
    oracle("softmax", x, n).forEach((want, i) => {
      expect(y[i]).toBeCloseTo(want * (scale[i % n] as number), 6);
    });
  });
});
