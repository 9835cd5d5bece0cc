/** The table of ops in a page: on both wasm builds, and its values on WebGPU. */
import { fileURLToPath } from "node:url";
import { beforeAll, describe, expect, it } from "vitest";
import { bundleForPage } from "../runtime/bundle.ts";
import { callInPage, withPage } from "../runtime/chromium.ts";
import type { Routes } from "../runtime/server.ts";
import type { Report, SuiteOptions } from "./suite.ts";
import { table } from "./table.ts";

/** What WebGPU says it cannot do yet; a case that begins to pass must leave the list. */
const webgpuCannot =
  /^(conv2d|convolve|maxPool|avgPool|sumPool|matmulInteger|nms|nonzero|quantize |(second )?derivative of (conv2d|maxPool2d|avgPool2d))/;

/** Dtypes that it does not hold: the cases of dtypes.ts begin with them. */
const webgpuLacks = /^(u?int(64|32|16)|int8|b?float(64|16|8_e4m3fn|8_e5m2)) /;

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
  it.each([true, false])("wasm, deterministic %s", async (deterministic) => {
    const report = await inPage(false, { init: { device: "wasm", deterministic } });
    expect(report.failures).toEqual([]);
    expect(report.unsupported).toEqual([]);
    expect(report.checks).toBeGreaterThan(1000);
  });

  it("WebGPU, or it says that it cannot", { timeout: 240_000 }, async () => {
    const report = await inPage(true, { init: { device: "webgpu" }, layouts: ["contiguous"], gradients: false });
    expect(report.failures).toEqual([]);
    const expected = table.map((item) => item.name).filter((name) => webgpuCannot.test(name) || webgpuLacks.test(name));
    expect([...report.unsupported].sort()).toEqual(expected.sort());
  });
});
