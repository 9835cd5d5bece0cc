/** Size cannot creep: the programs of test/sizes.ts, bundled and minified as a page's author would. */
import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { gzipSync } from "node:zlib";
import { build as bundle } from "esbuild";
import { beforeAll, describe, expect, test } from "vitest";
import { build, root } from "../scripts/build.mjs";
import { ceilings, webgpuKilobytes } from "./sizes.ts";

interface Shipped {
  /** Loaded before the program's first line, or by the program in any case. */
  readonly first: string;
  /** Loaded when asked for. */
  readonly later: string;
}

async function ship(source: string, soon: readonly string[] = []): Promise<Shipped> {
  const { outputFiles, metafile } = await bundle({
    stdin: { contents: source, resolveDir: root, loader: "js" },
    absWorkingDir: root,
    alias: { "hebb/onnx": "./dist/onnx.js", hebb: "./dist/index.js" },
    outdir: "build/size",
    bundle: true,
    minify: true,
    splitting: true,
    format: "esm",
    target: "es2022",
    tsconfigRaw: "{}",
    metafile: true,
    logLevel: "silent",
    write: false,
  });
  const statics = new Set<string>();
  const visit = (path: string): void => {
    if (statics.has(path)) return;
    statics.add(path);
    for (const { path: next, kind, external } of metafile.outputs[path]?.imports ?? []) {
      const certain = kind === "import-statement" || soon.some((name) => next.includes(`/${name}-`));
      if (certain && external !== true) visit(next);
    }
  };
  const entry = Object.entries(metafile.outputs).find(([, output]) => output.entryPoint === "<stdin>");
  if (entry === undefined) throw new Error("size: cannot bundle: no entry came out");
  visit(entry[0]);
  const textOf = (wanted: boolean): string =>
    outputFiles
      .filter(({ path }) => statics.has(path.slice(root.length).replaceAll("\\", "/")) === wanted)
      .map(({ text }) => text)
      .join("");
  return { first: textOf(true), later: textOf(false) };
}

const gzip = (data: string | Uint8Array): number => gzipSync(data, { level: 9 }).length / 1000;

describe("what a page ships", () => {
  beforeAll(async () => {
    await build(["plain", "full", "bundles"]);
  });

  test.each(ceilings)(
    "$name: at most $kilobytes KB",
    async ({ name, source, soon, kilobytes, kernels: file = "hebb.wasm", without }) => {
      const { first } = await ship(source, soon);
      const script = gzip(first);
      const kernels = gzip(readFileSync(join(root, "dist", file)));
      console.log(
        `${name}: ${(script + kernels).toFixed(1)} KB = ${script.toFixed(1)} script + ${kernels.toFixed(1)} kernels`,
      );
      expect(script + kernels).toBeLessThanOrEqual(kilobytes);
      expect(without.filter((text) => first.includes(text))).toEqual([]);
    },
  );

  test(`WebGPU adds at most ${webgpuKilobytes} KB, later`, async () => {
    const source = `import * as hebb from "hebb"; globalThis.hebb = hebb;`;
    const [without, { first }] = await Promise.all([ship(source), ship(source, ["webgpu", "device", "mixed"])]);
    expect(without.later).toContain("createShaderModule");
    expect(first).toContain("createShaderModule");
    const kilobytes = gzip(first) - gzip(without.first);
    console.log(`WebGPU: ${kilobytes.toFixed(1)} KB`);
    expect(kilobytes).toBeLessThanOrEqual(webgpuKilobytes);
  });

  test.each([
    ["dist/index.js", 8],
    ["dist/node/index.js", 2],
    ["dist/node/onnx.js", 8],
    ["dist/onnx.js", 8],
  ] as const)("%s opens at most %i files", (entry, count) => {
    const files = new Set<string>();
    const visit = (path: string): void => {
      if (files.has(path)) return;
      files.add(path);
      const text = readFileSync(join(root, path), "utf8");
      for (const [, next] of text.matchAll(/(?:from|import)"(\.[^"]*)"/g)) visit(join(dirname(path), next as string));
    };
    visit(entry);
    expect(files.size).toBeLessThanOrEqual(count);
  });
});
