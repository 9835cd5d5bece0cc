/** Tensors far beyond what the adapter binds at once, in Chromium: they are divided, and what cannot be says why. */
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { bundleForPage } from "../runtime/bundle.ts";
import { callInPage, withPage } from "../runtime/chromium.ts";
import { limitCases, smallPage } from "./webgpu-limit-cases.ts";

interface Compared {
  readonly wrong: Record<string, string>;
  readonly crossed: Record<string, string>;
  readonly longest: number;
}

test("tensors beyond an adapter's limits are divided, not refused", { timeout: 900_000 }, async () => {
  const routes = {
    "/main.js": { text: await bundleForPage("test/device/webgpu-limits-page.ts") },
    "/dist/": { folder: fileURLToPath(new URL("../../dist", import.meta.url)) },
  };
  const { wrong, crossed, longest } = await withPage({ routes, webgpu: true }, (page) =>
    callInPage<Compared>(page, "/main.js", "compareLimited"),
  );
  expect(wrong).toEqual({});
  expect(longest).toBe(smallPage);
  const reason = expect.stringMatching(/^cumsum: webgpu: cannot bind \d+ parts of 65536 bytes at once: /);
  expect(crossed).toEqual(
    Object.fromEntries(limitCases.filter(({ crosses }) => crosses).map(({ name }) => [name, reason])),
  );
});
