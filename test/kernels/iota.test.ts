import { describe, expect, test } from "vitest";
import type { OpKernel } from "../../ts/compiler/kernel.ts";
import type { DType } from "../../ts/core/dtype.ts";
import { iota } from "../../ts/device/wasm/iota.ts";
import { builds, operand, runKernel } from "./harness.ts";

function make(op: string, n: number, dtype: DType, attrs: OpKernel["attrs"]): OpKernel {
  return { kind: "op", op, inputs: [], output: operand(0, [n], dtype), attrs, epilogue: null, label: "" };
}

const sizes = [0, 1, 3, 4, 63, 65, 1000];

describe.each(builds)("$name", (build) => {
  test("iota counts in float32, each step rounded", () => {
    for (const n of sizes) {
      const [got] = runKernel(build, [new Float32Array(n)], (out) =>
        iota(make("iota", n, "float32", { start: -0.3, step: 0.1 }), out),
      );
      const [start, step] = [Math.fround(-0.3), Math.fround(0.1)];
      expect(got).toEqual(Float32Array.from({ length: n }, (_, i) => start + Math.fround(i * step)));
    }
  });

  test("iota counts in int32", () => {
    for (const n of sizes) {
      const [got] = runKernel(build, [new Int32Array(n)], (out) =>
        iota(make("iota", n, "int32", { start: 2 ** 31 - 10, step: -3 }), out),
      );
      expect(got).toEqual(Int32Array.from({ length: n }, (_, i) => 2 ** 31 - 10 - 3 * i));
    }
  });
});
