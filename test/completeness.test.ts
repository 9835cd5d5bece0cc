/** Nothing is forgotten: every op has cases, a gradient or none by decision, a place on each device, a line in the docs. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { root } from "../scripts/build.mjs";
import { withRegion } from "../scripts/region.mjs";
import type { MapProgram, Operand } from "../ts/compiler/kernel.ts";
import { type DType, dtypes } from "../ts/core/dtype.ts";
import { translate } from "../ts/device/wasm/elementwise.ts";
import { loweredOps as wasmOps } from "../ts/device/wasm/lower.ts";
import { printElementwise } from "../ts/device/webgpu/elementwise.ts";
import { loweredOps as webgpuOps } from "../ts/device/webgpu/lower.ts";
import { ops as packedConv2d } from "../ts/ops/conv2d-packed.ts";
import { type ElementwiseName, elementwise } from "../ts/ops/elementwise.ts";
import { ops as packedMatmul } from "../ts/ops/matmul-packed.ts";
import { vocabulary } from "../ts/ops/vocabulary.ts";
import { isCompiled, missing, report, summary, supportOf } from "./support.ts";

/** Kernels that WebGPU lacks: wasm runs them in the same program. An op that it can do must leave this list. */
const notOnWebgpu: readonly string[] = ["nms", "nonzero"];

/** What WebGPU makes of other ops, having no kernel for it. */
const composedOnWebgpu: readonly string[] = ["interpolateInput"];

/** Gradients that no case can reach: a cast passes dy between reals, and float32 is the only one. */
const unreached: readonly string[] = ["cast"];

const support = supportOf();
const kernels = vocabulary.filter(({ kind }) => kind === "kernel").map(({ name }) => name);

describe("every op", () => {
  test("has a name of its own", () => {
    expect(new Set(vocabulary.map(({ name }) => name)).size).toBe(vocabulary.length);
  });

  test.each(support.map((row) => [row.op.name, row] as const))("%s", (_, { op, cases, differentiated, devices }) => {
    expect(cases.size, "cases that hold it").toBeGreaterThan(0);
    // Null is a decision; a gradient must be checked by a case that goes through it.
    expect(op.gradient).not.toBe(undefined);
    const reached = differentiated.size > 0;
    if (typeof op.gradient === "function")
      expect(reached, "cases through its gradient").toBe(!unreached.includes(op.name));
    if (isCompiled(op)) return;
    expect(devices.wasm).toBe(null);
    expect(devices.webgpu, "lowered for WebGPU").not.toBe(undefined);
  });

  test("runs on wasm, and on WebGPU or stands in the list", async () => {
    expect(missing(support, "wasm")).toEqual([]);
    expect(missing(support, "webgpu").sort()).toEqual([...notOnWebgpu].sort());
    expect((await wasmOps()).sort()).toEqual(
      [...kernels, ...[...packedConv2d, ...packedMatmul].map(({ name }) => name)].sort(),
    );
    const absent = [...notOnWebgpu, ...composedOnWebgpu];
    expect([...webgpuOps].sort()).toEqual(kernels.filter((name) => !absent.includes(name)).sort());
  });
});

/** The types that reach a device, by domain; see `accept` in ts/ops/elementwise.ts. */
const domains: { readonly [D in "any" | "number" | "real" | "bits"]: readonly DType[] } = {
  any: ["float32", "int32", "uint8", "bool"],
  number: ["float32", "int32", "uint8"],
  real: ["float32"],
  bits: ["int32", "uint8", "bool"],
};

/** How ops are called whose arguments are not all of one type. */
const own: { readonly [N in ElementwiseName]?: readonly (readonly [args: readonly DType[], result: DType])[] } = {
  uniform: [[["int32"], "float32"]],
  bitcast: [
    [["float32"], "int32"],
    [["uint8"], "bool"],
  ],
  where: domains.any.map((dtype) => [["bool", dtype, dtype], dtype]),
  cast: domains.any.flatMap((from) => domains.any.map((to) => [[from], to] as const)),
};

function callsOf(name: ElementwiseName): readonly (readonly [args: readonly DType[], result: DType])[] {
  const { domain, result, fold } = elementwise[name];
  const arity = fold?.length ?? 1;
  return (
    own[name] ??
    domains[domain].map((dtype) => [new Array<DType>(arity).fill(dtype), result === "bool" ? "bool" : dtype] as const)
  );
}

function program(op: string, args: readonly DType[], dtype: DType): MapProgram {
  const inputs = args.map((type, buffer): Operand => ({ buffer, dtype: type, offset: 0, shape: [4], strides: [1] }));
  const to: Operand = { buffer: args.length, dtype, offset: 0, shape: [4], strides: [1] };
  const value = inputs.length + 1;
  return {
    shape: [4],
    inputs,
    outputs: [{ to, value }],
    instructions: [{ op, dtype, args: inputs.map((_, i) => i) }],
  };
}

describe.each(Object.keys(elementwise) as ElementwiseName[])("%s has a row", (name) => {
  test.each(callsOf(name))("for %s → %s", (args, result) => {
    const { taken } = translate(program(name, args, result), [args.length + 1]);
    expect(taken).toHaveLength(1);
    const values = args.map((dtype, i) => ({ text: `v${i}`, dtype }));
    expect(printElementwise(name, values, result)).toContain("v0");
  });
});

test("a name that no device knows is refused", () => {
  expect(() => translate(program("tanhh", ["float32"], "float32"), [2])).toThrow("no such instruction");
  expect(() => printElementwise("tanhh", [{ text: "v0", dtype: "float32" }], "float32")).toThrow("no such instruction");
});

describe("the docs", () => {
  const read = (path: string): string => readFileSync(join(root, path), "utf8");

  test("docs/support.md is what node scripts/support.mjs writes", () => {
    expect(read("docs/support.md")).toBe(report(support));
  });

  test("README.md has its summary", () => {
    expect(read("README.md")).toBe(withRegion(read("README.md"), "support", summary(support)));
  });

  test("every element type has a line", () => {
    for (const dtype of Object.keys(dtypes)) expect(report(support)).toContain(`\`${dtype}\``);
  });
});
