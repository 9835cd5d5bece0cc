/** Imports point one way: the rule of test/layers.ts over every file of ts/ and assembly/. */
import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, posix, relative } from "node:path";
import ts from "typescript";
import { describe, expect, test } from "vitest";
import { root } from "../scripts/build.mjs";
import { tables } from "../scripts/entries.mjs";
import { cycles, type Edge, offence } from "./layers.ts";

/** What a source imports, exports from, imports for its type or loads when asked. */
function specifiers(source: string): string[] {
  const file = ts.createSourceFile("file.ts", source, ts.ScriptTarget.Latest);
  const found: string[] = [];
  const visit = (node: ts.Node): void => {
    if ((ts.isImportDeclaration(node) || ts.isExportDeclaration(node)) && node.moduleSpecifier !== undefined) {
      if (ts.isStringLiteral(node.moduleSpecifier)) found.push(node.moduleSpecifier.text);
    } else if (ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword) {
      const [argument] = node.arguments;
      if (argument !== undefined && ts.isStringLiteral(argument)) found.push(argument.text);
    } else if (ts.isImportTypeNode(node) && ts.isLiteralTypeNode(node.argument)) {
      if (ts.isStringLiteral(node.argument.literal)) found.push(node.argument.literal.text);
    }
    ts.forEachChild(node, visit);
  };
  visit(file);
  return found;
}

/** The imports between files of the repository; packages are left out, `#platform` is its interface. */
function edgesOf(path: string, source: string): Edge[] {
  const edges: Edge[] = [];
  for (const specifier of specifiers(source)) {
    if (specifier === "#platform") edges.push({ from: path, to: "ts/platform/platform.ts" });
    if (!specifier.startsWith(".")) continue;
    const to = posix.normalize(posix.join(dirname(path), specifier));
    edges.push({ from: path, to: /\.(ts|wgsl)$/.test(to) ? to : `${to}.ts` });
  }
  return edges;
}

function sources(folder: string): string[] {
  return readdirSync(join(root, folder), { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith(".ts"))
    .map((entry) => relative(root, join(entry.parentPath, entry.name)).replaceAll("\\", "/"))
    .sort();
}

/** Statements that are not `export const name = number`. */
function otherThanConstants(source: string): string[] {
  const file = ts.createSourceFile("file.ts", source, ts.ScriptTarget.Latest, true);
  return file.statements
    .map((statement) => statement.getText())
    .filter((text) => !/^export const \w+ = -?[\d.x]+;$/.test(text));
}

const files = [...sources("ts"), ...sources("assembly")];
const edges = files.flatMap((path) => edgesOf(path, readFileSync(join(root, path), "utf8")));

describe("layers", () => {
  test("the tree is read", () => {
    expect(files.length).toBeGreaterThan(20);
    expect(edges.length).toBeGreaterThan(20);
  });

  test("imports point from right to left", () => {
    expect(edges.map(offence).filter((text) => text !== null)).toEqual([]);
  });

  test("no cycles", () => {
    expect(cycles(edges)).toEqual([]);
  });

  test("kernels import only kernels", () => {
    const outward = edges.filter(({ from, to }) => from.startsWith("assembly/") && !to.startsWith("assembly/"));
    expect(outward).toEqual([]);
  });

  test.each(tables)("%s holds nothing but constants", (path) => {
    expect(otherThanConstants(readFileSync(join(root, path), "utf8"))).toEqual([]);
  });

  test("packages are imported only by the adapters and the readers of formats", () => {
    const allowed = /^ts\/(platform|cli|formats)\//;
    const packages = sources("ts")
      .filter((path) => !allowed.test(path))
      .flatMap((path) => specifiers(readFileSync(join(root, path), "utf8")).map((name) => `${path} imports ${name}`))
      .filter((line) => !/ imports (\.|#platform$)/.test(line));
    expect(packages).toEqual([]);
  });
});

describe("the rule itself", () => {
  const judge = (from: string, source: string): (string | null)[] => edgesOf(from, source).map(offence);

  test.each([
    ["ts/core/shape.ts", 'import { x } from "../graph/node.ts"'],
    ["ts/core/shape.ts", 'import type { x } from "../graph/node.ts"'],
    ["ts/core/shape.ts", 'export * from "../graph/node.ts"'],
    ["ts/core/shape.ts", 'const x = await import("../graph/node.ts")'],
    ["ts/core/shape.ts", 'let x: import("../graph/node.ts").Node'],
    ["ts/ops/matmul.ts", 'import { x } from "../autograd/grad.ts"'],
    ["ts/nn/linear.ts", 'import type { x } from "../optim/adam.ts"'],
    ["ts/data/idx.ts", 'import { x } from "../formats/safetensors.ts"'],
    ["ts/tensor/tensor.ts", 'import { x } from "../index.ts"'],
    ["ts/cli/main.ts", 'import { x } from "../index.ts"'],
    ["ts/device/wasm/run.ts", 'import { x } from "../webgpu/device.ts"'],
    ["ts/device/webgpu/run.ts", 'import type { x } from "../wasm/device.ts"'],
    ["ts/device/wasm/run.ts", 'import { x } from "../../../assembly/map.ts"'],
    ["ts/device/wasm/run.ts", 'import x from "../../../shaders/map.wgsl"'],
    ["ts/compiler/plan.ts", 'import { gpu } from "#platform"'],
    ["ts/platform/node.ts", 'import { x } from "../device/device.ts"'],
    ["ts/attic/old.ts", 'import { x } from "../core/shape.ts"'],
    ["ts/nn/linear.ts", 'import { x } from "../attic/old.ts"'],
    ["ts/nn/linear.ts", 'import { x } from "../../scripts/build.mjs"'],
  ])("%s may not: %s", (from, source) => {
    expect(judge(from, source)).toEqual([expect.any(String)]);
  });

  test.each([
    ["ts/graph/node.ts", 'import { x } from "../core/shape.ts"'],
    ["ts/train/fit.ts", 'import { x } from "../optim/adam.ts"'],
    ["ts/index.ts", 'export { x } from "./tensor/tensor.ts"'],
    ["ts/device/wasm/run.ts", 'import { x } from "../../../assembly/kernels.ts"'],
    ["ts/device/wasm/run.ts", 'import { x } from "../device.ts"'],
    ["ts/device/webgpu/run.ts", 'import x from "../../../shaders/map.wgsl"'],
    ["ts/device/wasm/load.ts", 'import { gpu } from "#platform"'],
    ["ts/platform/node.ts", 'import { x } from "../core/errors.ts"'],
  ])("%s may: %s", (from, source) => {
    expect(judge(from, source)).toEqual([null]);
  });

  test("a table with anything else in it is found", () => {
    expect(otherThanConstants("export const A = 1;\nexport const B = -0x10;")).toEqual([]);
    expect(otherThanConstants("export const A = f();\nexport function f(): i32 { return 1; }")).toHaveLength(2);
  });

  test("cycles are found once, at their length", () => {
    const made: Edge[] = [
      { from: "a", to: "b" },
      { from: "b", to: "c" },
      { from: "c", to: "b" },
      { from: "c", to: "d" },
    ];
    expect(cycles(made)).toEqual([["b", "c"]]);
    expect(cycles(made.slice(0, 2))).toEqual([]);
  });
});
