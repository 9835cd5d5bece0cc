/** Threads of the built package in every runtime: they start where memory is shared, and nobody is worse off where it is not. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { callInPage, type PageOptions, withPage } from "./chromium.ts";
import { addModule, type Consumer, makeConsumer } from "./consumer.ts";
import { processes, runModule } from "./processes.ts";
import type { Routes } from "./server.ts";
import type { Shared } from "./threads.ts";

let consumer: Consumer;
let alone: Shared;

beforeAll(async () => {
  consumer = await makeConsumer();
  await addModule(consumer.folder, "threads");
  writeFileSync(
    join(consumer.folder, "share.js"),
    `import * as hebb from "hebb";
import { share } from "./threads.js";
console.log(JSON.stringify(await share(hebb, { threads: Number(process.argv[2]) }, 20_000)));
`,
  );
  alone = await runModule(processes.node as string[], consumer.folder, "share.js", ["1"]);
});
afterAll(() => consumer?.remove());

/** What the page fetched, by the last part of its path. */
const names = (requests: readonly string[]): string[] =>
  requests.map((path) => path.slice(path.lastIndexOf("/") + 1)).filter((name) => /\.wasm$|^thread\.js$/.test(name));

async function inPage(
  options: Partial<PageOptions>,
  call: string = "main",
): Promise<{ shared: Shared; fetched: string[]; warnings: string[] }> {
  const routes: Routes = {
    "/hebb/": { folder: join(consumer.folder, "node_modules/hebb/dist") },
    "/page.js": {
      text: `
        import * as hebb from "/hebb/index.js";
        import { share } from "/threads.js";
        export const main = (patience) => share(hebb, { threads: 2 }, patience);
        export const inWorker = () => new Promise((resolve, reject) => {
          const worker = new Worker("/inside.js", { type: "module" });
          worker.onmessage = ({ data }) => resolve(data);
          worker.onerror = ({ message }) => reject(new Error(message));
        });`,
    },
    "/inside.js": {
      text: `
        import * as hebb from "/hebb/index.js";
        import { share } from "/threads.js";
        postMessage(await share(hebb, { threads: 2 }));`,
    },
    ...options.routes,
    "/": { folder: consumer.folder },
  };
  return withPage({ ...options, routes }, async (page, server) => {
    const warnings: string[] = [];
    page.on("console", (message) => {
      if (message.type() === "warn") warnings.push(message.text());
    });
    const patience = options.isolated === false || options.policy !== undefined ? 2000 : 20_000;
    const shared = await callInPage<Shared>(page, "/page.js", call, patience);
    return { shared, fetched: names(server.requests), warnings };
  });
}

describe("threads", () => {
  for (const name of ["node", "deno", "bun"] as const) {
    const command = processes[name];
    test.skipIf(command === null)(`start in ${name}, change no bit, and keep no program from ending`, async () => {
      const shared = await runModule<Shared>(command as string[], consumer.folder, "share.js", ["2"]);
      expect(shared).toEqual({ ...alone, threads: 2 });
    });
  }

  test("start in an isolated Chromium page under a strict policy", { timeout: 120_000 }, async () => {
    const { shared, fetched, warnings } = await inPage({});
    expect(warnings).toEqual([]);
    expect(shared).toEqual({ ...alone, threads: 2 });
    expect(fetched.sort()).toEqual(["hebb-shared.wasm", "hebb-team.wasm", "thread.js"]);
  });

  test("start where the runtime itself is in a worker", { timeout: 120_000 }, async () => {
    const { shared } = await inPage({}, "inWorker");
    expect(shared).toEqual({ ...alone, threads: 2 });
  });

  test("are one where the page is not isolated, without a word", { timeout: 120_000 }, async () => {
    const { shared, fetched, warnings } = await inPage({ isolated: false });
    expect(warnings).toEqual([]);
    expect(shared).toEqual(alone);
    expect(fetched).toEqual(["hebb.wasm"]);
  });

  test("are one where the page's policy forbids workers, with a warning", { timeout: 120_000 }, async () => {
    const policy = "default-src 'self'; script-src 'self' 'wasm-unsafe-eval'; worker-src 'none'";
    const { shared, warnings } = await inPage({ policy });
    expect(shared).toEqual(alone);
    expect(warnings.join()).toMatch(/wasm: goes on with fewer threads: .*worker/i);
  });
});
