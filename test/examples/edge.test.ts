/** The service of examples/edge, as it is and in every runtime that it is for: the same answers, the same refusals. */
import { cpSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import { answer } from "../../examples/edge/local.ts";
import { build, root } from "../../scripts/build.mjs";
import { bundleProgram } from "../../scripts/program.mjs";
import { processes } from "../runtime/processes.ts";
import { type Broken, brokenRequests, requestOf, type Sent, soundRequests } from "./edge-requests.ts";
import { startServer } from "./edge-server.ts";
import { startWorker } from "./edge-worker.ts";

/** A worker that serves the models' files in pieces; every path's first answer may be a failure. */
const files = (failFirst = false): string => {
  const text = (name: string): string => readFileSync(join(root, "examples/edge/weights", name), "base64");
  const texts = { "digits.safetensors": text("digits.safetensors"), "shapes.onnx": text("shapes.onnx") };
  return `
    const texts = ${JSON.stringify(texts)};
    const asked = new Set();
    export default {
      async fetch(request) {
        const name = new URL(request.url).pathname.split("/").at(-1);
        if (!(name in texts)) return new Response("no such file", { status: 404 });
        if (${failFirst} && !asked.has(name)) {
          asked.add(name);
          return new Response("not yet", { status: 403 });
        }
        const bytes = Uint8Array.from(atob(texts[name]), (byte) => byte.charCodeAt(0));
        const { readable, writable } = new TransformStream();
        const writer = writable.getWriter();
        (async () => {
          for (let at = 0; at < bytes.length; at += 5000) await writer.write(bytes.slice(at, at + 5000));
          await writer.close();
        })();
        return new Response(readable);
      },
    };`;
};

let sound: (Sent & { readonly label: string })[] = [];
let broken: Broken[] = [];
beforeAll(async () => {
  await build(["bundles"]);
  [sound, broken] = await Promise.all([soundRequests(), brokenRequests()]);
});

/** Every request gets its answer. */
async function expectService(url: string, ask: (request: Request) => Promise<Response> = fetch): Promise<void> {
  const health = await ask(new Request(`${url}/health`));
  expect([health.status, await health.json()]).toEqual([200, { status: "ok", models: ["digits", "shapes"] }]);
  for (const request of sound) {
    const response = await ask(requestOf(url, request));
    const { label, guesses } = (await response.json()) as { label: string; guesses: { probability: number }[] };
    expect([request.name, response.status, label]).toEqual([request.name, 200, request.label]);
    expect(guesses).toHaveLength(3);
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
    const [deno = ""] = processes.deno as string[];
    const rights = ["--allow-net=127.0.0.1", "--allow-read", "--allow-env"];
    const command = [deno, "run", "--no-prompt", "--no-remote", ...rights, "deno.ts"];
    const server = await startServer(command, join(root, "examples/edge"));
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
    const worker = await startWorker(root, "examples/edge/worker/stored.ts", { kv: files() });
    try {
      await expectService(worker.url);
      expect(worker.log()).toBe("");
    } finally {
      await worker.close();
    }
  });

  test("in workerd, its models from a URL that fails at first", async () => {
    const vars = { MODELS_URL: "http://models.example/v1/" };
    const worker = await startWorker(root, "examples/edge/worker/remote.ts", { vars, internet: files(true) });
    try {
      // Each of the two files fails once; the next request tries again.
      for (const name of ["digits.safetensors", "shapes.onnx"]) {
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
