/**
 * A GPU that is absent, lost, full, or refuses commands, in Chromium, in the page and in a worker that computes for it: errors
 * say which, what still can goes on, and a page that leaves the choice of the device goes on with wasm.
 */
import { fileURLToPath } from "node:url";
import { beforeAll, describe, expect, test } from "vitest";
import { build } from "../../scripts/build.mjs";
import { bundleForPage } from "../runtime/bundle.ts";
import { callInPage, withPage } from "../runtime/chromium.ts";
import type { Routes } from "../runtime/server.ts";
import type { Place, triedFull } from "./webgpu-faults-page.ts";

let routes: Routes;
beforeAll(async () => {
  await build(["plain", "full", "bundles"]);
  routes = {
    "/main.js": { text: await bundleForPage("test/device/webgpu-faults-page.ts") },
    "/failing.js": { text: await bundleForPage("test/device/webgpu-failing.ts") },
    "/worker.js": { text: 'import "/dist/worker.js";\nimport { install } from "/failing.js";\ninstall();' },
    "/dist/": { folder: fileURLToPath(new URL("../../dist", import.meta.url)) },
  };
});

const inPage = <T>(webgpu: boolean, name: string, ...args: unknown[]): Promise<T> =>
  withPage({ routes, webgpu }, (page) => callInPage<T>(page, "/main.js", name, ...args));

const places: readonly (readonly [where: string, place: Place, bare: Place])[] = [
  ["in the page", "page", "page"],
  ["in a worker", "/worker.js", "/dist/worker.js"],
];

describe.each(places)("a GPU %s", { timeout: 240_000 }, (_, place, bare) => {
  test("that is not there is named to a page that asks for it", async () => {
    const [started] = await inPage<string[]>(false, "start", "webgpu", bare);
    expect(started).toMatch(/^UnsupportedError: init: cannot start device webgpu: .*wanted device "wasm"$/);
  });

  test("that is not there leaves wasm to a page that leaves the choice", async () => {
    expect(await inPage<string[]>(false, "start", "auto", bare)).toEqual(["undefined", "5"]);
  });

  test("that is lost half-way says so, starts anew, and names what is gone", async () => {
    const said = await inPage<Record<string, string>>(true, "lostHalfway", place);
    const gone = (name: string): RegExp =>
      new RegExp(
        `^DeviceError: ${name}: cannot read \\[2\\]: the GPU was lost.* and nobody else has the value, wanted `,
      );
    expect(said).toEqual({
      first: "5",
      model: "3,4",
      running: expect.stringMatching(/^DeviceError: webgpu: cannot (compile|run): the GPU was lost/),
      next: "5",
      weight: expect.stringMatching(gone("weight")),
      step: expect.stringMatching(gone("weight")),
      steps: "1",
      modelAgain: "3,4",
      state: expect.stringMatching(gone("weight.m")),
      restored: "5",
    });
  });

  test("that is lost after it was chosen leaves wasm, and names what is gone", async () => {
    const said = await inPage<Record<string, unknown>>(true, "chosenLost", place);
    expect(said).toEqual({
      first: "255,256",
      chosen: "255,256,256",
      running: "255,256",
      next: "255,256",
      weight: expect.stringMatching(
        /^DeviceError: weight: cannot read \[(256, 256|65536)\]: the GPU was lost.* and nobody else has the value, wanted /,
      ),
      product: "256",
      submits: 0,
      warnings: [expect.stringMatching(/^auto: goes on with wasm: webgpu: cannot run: the GPU was lost/)],
    });
  });

  test("without room names what it could not hold, and goes on", async () => {
    const said = await inPage<string[]>(true, "outOfMemory", place);
    const full = (name: string): unknown =>
      expect.stringMatching(
        new RegExp(`^DeviceError: webgpu: cannot hold ${name}: the GPU has no memory left, nothing is free$`),
      );
    expect(said).toEqual([
      full("result 0 \\(1048576 bytes of float32\\), written by matmul"),
      full("weight \\(1048576 bytes of float32\\), read by add\\+sum"),
      full("\\d+ bytes of values on the way, the largest of 1048576 bytes read by add"),
      String(2 * 2 ** 18),
      "5",
      String(2 * 2 ** 18),
    ]);
  });

  test("without room that is tried leaves wasm", async () => {
    const tried = await inPage<Awaited<ReturnType<typeof triedFull>>>(true, "triedFull", place);
    expect(tried).toEqual({
      said: ["255,256"],
      refusals: expect.any(Number),
      submits: 0,
      warnings: [expect.stringMatching(/^auto: goes on with wasm: webgpu: cannot hold .*: the GPU has no memory left/)],
    });
    expect(tried.refusals).toBeGreaterThan(0);
  });
});

test("commands and shaders that the GPU refuses are errors with the kernel's name", async () => {
  const [refused, after] = await inPage<string[]>(true, "refused");
  expect(refused).toMatch(/^DeviceError: webgpu: cannot run add\+sum: the GPU refused it, /);
  expect(after).toBe("5");
  expect(await inPage<string>(true, "uncompiled")).toMatch(
    /^DeviceError: webgpu: cannot compile softmax: the GPU refused it, /,
  );
}, 120_000);
