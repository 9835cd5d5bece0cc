/** Kernels of a GPU that compute wrongly, in Chromium: found out, told of, and done without. */
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { bundleForPage } from "../runtime/bundle.ts";
import { callInPage, withPage } from "../runtime/chromium.ts";

const routes = async () => ({
  "/main.js": { text: await bundleForPage("test/device/webgpu-trust-page.ts") },
  "/dist/": { folder: fileURLToPath(new URL("../../dist", import.meta.url)) },
});

const product = [8, 11, 16, 23];
const warning =
  /^webgpu: matmul \(float32, float32, float32\) is wrong on \S.*: element 0 is [\d.-]+, wanted [\d.-]+; /;

test("kernels are compared with wasm and refused where they differ", async () => {
  await withPage({ routes: await routes(), webgpu: true }, async (page) => {
    const call = <T>(name: string, ...args: unknown[]): Promise<T> => callInPage<T>(page, "/main.js", name, ...args);

    expect(await call("untried")).toEqual([]);
    const { warnings, families } = await call<{ warnings: string[]; families: number }>("trusted");
    expect(warnings).toEqual([]);
    expect(families).toBeGreaterThan(100);

    type Told = { values: number[][]; warnings: string[]; plan: string };
    const told = await call<Told>("mistrust", "background");
    expect(told.values[0]).not.toEqual(product);
    expect(told.values[1]).toEqual(product);
    expect(told.warnings).toEqual([expect.stringMatching(warning)]);
    expect(told.plan).toMatch(/stage 0 on wasm\n {2}runs matmul: webgpu computes matmul .* wrongly/);

    const first = await call<Told>("mistrust", "first");
    expect(first.values).toEqual([product, product]);
    expect(first.warnings).toEqual([expect.stringMatching(warning)]);

    const { losses, wanted } = await call<{ losses: number[]; wanted: number[] }>("trainMistrusted");
    losses.forEach((loss, i) => {
      expect(Math.abs(loss / (wanted[i] as number) - 1)).toBeLessThan(1e-5);
    });
  });
}, 240_000);
