/** The built package, as installed, in every runtime: the same cases, the same numbers, the same bits. */
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { callInPage, withPage } from "./chromium.ts";
import { type Consumer, makeConsumer } from "./consumer.ts";
import { firefox } from "./pages.ts";
import { processes, runModule } from "./processes.ts";
import { expectSame } from "./same.ts";
import { type Routes, serve } from "./server.ts";
import type { Outcome } from "./smoke.ts";
import { webkit } from "./webkit.ts";
import { withWorker } from "./workerd.ts";

let consumer: Consumer;
let reference: Outcome[];

beforeAll(async () => {
  consumer = await makeConsumer();
  reference = await runModule(processes.node as string[], consumer.folder, "run.js");
});
afterAll(() => consumer?.remove());

/** The package's files as they are, and a page that calls it. */
const routes = (): Routes => ({
  "/hebb/": { folder: join(consumer.folder, "node_modules/hebb/dist") },
  "/page.js": {
    text: `
      import * as hebb from "/hebb/index.js";
      import * as safetensors from "/hebb/safetensors.js";
      import { smoke } from "/smoke.js";
      export const run = () => smoke({ hebb, safetensors });
      export const product = async () => { await hebb.tensor([1]).mul(2).data(); };
      export const open = () => {};
      export const call = async () => ({ value: await run() });`,
  },
  "/": { folder: consumer.folder },
});

describe("the smoke cases pass", () => {
  test("in Node", () => {
    expect(reference.filter(({ ok }) => !ok)).toEqual([]);
    expect(reference.length).toBeGreaterThan(8);
  });

  for (const name of ["deno", "bun"] as const) {
    const command = processes[name];
    test.skipIf(command === null)(`in ${name}`, async () => {
      expectSame(await runModule(command as string[], consumer.folder, "run.js"), reference);
    });
  }

  for (const [name, kind] of Object.entries({ Firefox: firefox, WebKit: webkit })) {
    test(`in a page of ${name}`, { timeout: 240_000 }, async ({ skip }) => {
      const why = await kind.missing();
      skip(why !== null, why ?? "");
      const server = await serve(routes());
      try {
        const engine = await kind.open({ url: server.url, folder: consumer.folder });
        const answer = await engine.call({ name: "start", args: [] }).finally(() => engine.close());
        expectSame((answer as { value: Outcome[] }).value, reference);
      } finally {
        await server.close();
      }
    });
  }

  test("in a Chromium page that may compile WebAssembly and nothing else", async () => {
    await withPage({ routes: routes() }, async (page, server) => {
      expectSame(await callInPage(page, "/page.js", "run"), reference);
      // Deterministic mode takes the builds without relaxed SIMD, and nothing else is fetched. The page is isolated.
      expect(server.requests.filter((path) => path.endsWith(".wasm"))).toEqual([
        "/hebb/hebb-shared.wasm",
        "/hebb/hebb-full-shared.wasm",
      ]);
    });
    await withPage({ routes: routes() }, async (page, server) => {
      await callInPage(page, "/page.js", "product");
      expect(server.requests.filter((path) => path.endsWith(".wasm"))).toEqual(["/hebb/hebb-shared-relaxed.wasm"]);
    });
  });

  test("in workerd, which compiles nothing", async () => {
    const source = `
      import * as hebb from "hebb";
      import * as safetensors from "hebb/safetensors";
      import core from "hebb/hebb.wasm";
      import full from "hebb/hebb-full.wasm";
      import { smoke } from "./smoke.js";
      export default {
        async fetch() {
          return Response.json({ outcomes: await smoke({ hebb, safetensors }, { core, full }), attempts });
        },
      };`;
    await withWorker(consumer.folder, source, async (url) => {
      const response = await fetch(url);
      const answer = (await response.json()) as { outcomes: Outcome[]; attempts: string[] };
      expectSame(answer.outcomes, reference);
      expect(answer.attempts).toEqual([]);
    });
  });
});

describe("an edge worker that hands in no module", () => {
  test("is told to, in words", async () => {
    const source = `
      import * as hebb from "hebb";
      export default {
        async fetch() {
          const error = await hebb.init({ device: "wasm" }).then(() => null, (reason) => reason);
          return Response.json({ name: error?.name, message: error?.message, attempts });
        },
      };`;
    await withWorker(consumer.folder, source, async (url) => {
      const answer = (await (await fetch(url)).json()) as { name: string; message: string; attempts: string[] };
      expect(answer.name).toBe("UnsupportedError");
      expect(answer.message).toContain("init({ wasm })");
      expect(answer.attempts).toEqual([]);
    });
  });
});
