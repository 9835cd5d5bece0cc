/** LeNet-5 trained by one thread and by two: one hash of its weights, in Node, in an isolated Chromium page and in Deno. */
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";
import { root } from "../../scripts/build.mjs";
import { bundleFor, bundleForPage } from "../runtime/bundle.ts";
import { callInPage, withPage } from "../runtime/chromium.ts";
import { processes, runModule } from "../runtime/processes.ts";
import { trainedHash } from "./lenet.ts";

const steps = 3;

it("in Node and Chromium", { timeout: 240_000 }, async () => {
  const hash = await trainedHash(1, steps);
  expect(await trainedHash(2, steps)).toBe(hash);
  const routes = {
    "/main.js": { text: await bundleForPage("test/device/lenet.ts") },
    "/dist/": { folder: fileURLToPath(new URL("../../dist", import.meta.url)) },
  };
  await withPage({ routes }, async (page, { requests }) => {
    for (const threads of [1, 2, 3]) {
      expect(await callInPage(page, "/main.js", "trainedHash", threads, steps)).toBe(hash);
    }
    expect(requests).toContain("/dist/thread.js");
  });
});

it.skipIf(processes.deno === null)("in Deno", { timeout: 240_000 }, async () => {
  const folder = join(root, "build/threads-deno");
  try {
    mkdirSync(folder, { recursive: true });
    const text = await bundleFor("deno", "test/device/lenet-printed.ts", "../../dist/");
    writeFileSync(join(folder, "main.js"), text);
    const hashes = await runModule<string[]>(processes.deno as string[], folder, "main.js", [String(steps)], 120_000);
    expect(hashes).toEqual(Array(3).fill(await trainedHash(1, steps)));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
