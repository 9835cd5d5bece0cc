/** Pages under the policies and servers of pages.ts, in Chromium; and engines without WebAssembly. */
import { readdirSync } from "node:fs";
import { basename, join } from "node:path";
import type { Page } from "puppeteer";
import { afterEach, beforeAll, describe, expect, test, vi } from "vitest";
import { build, root } from "../../scripts/build.mjs";
import { FormatError, UnsupportedError } from "../../ts/core/errors.ts";
import { explained, obstacle } from "../../ts/execution/no-wasm.ts";
import { withPage } from "../runtime/chromium.ts";
import type { Routes } from "../runtime/server.ts";
import { type Setting, settings } from "./pages.ts";

const page = `<!doctype html><title>hebb</title><script nonce="once" type="module" src="/main.js"></script>`;

/**
 * Computes a product when it is told to, tells how many threads share large ones, and keeps what the policy had to be held
 * against.
 */
const script = `
  import { explain, init, tensor } from "/hebb/index.js";
  globalThis.violated = [];
  document.addEventListener("securitypolicyviolation", (event) => violated.push(event.effectiveDirective));
  globalThis.compute = async (options) => {
    if (options !== null) await init(options);
    return tensor([1, 2, 3]).mul(2).array();
  };
  globalThis.threads = async (wanted, patience) => {
    const x = tensor(Float32Array.from({ length: 65536 }, (_, i) => i % 7), { shape: [256, 256] });
    const count = async () => Number(/threads: (\\d+)$/.exec(await explain(x.matmul(x)))?.[1]);
    const end = performance.now() + patience;
    for (let now = 1; performance.now() < end && (now < wanted || wanted === 1); now = await count()) {
      await x.matmul(x).sum().item();
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    return count();
  };`;

/** The kernels of a server without them: nothing, or the page that some answer everything with. */
function absent(kind: Setting["kernels"]): Routes {
  const builds = readdirSync(join(root, "dist")).filter((name) => name.endsWith(".wasm"));
  if (kind === "missing")
    return Object.fromEntries(builds.map((name) => [`/hebb/${name}`, { folder: join(root, "none") }]));
  if (kind === "page") return Object.fromEntries(builds.map((name) => [`/hebb/${name}`, { text: page }]));
  return {};
}

function typesOf(kind: Setting["kernels"]): Readonly<Record<string, string>> {
  if (kind === "page") return { ".wasm": "text/html; charset=utf-8" };
  return typeof kind === "object" ? { ".wasm": kind.type } : {};
}

/** The product, or the error in words. */
function outcomeOf(tab: Page, options: Setting["options"]): Promise<unknown> {
  return tab.evaluate(
    `compute(${JSON.stringify(options ?? null)}).catch(({ name, message }) => name + ": " + message.replace(/http[^ :]*:[^ ]*\\b/, "<url>"))`,
  );
}

beforeAll(async () => {
  await build(["plain", "relaxed", "bundles"]);
});

describe("a page", () => {
  const routes: Routes = {
    "/index.html": { text: page },
    "/main.js": { text: script },
    "/hebb/": { folder: join(root, "dist") },
  };

  test.each(settings.map((setting) => [setting.name, setting] as const))("with %s", async (_, setting) => {
    const {
      policy,
      isolated,
      webgpu = false,
      kernels,
      options,
      outcome,
      threads,
      fetched,
      warning,
      violated = [],
    } = setting;
    const server = { routes: { ...absent(kernels), ...routes }, policy, isolated, types: typesOf(kernels) };
    await withPage({ ...server, webgpu }, async (tab, { url, requests }) => {
      const warnings: string[] = [];
      tab.on("console", (line) => {
        if (/^(init|wasm):/.test(line.text())) warnings.push(line.text());
      });
      await tab.goto(`${url}/index.html`);
      const expected = outcome instanceof RegExp ? expect.stringMatching(outcome) : outcome;
      expect(await outcomeOf(tab, options)).toEqual(outcome === true ? [2, 4, 6] : expected);
      if (threads !== undefined) {
        expect(await tab.evaluate(`threads(${threads}, ${threads > 1 ? 30_000 : 1000})`)).toBe(threads);
        expect(requests.filter((path) => path.endsWith("/thread.js")).length).toBe(threads - 1);
      }
      expect(requests.filter((path) => path.endsWith(".wasm")).map((path) => basename(path))).toEqual(fetched);
      expect(await tab.evaluate("Array.from(new Set(violated))")).toEqual(violated);
      expect(warnings).toEqual(warning === undefined ? [] : [warning]);
    });
  });

  test("without a network says so, and goes on when there is one", async () => {
    await withPage({ routes }, async (tab, { url }) => {
      await tab.goto(`${url}/index.html`);
      await tab.setOfflineMode(true);
      expect(await outcomeOf(tab, {})).toMatch(
        /^FormatError: compileWasm: cannot read <url>: Failed to fetch, wanted a network/,
      );
      await tab.setOfflineMode(false);
      expect(await outcomeOf(tab, undefined)).toEqual([2, 4, 6]);
    });
  });
});

describe("an engine", () => {
  afterEach(() => void vi.unstubAllGlobals());

  test("that runs SIMD WebAssembly is in nobody's way", () => {
    expect(obstacle()).toBeNull();
    const error = new WebAssembly.CompileError("wrong bytes");
    expect(explained(error)).toBe(error);
  });

  test("without WebAssembly is told apart from one without SIMD, and from a policy", () => {
    const { Module, validate } = WebAssembly;
    vi.stubGlobal("WebAssembly", undefined);
    expect(obstacle()).toContain("this engine has none");
    expect(explained(new ReferenceError("WebAssembly is not defined"))).toBeInstanceOf(UnsupportedError);
    vi.stubGlobal("WebAssembly", {
      Module,
      validate: (bytes: Uint8Array<ArrayBuffer>) => !bytes.includes(253) && validate(bytes),
    });
    expect(obstacle()).toContain("no SIMD");
    const Refusing = function Refusing(): never {
      throw new EvalError("refused");
    };
    vi.stubGlobal("WebAssembly", { Module: Refusing, validate });
    expect(obstacle()).toContain("Content-Security-Policy");
    const missing = new FormatError("not found");
    expect(explained(missing)).toBe(missing);
  });
});
