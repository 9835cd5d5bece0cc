/**
 * The files of dist/ as they lie on a host, without a bundler: imported by a Web Worker as they are; by a service worker, which
 * may not import later, in one file.
 */
import { join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import { build, root } from "../../scripts/build.mjs";
import { withPage } from "./chromium.ts";

/** A kernel of the full build, and a network through an ONNX file; the answer goes to the port that comes with a message. */
const answers = `
  addEventListener("message", (event) => {
    const done = work().then((values) => event.ports[0].postMessage(values), (error) => event.ports[0].postMessage(String(error)));
    event.waitUntil?.(done);
  });
  async function work() {
    const sums = await hebb.cumsum(hebb.tensor([3, -1, 2]), 0).array();
    const model = new hebb.nn.Linear(2, 1);
    model.loadStateDict({ weight: hebb.tensor([[3, 4]]), bias: hebb.tensor([5]) });
    const session = await onnx.load(await onnx.save(model, { inputs: { x: [1, 2] } }));
    const [output] = Object.values(await session.run({ x: hebb.tensor([[1, 2]]) }));
    return [...sums, ...(await output.data())];
  }`;
const values = [3, 2, 4, 16];

/** Starts the worker of /worker.js in the page and asks it once. */
const ask = `(async (kind, options) => {
  let worker;
  if (kind === "service") {
    const registration = await navigator.serviceWorker.register("/worker.js", options);
    worker = registration.installing ?? registration.waiting ?? registration.active;
    await navigator.serviceWorker.ready;
  } else worker = new Worker("/worker.js", options);
  const { port1, port2 } = new MessageChannel();
  return new Promise((resolve, reject) => {
    port1.onmessage = ({ data }) => resolve(data);
    worker.onerror = ({ message }) => reject(new Error(message));
    worker.postMessage(null, [port2]);
  });
})`;

async function answerOf(kind: "web" | "service", head: string, options: WorkerOptions): Promise<unknown> {
  const routes = { "/worker.js": { text: head + answers }, "/hebb/": { folder: join(root, "dist") } };
  return withPage({ routes }, (page) => page.evaluate(`${ask}("${kind}", ${JSON.stringify(options)})`));
}

beforeAll(async () => {
  await build();
});

describe("without a bundler, under a strict policy", () => {
  test("a Web Worker imports the modules", async () => {
    const head = 'import * as hebb from "/hebb/index.js"; import * as onnx from "/hebb/onnx.js";';
    expect(await answerOf("web", head, { type: "module" })).toEqual(values);
  });

  test("a service worker imports the single file", async () => {
    const head = 'import * as hebb from "/hebb/inline.js"; const { onnx } = hebb;';
    expect(await answerOf("service", head, { type: "module" })).toEqual(values);
  });

  test("a classic service worker loads the single script", async () => {
    expect(await answerOf("service", 'importScripts("/hebb/inline.global.js"); const { onnx } = hebb;', {})).toEqual(
      values,
    );
  });

  test("a service worker that imports the modules is told what it may not do", async () => {
    const head = 'import * as hebb from "/hebb/index.js"; import * as onnx from "/hebb/onnx.js";';
    expect(await answerOf("service", head, { type: "module" })).toMatch(
      /import\(\) is disallowed on ServiceWorkerGlobalScope/,
    );
  });
});
