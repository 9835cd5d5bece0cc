/** The WebGPU device in Chromium, on its software adapter: the same results as wasm's. */
import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import type { Page } from "puppeteer";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { pageOptions } from "../../scripts/bundler.mjs";
import { bundleForPage } from "../runtime/bundle.ts";
import { callInPage, withPage } from "../runtime/chromium.ts";

const at = (path: string): string => fileURLToPath(new URL(`../../${path}`, import.meta.url));

/** Differences of losses after up to 30 steps. */
const lossTolerance = 1e-4;

const routes = async () => ({
  "/main.js": { text: await bundleForPage("test/device/webgpu-page.ts") },
  "/dist/": { folder: at("dist") },
});

describe("webgpu", () => {
  let page: Page;
  let closed: Promise<unknown> = Promise.resolve();
  let close = (): void => {};

  beforeAll(async () => {
    const given = await routes();
    await new Promise<void>((ready, failed) => {
      closed = withPage({ routes: given, webgpu: true }, (opened) => {
        page = opened;
        ready();
        return new Promise<void>((resolve) => {
          close = resolve;
        });
      });
      closed.catch(failed);
    });
  });
  afterAll(async () => {
    close();
    await closed;
  });

  const call = <T>(name: string, ...args: unknown[]): Promise<T> => callInPage<T>(page, "/main.js", name, ...args);

  test("every shader compiles as it stands", async () => {
    const names = readdirSync(at("shaders")).filter((name) => name.endsWith(".wgsl"));
    const texts = Object.fromEntries(names.map((name) => [name, readFileSync(at(`shaders/${name}`), "utf8")]));
    const messages = await call<Record<string, string[]>>("compileShaders", texts);
    expect(messages).toEqual(Object.fromEntries(names.map((name) => [name, []])));
    expect(await call("compileShaders", { broken: "fn f() -> f32 { return 1u; }" })).not.toEqual({ broken: [] });
  });

  test("computes what wasm computes", async () => {
    const { count, wrong } = await call<{ count: number; wrong: Record<string, string> }>("compare", false);
    expect(wrong).toEqual({});
    expect(count).toBeGreaterThan(150);
  }, 240_000);

  test("computes products as on hardware", async () => {
    const { count, wrong } = await call<{ count: number; wrong: Record<string, string> }>("compareProducts");
    expect(wrong).toEqual({});
    expect(count).toBe(12);
  }, 480_000);

  test("computes it without subgroups where bits must not depend on them", async () => {
    const { count, wrong } = await call<{ count: number; wrong: Record<string, string> }>("compare", true);
    expect(wrong).toEqual({});
    expect(count).toBeGreaterThan(10);
  }, 240_000);

  test.each(["SGD", "Adam"])(
    "trains a network with %s as wasm does",
    async (optimizer) => {
      const wanted = await call<number[]>("train", "wasm", optimizer, 30);
      const given = await call<number[]>("train", "webgpu", optimizer, 30);
      expect(wanted[29]).toBeLessThan((wanted[0] as number) / 4);
      const worst = Math.max(...wanted.map((loss, i) => Math.abs(loss - (given[i] as number))));
      expect(worst).toBeLessThanOrEqual(lossTolerance);
    },
    240_000,
  );

  test("an index out of range fails the run and nothing else", async () => {
    const { name, message, after } = await call<{ name: string; message: string; after: number[] }>("lateFailure");
    expect(name).toBe("ShapeError");
    expect(message).toBe("gather: cannot read index 9: it is out of range, wanted -4 to 3");
    expect(after).toEqual([2, 3]);
  });

  test("what it cannot do runs on wasm in the same program, and no update comes between", async () => {
    const { values, plan, together, fresh, after } = await call<Record<string, number[]> & { plan: string }>("mixed");
    expect(values).toEqual([1.5, 3, 4.5, 6]);
    expect(together).toEqual(values);
    expect(after).toEqual([0, 1.5, 3, 4.5]);
    expect(fresh).toEqual([0, 4, 8, 12]);
    expect(plan).toMatch(/stage 0 on webgpu\n.*stage 1 on wasm\n {2}runs cast, div: webgpu holds no float64\n/s);
    expect(plan).toMatch(/stages: 3, 2 values cross between devices \(32 B\)/);
  });

  test("what exceeds the adapter and wasm is refused", async () => {
    expect(await call("tooLarge")).toMatch(/^DeviceError: wasm: cannot allocate \d+ bytes/);
  });
});

test("pages that do not ask for it load nothing of it", async () => {
  const { metafile } = await build({ ...pageOptions({ index: "ts/index.ts" }), metafile: true, write: false });
  const outputs = metafile?.outputs ?? {};
  const [first] = Object.keys(outputs).filter((path) => outputs[path]?.entryPoint === "ts/index.ts");
  const loaded = new Set([first as string]);
  const inputs = new Set<string>();
  for (const path of loaded) {
    for (const input of Object.keys(outputs[path]?.inputs ?? {})) inputs.add(input);
    for (const { path: other, kind } of outputs[path]?.imports ?? [])
      if (kind === "import-statement") loaded.add(other);
  }
  expect(inputs).toContain("ts/execution/runtime.ts");
  expect([...inputs].filter((path) => /^shaders\/|\/webgpu\//.test(path))).toEqual([]);
});
