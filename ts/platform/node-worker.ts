/** Node's worker threads. */
import type { StartedWorker } from "./platform.ts";

export async function startNodeWorker(location: URL): Promise<StartedWorker> {
  const { Worker } = await import("node:worker_threads");
  const worker = new Worker(location);
  const { port1, port2 } = new MessageChannel();
  worker.postMessage(port2, [port2 as never]);
  // The types are the page's; in Node a port can be held as a worker can.
  const held = [worker, port1 as unknown as { ref(): void; unref(): void }];
  return {
    port: port1,
    onEnd(listener) {
      worker.on("error", ({ message }) => listener(message));
      worker.on("exit", (code) => listener(`its thread left with code ${code}`));
    },
    hold(stays) {
      for (const each of held) stays ? each.ref() : each.unref();
    },
    terminate() {
      port1.close();
      void worker.terminate();
    },
  };
}

export async function nodeWorkerPort(): Promise<MessagePort> {
  const { parentPort } = await import("node:worker_threads");
  return new Promise((resolve) => parentPort?.once("message", resolve));
}
