/** Time by kernel on WebGPU in Chromium: by the GPU's timestamps, and by fences where it has none. */
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import type { KernelProfile } from "../../ts/formats/onnx/profile.ts";
import { model } from "../formats/onnx/writer.ts";
import { bundleForPage } from "../runtime/bundle.ts";
import { callInPage, withPage } from "../runtime/chromium.ts";

/** A product, which takes long, and a sum after it, which does not. */
const bytes = model({
  nodes: [
    { op: "MatMul", inputs: ["a", "b"], outputs: ["product"] },
    { op: "ReduceSum", inputs: ["product"], outputs: ["y"], attributes: { keepdims: 0 } },
  ],
  inputs: [
    ["a", 1, [512, 512]],
    ["b", 1, [512, 512]],
  ],
  outputs: [["y", 1, []]],
});

test.each([
  ["timestamps", true],
  ["fences", false],
] as const)("a profile by %s says where the time goes", { timeout: 120_000 }, async (clock, timestamps) => {
  const routes = {
    "/main.js": { text: await bundleForPage("test/device/webgpu-profile-page.ts") },
    "/dist/": { folder: fileURLToPath(new URL("../../dist", import.meta.url)) },
  };
  const { profile, first } = await withPage({ routes, webgpu: true }, (page) =>
    callInPage<{ profile: KernelProfile[]; first: number }>(
      page,
      "/main.js",
      "profiled",
      Buffer.from(bytes).toString("base64"),
      timestamps,
    ),
  );
  expect(first).toBe(512 ** 3);
  const [product, ...rest] = profile;
  expect(product?.label).toBe("matmul");
  expect(profile.every((kernel) => kernel.clock === clock)).toBe(true);
  expect(rest.every(({ ms }) => ms >= 0)).toBe(true);
  // 268 million operations against 262 thousand.
  expect(product?.ms).toBeGreaterThan(Math.max(0.5, ...rest.map(({ ms }) => ms)));
  expect(product?.gflops).toBeGreaterThan(0);
});
