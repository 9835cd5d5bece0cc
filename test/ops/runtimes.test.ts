/** The table of ops in a page: on both wasm builds, and its values on WebGPU. */
import { fileURLToPath } from "node:url";
import { beforeAll, describe, expect, it } from "vitest";
import { bundleForPage } from "../runtime/bundle.ts";
import { callInPage, withPage } from "../runtime/chromium.ts";
import type { Routes } from "../runtime/server.ts";
import type { Report, SuiteOptions } from "./suite.ts";

/** Most cases that may reach a kernel or a dtype which WebGPU lacks, so that wasm runs a part of them. */
const mostCrossing = 41;

let routes: Routes;
beforeAll(async () => {
  routes = {
    "/main.js": { text: await bundleForPage("test/ops/suite.ts") },
    "/dist/": { folder: fileURLToPath(new URL("../../dist", import.meta.url)) },
  };
});

const inPage = (webgpu: boolean, options: SuiteOptions): Promise<Report> =>
  withPage({ routes, webgpu }, (page) => callInPage<Report>(page, "/main.js", "runSuite", options));

describe("the table of ops in Chromium", () => {
  it.each([true, false])("wasm, deterministic %s", { timeout: 240_000 }, async (deterministic) => {
    const report = await inPage(false, { init: { device: "wasm", deterministic } });
    expect(report.failures).toEqual([]);
    expect(report.unsupported).toEqual([]);
    expect(report.checks).toBeGreaterThan(1000);
  });

  it("WebGPU, with wasm where it must", { timeout: 240_000 }, async () => {
    // No kernel is tried before: a wrong one would run on wasm.
    const init = { device: "webgpu", verify: "never" } as const;
    const report = await inPage(true, { init, layouts: ["contiguous"], gradients: false });
    expect(report.failures).toEqual([]);
    expect(report.unsupported).toEqual([]);
    expect(report.crossed.length, report.crossed.join(", ")).toBeLessThanOrEqual(mostCrossing);
  });
});
