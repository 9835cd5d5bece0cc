/**
 * The packed archive through the bundlers that people use, with no plugin and no word about hebb in their configuration: what
 * they build runs in Chromium under a strict policy, fetches one build of the kernels, and reaches what is loaded on demand.
 */
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import type { Page } from "puppeteer";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { root } from "../../scripts/build.mjs";
import { install } from "../../scripts/install.mjs";
import { withPage } from "../runtime/chromium.ts";
import { addModule, type Consumer, makeConsumer } from "../runtime/consumer.ts";
import { processes, runModule } from "../runtime/processes.ts";
import { expectSame } from "../runtime/same.ts";
import type { Outcome } from "../runtime/smoke.ts";
import { serveWorker } from "../runtime/workerd.ts";
import { type Bundler, bundle, bundlers, layOut, packages, runScript, withDevelopment, writeFiles } from "./bundler.ts";
import { answersOnEdge } from "./edge-light.ts";

/** One project installed for all, copied for each. */
let origin: Consumer;
let reference: Outcome[];
const projects: string[] = [];
beforeAll(async () => {
  install(join(root, "test/bundlers"));
  origin = await makeConsumer();
  layOut(origin.folder);
  await addModule(origin.folder, "threads");
  reference = await runModule(processes.node as string[], origin.folder, "run.js");
});
afterAll(() => {
  for (const folder of projects) rmSync(folder, { recursive: true, force: true });
  origin?.remove();
});

function makeProject(): string {
  const folder = mkdtempSync(join(root, "build/project-"));
  projects.push(folder);
  cpSync(origin.folder, folder, { recursive: true });
  return folder;
}

/** Calls one of the functions that the program left. */
const call = <T>(page: Page, name: string): Promise<T> => page.evaluate(`example.${name}()`) as Promise<T>;

/** The name in dist/ of each file of kernels that was asked for, whatever a bundler calls it. */
function kernelsOf(requests: readonly string[], site: string): (string | undefined)[] {
  const dist = join(root, "dist");
  const builds = readdirSync(dist).filter((name) => name.endsWith(".wasm"));
  const textOf = new Map(builds.map((name) => [readFileSync(join(dist, name), "latin1"), name]));
  return requests
    .filter((path) => path.endsWith(".wasm"))
    .map((path) => textOf.get(readFileSync(join(site, path), "latin1")));
}

const numbers = [2, 4, 6, 16];

describe.each(bundlers)("$name", (bundler: Bundler) => {
  let site: string;
  beforeAll(async () => {
    site = await bundle(makeProject(), bundler);
  });

  const open = (work: (page: Page, requests: readonly string[]) => Promise<void>, webgpu = false): Promise<void> =>
    withPage({ routes: { "/": { folder: site } }, webgpu }, async (page, server) => {
      await page.goto(`${server.url}/index.html`);
      await work(page, server.requests);
    });

  test("a page and a Web Worker of its own fetch one build of the kernels each, the right one", async () => {
    await open(async (page, requests) => {
      expect(await call(page, "compute")).toEqual(numbers);
      expect(kernelsOf(requests, site)).toEqual(["hebb-shared-relaxed.wasm"]);
      expect(await call(page, "inWorker")).toEqual([2, 4, 6]);
      expect(kernelsOf(requests, site)).toEqual(["hebb-shared-relaxed.wasm", "hebb-shared-relaxed.wasm"]);
    });
  });

  test("every smoke case passes with the bits of Node; what is loaded on demand comes", async () => {
    await open(async (page, requests) => {
      expectSame(await call(page, "smoke"), reference);
      expect(kernelsOf(requests, site)).toEqual(["hebb-shared.wasm", "hebb-full-shared.wasm"]);
    });
  });

  test("threads start, and so does the worker mode", async () => {
    await open(async (page) => {
      expect(await call(page, "onThreads")).toMatchObject({ threads: 2, same: true });
      expect(await call(page, "inWorkerMode")).toEqual(numbers);
    });
  });

  test("WebGPU comes when it is asked for, and no kernels of wasm", async () => {
    await open(async (page, requests) => {
      expect(await call(page, "onGpu")).toEqual(numbers);
      expect(kernelsOf(requests, site)).toEqual([]);
    }, true);
  });
});

describe("vite's server for development", () => {
  test("serves the same program unbundled", async () => {
    const project = makeProject();
    writeFiles(project, bundlers.find(({ name }) => name === "vite") as Bundler);
    await withDevelopment(project, async (url) => {
      await withPage({ routes: {} }, async (page) => {
        const kernels: string[] = [];
        page.on("request", (request) => {
          if (request.url().endsWith(".wasm")) kernels.push(basename(request.url()));
        });
        await page.goto(url);
        await page.waitForFunction("globalThis.example !== undefined");
        expect(await call(page, "compute")).toEqual(numbers);
        expect(await call(page, "inWorker")).toEqual([2, 4, 6]);
        expect(kernels.filter((name) => name !== "hebb-relaxed.wasm")).toEqual([]);
        expectSame(await call(page, "smoke"), reference);
      });
    });
  });
});

describe("wrangler", () => {
  test("a worker that it would deploy answers in workerd", async () => {
    const folder = makeProject();
    const settings = { name: "edge", main: "edge.js", compatibility_date: "2025-10-01" };
    writeFileSync(join(folder, "wrangler.json"), JSON.stringify(settings));
    await runScript(folder, join(packages, "wrangler/bin/wrangler.js"), ["deploy", "--dry-run", "--outdir=dist"]);
    const site = join(folder, "dist");
    const kernels = readdirSync(site).filter((name) => name.endsWith(".wasm"));
    expect(kernelsOf(kernels, site)).toEqual(["hebb.wasm"]);
    await serveWorker(site, "edge.js", kernels, async (url) => {
      const answer = await fetch(`${url}/?x=1,2`);
      expect(await answer.json()).toEqual([16]);
    });
  });
});

describe("an edge function", () => {
  test("bundled under edge-light answers in Vercel's runtime, which compiles nothing", async () => {
    const folder = makeProject();
    const urls = ["https://example.com/?x=1,2", "https://example.com/?x=0,1"];
    expect(await answersOnEdge(folder, "edge-light.js", urls)).toEqual([
      { status: 200, body: [16] },
      { status: 200, body: [9] },
    ]);
  });
});
