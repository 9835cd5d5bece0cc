/**
 * Examples of the pages that need a browser, in Chromium: blocks of `ts page` promise values as those in Node do; a document of
 * `html page` promises the text of an element by the comment behind the line that sets it.
 */
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { root } from "../../scripts/build.mjs";
import { callInPage, withPage } from "../runtime/chromium.ts";
import { blocks, programs } from "./blocks.ts";
import { bodyOf, expectPromised } from "./examples.ts";

const dist = { folder: join(root, "dist") };

/** A module of the page that runs an example and returns what was promised beside what came. */
const moduleOf = (source: string): string => `
const names = { hebb: "index", "hebb/onnx": "onnx", "hebb/safetensors": "safetensors", "hebb/vision": "vision", "hebb/audio": "audio" };
const $use = (name) => import(\`/dist/\${names[name]}.js\`);
const plain = async (value) => typeof value?.array === "function" ? value.array() : ArrayBuffer.isView(value) ? [...value] : value;
export async function run() {
  const checks = [];
  const $check = async (value, promised, line) => checks.push([await plain(await value), promised, line]);
  const $result = {};
  ${bodyOf(source)}
  return checks;
}`;

describe("examples in a page", () => {
  test.each(programs("ts page").map(({ name, source }) => [name, source] as const))("%s", async (_, source) => {
    const routes = { "/dist/": dist, "/example.js": { text: moduleOf(source) } };
    const checks = await withPage({ routes }, (page) =>
      callInPage<[value: unknown, promised: unknown, line: string][]>(page, "/example.js", "run"),
    );
    expect(checks.length).toBeGreaterThan(0);
    for (const [value, promised, line] of checks) expectPromised(value, promised, line);
  });

  const documents = blocks.filter(({ info }) => info === "html page");
  test.each(documents.map(({ page, lines }) => [page, lines.join("\n").trim()] as const))("%s", async (_, text) => {
    const [, selector, promised] = /querySelector\("(.+)"\)\.textContent = .*; \/\/ (.+)/.exec(text) ?? [];
    expect(promised).toBeDefined();
    const routes = { "/node_modules/hebb/dist/": dist, "/page.html": { text } };
    // The document's own scripts are inline.
    const policy = "default-src 'self'; script-src 'self' 'unsafe-inline' 'wasm-unsafe-eval'";
    await withPage({ routes, policy }, async (page, { url }) => {
      await page.goto(`${url}/page.html`);
      const says = `document.querySelector(${JSON.stringify(selector)}).textContent === ${JSON.stringify(promised)}`;
      await page.waitForFunction(says, { timeout: 60_000 });
    });
  });
});
