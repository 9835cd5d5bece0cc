/** The service of examples/edge, as it is and in every runtime that it is for: the same answers, the same refusals. */
import { cpSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import { answer } from "../../examples/edge/local.ts";
import { build, root } from "../../scripts/build.mjs";
import { install } from "../../scripts/install.mjs";
import { bundleProgram } from "../../scripts/program.mjs";
import { processes } from "../runtime/processes.ts";
import { type Broken, brokenRequests, requestOf, type Sent, soundRequests } from "./edge-requests.ts";
import { denoCommand, startServer } from "./edge-server.ts";
import { fileNames, filesModule } from "./edge-store.ts";
import { startWorker } from "./edge-worker.ts";

let sound: (Sent & { readonly label: string })[] = [];
let broken: Broken[] = [];
beforeAll(async () => {
  install(join(root, "examples/edge/jpeg"));
  await build(["bundles"]);
  [sound, broken] = await Promise.all([soundRequests(), brokenRequests()]);
});

/** Every request gets its answer. */
async function expectService(url: string, ask: (request: Request) => Promise<Response> = fetch): Promise<void> {
  const health = await ask(new Request(`${url}/health`));
  expect([health.status, await health.json()]).toEqual([
    200,
    { status: "ok", models: ["digits", "shapes", "sentiment"] },
  ]);
  for (const request of sound) {
    const response = await ask(requestOf(url, request));
    const { label, guesses } = (await response.json()) as { label: string; guesses: { probability: number }[] };
    expect([request.name, response.status, label]).toEqual([request.name, 200, request.label]);
    expect(guesses.length).toBeGreaterThan(1);
    expect(guesses[0]?.probability).toBeGreaterThan(0.5);
  }
  for (const request of broken) {
    const response = await ask(requestOf(url, request));
    const { error } = (await response.json()) as { error: string };
    expect([request.name, response.status]).toEqual([request.name, request.status]);
    expect(error).toContain(request.reason);
  }
}

describe("the service answers and refuses", () => {
  test("as a function", () => expectService("http://localhost", (request) => answer(request, null)));

  test("in Node", async () => {
    const folder = join(root, "build/edge");
    await bundleProgram(join(root, "examples/edge/node.ts"), "node", folder);
    cpSync(join(root, "examples/edge/weights"), join(folder, "weights"), { recursive: true });
    const server = await startServer([process.execPath, join(folder, "node.mjs")], root);
    try {
      await expectService(server.url);
    } finally {
      await server.close();
    }
  });

  test.skipIf(processes.deno === null)("in Deno", async () => {
    const server = await startServer(denoCommand(), join(root, "examples/edge"));
    try {
      await expectService(server.url);
    } finally {
      await server.close();
    }
  });

  test("in workerd, with its models inside", async () => {
    const worker = await startWorker(root, "examples/edge/worker/bundled.ts");
    try {
      await expectService(worker.url);
      expect(worker.log()).toBe("");
    } finally {
      await worker.close();
    }
  });

  test("in workerd, its models from a namespace of KV as streams", async () => {
    const worker = await startWorker(root, "examples/edge/worker/stored.ts", { kv: filesModule() });
    try {
      await expectService(worker.url);
      expect(worker.log()).toBe("");
    } finally {
      await worker.close();
    }
  });

  test("in workerd, its models from a URL that fails at first", async () => {
    const vars = { MODELS_URL: "http://models.example/v1/" };
    const worker = await startWorker(root, "examples/edge/worker/remote.ts", { vars, internet: filesModule(true) });
    try {
      // Each of the files fails once; the next request tries again.
      for (const name of fileNames) {
        const response = await fetch(`${worker.url}/health`);
        expect(response.status).toBe(503);
        expect(response.headers.get("retry-after")).toBe("1");
        expect(((await response.json()) as { error: string }).error).toContain(`${name}: the server answered 403`);
      }
      await expectService(worker.url);
    } finally {
      await worker.close();
    }
  });
});
