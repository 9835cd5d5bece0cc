/** Bun's adapter. */
import type { Platform } from "./platform.ts";

export { noDecoder as decodeAudio } from "./audio-context.ts";
export { beside, compileWasm, isRemote, readBytes, readRange, sha256, writeFileAtomic } from "./files.ts";
export { decodeImage, encodePng, progressBar, shelf } from "./on-demand.ts";
export { workerPort } from "./worker-port.ts";
export { cores, onTask, sharesMemory, startThread, wasmUrl } from "./worker-threads.ts";

export const runtime: Platform["runtime"] = "bun";

export const startWorker: Platform["startWorker"] = async (
  location = new URL("../../dist/bun/worker.js", import.meta.url),
) => (await import("./web-worker.ts")).connect(() => new Worker(location, { type: "module" }));

export const gpu: Platform["gpu"] = () => globalThis.navigator?.gpu;
