/** Node's adapter. */
import type { Platform } from "./platform.ts";

export { noDecoder as decodeAudio } from "./audio-context.ts";
export { beside, compileWasm, isRemote, readBytes, readRange, sha256, writeFileAtomic } from "./files.ts";
export { decodeImage, encodePng, progressBar, shelf } from "./on-demand.ts";
export { cores, onTask, sharesMemory, startThread, wasmUrl } from "./worker-threads.ts";

export const runtime: Platform["runtime"] = "node";

export const startWorker: Platform["startWorker"] = async (
  location = new URL("../../dist/node/worker.js", import.meta.url),
) => (await import("./node-worker.ts")).startNodeWorker(location);

export const workerPort: Platform["workerPort"] = async () => (await import("./node-worker.ts")).nodeWorkerPort();

export const gpu: Platform["gpu"] = () => globalThis.navigator?.gpu;
