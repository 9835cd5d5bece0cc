import { describe, expect, test } from "vitest";
import type { Operand, OpKernel } from "../../ts/compiler/kernel.ts";
import type { TypedArray } from "../../ts/core/dtype.ts";
import { attention } from "../../ts/device/wasm/attention.ts";
import type { CommandWriter } from "../../ts/device/wasm/command.ts";
import { fft } from "../../ts/device/wasm/fft.ts";
import { norm } from "../../ts/device/wasm/norm.ts";
import { array, type Build, builds, operand, random, runKernel, view } from "./harness.ts";

const CLOSE = 2e-5;

const sizeOf = (shape: readonly number[]): number => shape.reduce((a, b) => a * b, 1);

/** Buffer 0 is the output. */
function run(
  build: Build,
  lower: (kernel: OpKernel, out: CommandWriter) => void,
  kernel: Omit<OpKernel, "kind" | "epilogue" | "output"> & { readonly shape: readonly number[] },
  buffers: readonly TypedArray[],
): TypedArray {
  const { shape, ...rest } = kernel;
  const whole: OpKernel = { kind: "op", epilogue: null, output: operand(0, shape), ...rest };
  return runKernel(build, [array("float32", sizeOf(shape)), ...buffers], (out) => lower(whole, out))[0] as TypedArray;
}

function expectClose(actual: TypedArray, wanted: readonly number[]): void {
  wanted.forEach((value, i) => {
    expect(Math.abs(Number(actual[i]) - value), `element ${i}`).toBeLessThanOrEqual(
      CLOSE * Math.max(1, Math.abs(value)),
    );
  });
}

/** Attention of rows [tq, d] to [tk, d] and [tk, dv] in float64. */
function attend(q: number[][], k: number[][], v: number[][], scale: number): number[][] {
  return q.map((row) => {
    const weights = k.map((key) =>
      Math.exp(scale * key.reduce((sum, value, c) => sum + value * (row[c] as number), 0)),
    );
    const total = weights.reduce((a, b) => a + b, 0);
    return (v[0] as number[]).map((_, e) =>
      weights.reduce((sum, weight, j) => sum + (weight / total) * ((v[j] as number[])[e] as number), 0),
    );
  });
}

describe.each(builds)("on the $name build", (build) => {
  test.each(["layerNorm", "rmsNorm"].flatMap((op) => [1, 2, 3, 4, 7, 16, 33, 1030, 2051].map((n) => [op, n] as const)))(
    "%s of rows of %i, by any number of threads",
    (op, n) => {
      const rows = 7;
      const x = random(rows * n, n).map((value) => 3 * value + 1);
      const inputs = [operand(1, [rows, n])];
      const y = run(build, norm, { op, inputs, attrs: { epsilon: 1e-2 }, shape: [rows, n] }, [x]);
      const wanted = Array.from({ length: rows }, (_, r) => {
        const row = [...x.slice(r * n, r * n + n)];
        const mean = op === "layerNorm" ? row.reduce((a, b) => a + b, 0) / n : 0;
        const square = row.reduce((sum, value) => sum + (value - mean) ** 2, 0) / n;
        return row.map((value) => (value - mean) / Math.sqrt(square + 1e-2));
      });
      expectClose(y, wanted.flat());
    },
  );

  // Keys and values in rows, keys in columns, both with gaps between all elements: each route of the kernel.
  const layouts: { readonly [name: string]: (buffer: number, t: number, d: number) => Operand } = {
    rows: (buffer, t, d) => operand(buffer, [2, 1, t, d]),
    columns: (buffer, t, d) => view(buffer, [2, 1, t, d], [t * d, t * d, 1, t]),
    gaps: (buffer, t, d) => view(buffer, [2, 1, t, d], [2 * t * d, 2 * t * d, 2 * d, 2]),
  };
  test.each(
    Object.keys(layouts).flatMap((layout) =>
      [
        [1, 5, 4, 3],
        [1, 40, 7, 9],
        [6, 9, 5, 8],
        [70, 33, 12, 17],
      ].map(([tq, tk, d, dv]) => [layout, tq, tk, d, dv] as [string, number, number, number, number]),
    ),
  )("attention to keys in %s, %i to %i of %i and %i, by any number of threads", (layout, tq, tk, d, dv) => {
    const at = layouts[layout] as (buffer: number, t: number, d: number) => Operand;
    const q = random(2 * 3 * tq * d, 3);
    const k = random(4 * tk * d, 4);
    const v = random(4 * tk * dv, 5);
    const [keys, values] = [at(2, tk, d), at(3, tk, dv)];
    const kernel = {
      op: "attention",
      inputs: [operand(1, [2, 3, tq, d]), keys, values],
      attrs: { scale: 0.7, softcap: 0, offset: 0, left: -1, right: -1, given: "" },
      shape: [2, tq, 3, dv],
    };
    const y = run(build, attention, kernel, [q, k, v]);
    const read = (x: Float32Array, { strides }: Operand, b: number, n: number, width: number): number[][] =>
      Array.from({ length: n }, (_, i) =>
        Array.from(
          { length: width },
          (_, c) => x[b * (strides[0] as number) + i * (strides[2] as number) + c * (strides[3] as number)] as number,
        ),
      );
    const wanted = new Array<number>(y.length);
    for (let b = 0; b < 2; b++) {
      for (let h = 0; h < 3; h++) {
        const queries = read(q.subarray((b * 3 + h) * tq * d), operand(1, [1, 1, tq, d]), 0, tq, d);
        attend(queries, read(k, keys, b, tk, d), read(v, values, b, tk, dv), 0.7).forEach((row, i) => {
          for (const [e, value] of row.entries()) wanted[((b * tq + i) * 3 + h) * dv + e] = value;
        });
      }
    }
    expectClose(y, wanted);
  });

  test("a row that sees no finite score gives 0, the others what they see", () => {
    const mask = new Float32Array([0, -Infinity, -Infinity, -Infinity, 1, -Infinity]);
    const kernel = {
      op: "attention",
      inputs: [operand(1, [1, 1, 3, 2]), operand(2, [1, 1, 2, 2]), operand(3, [1, 1, 2, 2]), operand(4, [1, 1, 3, 2])],
      attrs: { scale: 1, softcap: 0, offset: 0, left: -1, right: -1, given: "mask" },
      shape: [1, 3, 1, 2],
    };
    const v = new Float32Array([1, 2, 3, 4]);
    const y = run(build, attention, kernel, [random(6, 1), random(4, 2), v, mask]);
    expect([...(y as Float32Array)]).toEqual([1, 2, 0, 0, 1, 2]);
  });

  test.each([1, 2, 3, 4, 6, 7, 8, 20, 60, 64, 97, 210])("fft of rows of %i, by any number of threads", (n) => {
    const rows = 5;
    const x = random(rows * n * 2, n);
    const kernel = { op: "fft", inputs: [operand(1, [rows, n, 2])], attrs: { inverse: false }, shape: [rows, n, 2] };
    const y = run(build, fft, kernel, [x]);
    const wanted: number[] = [];
    for (let r = 0; r < rows; r++) {
      for (let j = 0; j < n; j++) {
        let [re, im] = [0, 0];
        for (let i = 0; i < n; i++) {
          const angle = (-2 * Math.PI * ((j * i) % n)) / n;
          const [a, b] = [x[(r * n + i) * 2] as number, x[(r * n + i) * 2 + 1] as number];
          re += a * Math.cos(angle) - b * Math.sin(angle);
          im += a * Math.sin(angle) + b * Math.cos(angle);
        }
        wanted.push(re, im);
      }
    }
    expectClose(y, wanted);
  });
});
