/** Training on WebGPU in Chromium, on its software adapter: as good as wasm's, repeatable, and steady in memory. */
import { fileURLToPath } from "node:url";
import { beforeAll, describe, expect, test } from "vitest";
import { bundleForPage } from "../runtime/bundle.ts";
import { callInPage, withPage } from "../runtime/chromium.ts";
import type { Routes } from "../runtime/server.ts";
import { sharedData } from "../shared-data.ts";
import type { Held } from "./webgpu-training-page.ts";

const mnist = sharedData("datasets/mnist");

let routes: Routes;
beforeAll(async () => {
  routes = {
    "/main.js": { text: await bundleForPage("test/device/webgpu-training-page.ts") },
    "/dist/": { folder: fileURLToPath(new URL("../../dist", import.meta.url)) },
    "/mnist/": { folder: mnist.path },
  };
});

const inPage = <T>(flags: readonly string[], ...calls: readonly [name: string, ...args: unknown[]][]): Promise<T[]> =>
  withPage({ routes, webgpu: true, flags }, async (page) => {
    const results: T[] = [];
    for (const [name, ...args] of calls) results.push(await callInPage<T>(page, "/main.js", name, ...args));
    return results;
  });

describe("training on webgpu", () => {
  test.skipIf(mnist.missing)(
    `LeNet-5 reads digits as well as after the same steps on wasm${mnist.reason}`,
    async () => {
      const steps = 30;
      interface Run {
        readonly losses: readonly number[];
        readonly accuracy: number;
      }
      const [wasm, webgpu] = (await inPage<Run>([], ["lenet", "wasm", steps], ["lenet", "webgpu", steps])) as [
        Run,
        Run,
      ];
      expect(wasm.accuracy).toBeGreaterThan(0.6);
      // Sums in another order part the two slowly: at first by roundings alone.
      const apart = wasm.losses.map((loss, i) => Math.abs(loss - (webgpu.losses[i] as number)));
      expect(Math.max(...apart.slice(0, 10))).toBeLessThan(1e-3);
      expect(webgpu.accuracy).toBeGreaterThanOrEqual(wasm.accuracy - 0.03);
    },
    480_000,
  );

  test("gives the same bits twice", async () => {
    const [first, second] = (await inPage<number[]>([], ["trained", 20], ["trained", 20])) as [number[], number[]];
    expect(second).toEqual(first);
    expect(new Set(first).size).toBeGreaterThan(100);
  }, 120_000);

  test("holds no more after 1,000 steps than after 100", async () => {
    const flags = ["--js-flags=--expose-gc", "--enable-precise-memory-info"];
    const [[before, after]] = (await inPage<[Held, Held]>(flags, ["steady", "steps", 100, 900])) as [[Held, Held]];
    expect(before.gpu).toBeGreaterThan(0);
    expect(after.gpu).toBe(before.gpu);
    expect(after.buffers).toBe(before.buffers);
    expect(after.reserved).toBe(before.reserved);
    // What the engine keeps of its own (code, feedback) moves by some KB either way; a step that left 1 KB would leave 900.
    expect(after.heap - before.heap).toBeLessThan(300_000);
  }, 240_000);

  test("holds no more after 1,000 results than after 100, and takes their memory again", async () => {
    const flags = ["--js-flags=--expose-gc", "--enable-precise-memory-info"];
    const [[before, after]] = (await inPage<[Held, Held]>(flags, ["steady", "results", 100, 900])) as [[Held, Held]];
    expect(before.made).toBeGreaterThan(0);
    expect(after.made).toBe(before.made);
    expect(after.gpu).toBe(before.gpu);
    expect(after.reserved).toBe(before.reserved);
    expect(after.heap - before.heap).toBeLessThan(300_000);
  }, 240_000);
});
