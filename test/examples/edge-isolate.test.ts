/**
 * What an isolate of an edge worker demands of hebb: requests overlap in it, share what it holds, and end with work begun,
 * of which nothing is ever heard again.
 */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import { build, root } from "../../scripts/build.mjs";
import { install } from "../../scripts/install.mjs";
import { filesText } from "./edge-store.ts";
import { type EdgeWorker, startWorker, type WorkerOptions } from "./edge-worker.ts";

beforeAll(async () => {
  install(join(root, "examples/edge/jpeg"));
  await build(["bundles"]);
});

/** Milliseconds within which a request that nothing holds up is answered. */
const PATIENCE = 20_000;

async function withWorker<T>(
  text: string,
  work: (worker: EdgeWorker) => Promise<T>,
  options?: WorkerOptions,
): Promise<T> {
  const worker = await startWorker(root, { text }, options);
  try {
    return await work(worker);
  } finally {
    await worker.close();
  }
}

const ask = async (worker: EdgeWorker, path: string): Promise<unknown> => {
  const response = await fetch(worker.url + path, { signal: AbortSignal.timeout(PATIENCE) });
  const text = await response.text();
  return response.ok ? JSON.parse(text) : text;
};

/** A worker that hands its requests' paths to `routes`, functions that give what is answered. */
const worker = (top: string, routes: string): string => `
  import { init, nn, tensor, zeros } from "hebb";
  import { load, save } from "hebb/onnx";
  import wasm from "hebb/hebb.wasm";
  import model from "../weights/shapes.onnx";
  ${top}
  const routes = { ${routes} };
  export default {
    async fetch(request) {
      try {
        return Response.json((await routes[new URL(request.url).pathname](request)) ?? null);
      } catch (error) {
        return Response.json({ name: error.name, message: error.message });
      }
    },
  };`;

const x = "zeros([1, 3, 32, 32])";
const scores = `(async (session) => [...(await (await session.run({ x: ${x} })).output.data())])`;

describe("in an isolate", () => {
  test("work that a request began and left holds nobody up", async () => {
    const text = worker(
      "await init({ wasm }); let session, layer;",
      `"/open": async () => { session = await load(model); layer = new nn.Linear(4, 2); },
       "/left": () => { session.run({ x: ${x} }).catch(() => {}); layer.run(zeros([1, 4])).catch(() => {}); },
       "/layer": async () => (await layer.run(zeros([1, 4]))).shape,
       "/run": () => ${scores}(session),`,
    );
    await withWorker(text, async (worker) => {
      await ask(worker, "/open");
      await ask(worker, "/left");
      expect(await ask(worker, "/layer")).toEqual([1, 2]);
      expect(await ask(worker, "/run")).toHaveLength(6);
    });
  });

  test("the device that a request began to start and left starts for the next", async () => {
    const text = worker(
      "",
      `"/left": () => { init({ wasm }).catch(() => {}); },
       "/next": async () => { await init({ wasm }); return (await tensor([1, 2]).mul(2).array()); },
       "/load": async () => { return ${scores}(await load(model)); },`,
    );
    await withWorker(text, async (worker) => {
      await ask(worker, "/left");
      expect(await ask(worker, "/next")).toEqual([2, 4]);
      expect(await ask(worker, "/load")).toHaveLength(6);
    });
  });

  test("first requests that overlap start and load side by side", async () => {
    const text = worker(
      "let ready;",
      `"/shared": async () => { await (ready ??= init({ wasm })); return tensor([3]).mul(2).array(); },
       "/own": async () => { await init({ wasm }); return ${scores}(await load(model)); },`,
    );
    await withWorker(text, async (worker) => {
      const paths = ["/shared", "/own", "/shared", "/own", "/shared"];
      const answers = await Promise.all(paths.map((path) => ask(worker, path)));
      expect(answers.map((answer) => (answer as number[]).length)).toEqual([1, 6, 1, 6, 1]);
    });
  });

  test("requests that overlap get the answers to their own inputs", async () => {
    const text = worker(
      "await init({ wasm }); const session = await load(model); const layer = new nn.Linear(1, 1);",
      `"/layer": async (request) => {
         const value = Number(await request.text());
         return (await layer.run(tensor([[value]]))).array();
       },
       "/session": async (request) => {
         const value = Number(await request.text());
         const { output } = await session.run({ x: zeros([1, 3, 32, 32]).add(value) });
         return output.array();
       },`,
    );
    await withWorker(text, async (worker) => {
      const send = async (path: string, value: number): Promise<unknown> => {
        const signal = AbortSignal.timeout(PATIENCE);
        return (await fetch(worker.url + path, { method: "POST", body: String(value), signal })).json();
      };
      for (const path of ["/layer", "/session"]) {
        const values = Array.from({ length: 24 }, (_, i) => (i % 8) / 4);
        const alone: unknown[] = [];
        for (const value of values.slice(0, 8)) alone.push(await send(path, value));
        expect(new Set(alone.map((answer) => JSON.stringify(answer))).size).toBe(8);
        const together = await Promise.all(values.map((value) => send(path, value)));
        expect(together).toEqual(values.map((_, i) => alone[i % 8]));
      }
    });
  });
});

