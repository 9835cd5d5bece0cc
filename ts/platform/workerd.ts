/**
 * The adapter of edge workers: workerd (Cloudflare Workers) and runtimes like it, which run WebAssembly that was
 * deployed with the worker and refuse to compile any at run time.
 */
import { UnsupportedError } from "../core/errors.ts";
import type { Platform } from "./platform.ts";
import { isModule } from "./wasm-module.ts";

export { noDecoder as decodeAudio } from "./audio-context.ts";
export { cacheShelf as shelf } from "./cache-shelf.ts";
export {
  besideUrl as beside,
  digestBytes as sha256,
  fetchBytes as readBytes,
  fetchRange as readRange,
} from "./network.ts";

export const runtime: Platform["runtime"] = "workerd";

export const isRemote: Platform["isRemote"] = () => true;

export const compileWasm: Platform["compileWasm"] = async (source) => {
  if (isModule(source)) return source as WebAssembly.Module;
  throw new UnsupportedError(
    "init: cannot compile WebAssembly: edge workers run only modules deployed with them, " +
      'wanted `import wasm from "hebb/hebb.wasm"; await init({ wasm })`',
  );
};

export const wasmUrl: Platform["wasmUrl"] = () => null;

export const startWorker: Platform["startWorker"] = async () => {
  throw new UnsupportedError("init: cannot start a worker: edge workers have none, wanted init() without `worker`");
};

export const workerPort: Platform["workerPort"] = async () => {
  throw new UnsupportedError("worker: cannot run here: edge workers start no others, wanted `hebb` itself");
};
export const sharesMemory: Platform["sharesMemory"] = () => false;

export const cores: Platform["cores"] = async () => 1;

export const startThread: Platform["startThread"] = async () => {
  throw new UnsupportedError("init: cannot start a thread: an edge worker is one thread");
};

export const onTask: Platform["onTask"] = async () => {};

export const gpu: Platform["gpu"] = () => globalThis.navigator?.gpu;

export const decodeImage: Platform["decodeImage"] = async (bytes) =>
  (await import("./image-plain.ts")).decodeImage(bytes);

export const encodePng: Platform["encodePng"] = async (picture) => (await import("./png.ts")).encodePng(picture);

export const writeFileAtomic: Platform["writeFileAtomic"] = async (path) => {
  throw new UnsupportedError(
    `writeFile: cannot write ${String(path)}: an edge worker has no files, wanted a store that is bound to it`,
  );
};

export const progressBar: Platform["progressBar"] = async () => null;
