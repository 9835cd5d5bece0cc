/** Size cannot creep: the programs of test/sizes.ts, bundled and minified as a page's author would. */
import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import { build, root } from "../scripts/build.mjs";
import { gzip, ship } from "./ship.ts";
import { ceilings, webgpuKilobytes, workerKilobytes } from "./sizes.ts";

describe("what a page ships", () => {
  beforeAll(async () => {
    await build(["plain", "full", "bundles"]);
  });

  test.each(ceilings)(
    "$name: at most $kilobytes KB",
    async ({ name, source, soon, kilobytes, kernels: file = "hebb.wasm", without }) => {
      const { first } = await ship(root, root, source, soon);
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
    const [without, { first }] = await Promise.all([
      ship(root, root, source),
      ship(root, root, source, ["webgpu", "device", "mixed"]),
    ]);
    expect(without.later).toContain("createShaderModule");
    expect(first).toContain("createShaderModule");
    const kilobytes = gzip(first) - gzip(without.first);
    console.log(`WebGPU: ${kilobytes.toFixed(1)} KB`);
    expect(kilobytes).toBeLessThanOrEqual(webgpuKilobytes);
  });

  test(`worker mode adds at most ${workerKilobytes.page} KB, later, and a worker of ${workerKilobytes.worker} KB`, async () => {
    const source = `import * as hebb from "hebb"; globalThis.hebb = hebb;`;
    const [without, { first }] = await Promise.all([
      ship(root, root, source),
      ship(root, root, source, ["maker", "web-worker"]),
    ]);
    expect(without.later).toContain("the worker ended");
    expect(first).toContain("the worker ended");
    const page = gzip(first) - gzip(without.first);
    const worker = gzip(readFileSync(join(root, "dist/worker.js")));
    console.log(`worker mode: ${page.toFixed(1)} KB in the page, ${worker.toFixed(1)} KB in the worker`);
    expect(page).toBeLessThanOrEqual(workerKilobytes.page);
    expect(worker).toBeLessThanOrEqual(workerKilobytes.worker);
  });

  test.each([
    ["dist/index.js", 2],
    ["dist/node/index.js", 2],
    ["dist/node/onnx.js", 6],
    ["dist/onnx.js", 5],
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
