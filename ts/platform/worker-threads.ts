/** Threads by `node:worker_threads`, for the runtimes that have it: Node, Deno and Bun. */
import { buildUrl } from "./builds.ts";
import type { Platform } from "./platform.ts";

// Node's script of a thread serves all three: it asks for nothing but `node:worker_threads`.
export const wasmUrl: Platform["wasmUrl"] = (piece) =>
  piece === "thread" ? new URL("../../dist/node/thread.js", import.meta.url) : buildUrl(piece);

export const sharesMemory: Platform["sharesMemory"] = () => typeof SharedArrayBuffer !== "undefined";

export const cores: Platform["cores"] = async () => {
  const { availableParallelism, cpus } = await import("node:os");
  return availableParallelism?.() ?? cpus().length;
};

export const startThread: Platform["startThread"] = async (script, task, onEnd) => {
  const { Worker } = await import("node:worker_threads");
  const worker = new Worker(script, { workerData: task });
  worker.on("error", (error) => onEnd(error.message));
  worker.on("exit", () => onEnd("a thread ended"));
  worker.unref(); // A program ends when its own work does.
  return () => void worker.terminate();
};

export const onTask: Platform["onTask"] = async (work) => {
  const { workerData } = await import("node:worker_threads");
  work(workerData);
};
