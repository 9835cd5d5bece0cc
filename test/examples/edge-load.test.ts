/**
 * The service of examples/edge under load: every sound request answered rightly, every broken one refused with its reason,
 * and memory that does not grow. Some hundred requests; HEBB_LOAD=10000 sends as many as that.
 */
import { cpSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, expect, test } from "vitest";
import { build, root } from "../../scripts/build.mjs";
import { install } from "../../scripts/install.mjs";
import { bundleProgram } from "../../scripts/program.mjs";
import { processes } from "../runtime/processes.ts";
import { expectSound, sendLoad } from "./edge-load.ts";
import { denoCommand, startServer } from "./edge-server.ts";
import { startWorker } from "./edge-worker.ts";

const count = Number(process.env["HEBB_LOAD"] ?? 600);

const timeLimit = 60_000 + 60 * count;

beforeAll(async () => {
  install(join(root, "examples/edge/jpeg"));
  await build(["bundles"]);
});

test(
  "workerd",
  async () => {
    const worker = await startWorker(root, "examples/edge/worker/bundled.ts", { heap: 16 });
    try {
      expectSound(await sendLoad(worker, count), count);
      expect(worker.log()).toBe("");
    } finally {
      await worker.close();
    }
  },
  timeLimit,
);

test(
  "Node",
  async () => {
    const folder = join(root, "build/edge-load");
    await bundleProgram(join(root, "examples/edge/node.ts"), "node", folder);
    cpSync(join(root, "examples/edge/weights"), join(folder, "weights"), { recursive: true });
    const server = await startServer([process.execPath, join(folder, "node.mjs")], root);
    try {
      expectSound(await sendLoad(server, count), count);
    } finally {
      await server.close();
    }
  },
  timeLimit,
);

test.skipIf(processes.deno === null)(
  "Deno",
  async () => {
    const server = await startServer(denoCommand(), join(root, "examples/edge"));
    try {
      expectSound(await sendLoad(server, count), count);
    } finally {
      await server.close();
    }
  },
  timeLimit,
);