describe("the service", () => {
  test("whose first request is given up while its models arrive opens them for the next", async () => {
    const kv = `
      const files = ${filesText()};
      let asked = 0;
      export default {
        async fetch(request) {
          const bytes = Uint8Array.from(atob(files[new URL(request.url).pathname.slice(1)]), (byte) => byte.charCodeAt(0));
          if (asked++ > 0) return new Response(bytes);
          const { readable, writable } = new TransformStream();
          const writer = writable.getWriter();
          (async () => {
            await writer.write(bytes.slice(0, 1000));
            await new Promise((resolve) => setTimeout(resolve, 60_000));
          })();
          return new Response(readable);
        },
      };`;
    const worker = await startWorker(root, "examples/edge/worker/stored.ts", { kv });
    try {
      const first = fetch(`${worker.url}/health`, { signal: AbortSignal.timeout(1000) });
      await expect(first).rejects.toThrow();
      expect(await ask(worker, "/health")).toEqual({ status: "ok", models: ["digits", "shapes", "sentiment"] });
    } finally {
      await worker.close();
    }
  });
});

describe("the service, asked by many at once,", () => {
  test("opens its models once", async () => {
    const kv = `
      const files = ${filesText()};
      const asked = {};
      export default {
        async fetch(request) {
          const name = new URL(request.url).pathname.slice(1);
          asked[name] = (asked[name] ?? 0) + 1;
          if (asked[name] > 1) return new Response("asked again", { status: 500 });
          await new Promise((resolve) => setTimeout(resolve, 300));
          return new Response(Uint8Array.from(atob(files[name]), (byte) => byte.charCodeAt(0)));
        },
      };`;
    const worker = await startWorker(root, "examples/edge/worker/stored.ts", { kv });
    try {
      const answers = await Promise.all(Array.from({ length: 8 }, () => ask(worker, "/health")));
      for (const answer of answers) expect(answer).toMatchObject({ status: "ok" });
    } finally {
      await worker.close();
    }
  });
});

describe("one thread of wasm is all there is", () => {
  const text = worker(
    "",
    `"/auto": async () => { await init({ wasm, device: "auto" }); return tensor([1, 2]).mul(2).array(); },
     "/webgpu": () => init({ wasm, device: "webgpu" }),
     "/worker": () => init({ wasm, worker: true }),`,
  );

  test("which is what auto takes, and what others are refused for", async () => {
    await withWorker(text, async (worker) => {
      expect(await ask(worker, "/auto")).toEqual([2, 4]);
    });
    await withWorker(text, async (worker) => {
      for (const [path, message] of Object.entries({ "/webgpu": "cannot use device webgpu", "/worker": "a worker" })) {
        expect(await ask(worker, path)).toEqual({
          name: "UnsupportedError",
          message: expect.stringContaining(message),
        });
      }
    });
  });

  test("so that bundles hold nothing for GPUs and workers", () => {
    const folder = join(root, "dist/workerd");
    for (const name of readdirSync(folder)) {
      const script = readFileSync(join(folder, name), "utf8");
      for (const text of ["createShaderModule", "the worker ended"])
        expect([name, script.includes(text)]).toEqual([name, false]);
    }
  });
});

describe("in a worker of an earlier date", () => {
  test("without message channels, models load and run", async () => {
    const text = worker("", `"/load": async () => { await init({ wasm }); return ${scores}(await load(model)); },`);
    await withWorker(text, async (worker) => expect(await ask(worker, "/load")).toHaveLength(6), {
      date: "2025-06-01",
    });
  });

  test("without finalization, init says which date it wants", async () => {
    const text = worker("", `"/init": () => init({ wasm }),`);
    const found = await withWorker(text, (worker) => ask(worker, "/init"), { date: "2024-01-01" });
    expect(found).toEqual({ name: "UnsupportedError", message: expect.stringContaining("compatibility_date") });
  });
});
