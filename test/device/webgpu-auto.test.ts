/** The choice of a device in Chromium, on its software adapter, where wasm wins: the same losses, and remembered. */
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { bundleForPage } from "../runtime/bundle.ts";
import { callInPage, withPage } from "../runtime/chromium.ts";

test("training is tried on the GPU, stays right, and the next page knows the winner", async () => {
  const routes = {
    "/main.js": { text: await bundleForPage("test/device/webgpu-auto-page.ts") },
    "/dist/": { folder: fileURLToPath(new URL("../../dist", import.meta.url)) },
  };
  await withPage({ routes, webgpu: true }, async (page, server) => {
    const call = <T>(name: string, ...args: unknown[]): Promise<T> => callInPage<T>(page, "/main.js", name, ...args);
    type Trained = { losses: number[]; started: number };
    const steps = 60;
    const wanted = await call<Trained>("train", "wasm", steps);
    expect(wanted.started).toBe(0);
    const given = await call<Trained>("train", "auto", steps);
    expect(given.started).toBe(1);
    const worst = Math.max(...wanted.losses.map((loss, i) => Math.abs((given.losses[i] as number) / loss - 1)));
    expect(worst).toBeLessThan(1e-3);
    expect(wanted.losses[steps - 1]).toBeLessThan((wanted.losses[0] as number) / 2);
    expect(await call("kept")).toBe(1);

    await page.goto(`${server.url}/`);
    const again = await call<Trained>("train", "auto", steps);
    expect(again.started).toBe(0);
    expect(again.losses).toEqual(wanted.losses);
  });
}, 240_000);
