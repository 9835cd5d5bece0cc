/** The adapter of pages and Web Workers. */
import { UnsupportedError } from "../core/errors.ts";
import { fetchModule } from "./network.ts";
import { buildUrl, threadUrl, workerUrl } from "./places.ts";
import type { Platform } from "./platform.ts";
import { isModule } from "./wasm-module.ts";

export {
  besideUrl as beside,
  digestBytes as sha256,
  fetchBytes as readBytes,
  fetchRange as readRange,
} from "./network.ts";
export { workerPort } from "./worker-port.ts";

export const runtime: Platform["runtime"] = "browser";

// What few pages need is fetched when it is needed.
export const decodeAudio: Platform["decodeAudio"] = async (...args) =>
  (await import("./audio-context.ts")).decodeAudio(...args);

export const decodeImage: Platform["decodeImage"] = async (bytes) => (await import("./canvas.ts")).decodeImage(bytes);

export const encodePng: Platform["encodePng"] = async (picture) => (await import("./canvas.ts")).encodePng(picture);

export const shelf: Platform["shelf"] = async (...args) => (await import("./cache-shelf.ts")).cacheShelf(...args);

// Bundlers copy this file too, as it is: it has all that it needs inside.
export const startWorker: Platform["startWorker"] = async (location) => {
  const [{ connect }, { trustedScript }] = await Promise.all([
    import("./web-worker.ts"),
    import("./trusted-script.ts"),
  ]);
  const url = location ?? trustedScript(workerUrl());
  return connect(() => new Worker(url, { type: "module" }));
};

export const isRemote: Platform["isRemote"] = () => true;

export const compileWasm: Platform["compileWasm"] = async (source, signal) => {
  if (isModule(source)) return source as WebAssembly.Module;
  signal?.throwIfAborted();
  return source instanceof URL ? fetchModule(source, signal) : WebAssembly.compile(source as BufferSource);
};

/** A page has shared memory where it is cross-origin isolated, if the engine has any; service workers start no threads. */
export const sharesMemory: Platform["sharesMemory"] = () =>
  globalThis.crossOriginIsolated === true &&
  typeof SharedArrayBuffer !== "undefined" &&
  typeof Worker === "function" &&
  navigator.hardwareConcurrency > 1;

export const cores: Platform["cores"] = async () => navigator.hardwareConcurrency;

// Bundlers copy the script as it is.
export const wasmUrl: Platform["wasmUrl"] = (piece) => (piece === "thread" ? threadUrl() : buildUrl(piece));

export const startThread: Platform["startThread"] = async (script, task, onEnd) => {
  const { trustedScript } = await import("./trusted-script.ts");
  const worker = new Worker(trustedScript(script), { type: "module" });
  worker.onerror = (event) => {
    event.preventDefault();
    onEnd(
      event.message ||
        `${script.pathname} cannot be loaded: it is not there, or the page's policy lacks worker-src 'self'`,
    );
  };
  worker.postMessage(task);
  return () => worker.terminate();
};

export const onTask: Platform["onTask"] = async (work) => {
  globalThis.onmessage = ({ data }) => work(data);
};

export const gpu: Platform["gpu"] = () => globalThis.navigator?.gpu;

export const writeFileAtomic: Platform["writeFileAtomic"] = async (path) => {
  throw new UnsupportedError(
    `writeFile: cannot write ${String(path)}: a page has no files, wanted the bytes themselves to be kept or offered as a download`,
  );
};

export const progressBar: Platform["progressBar"] = async () => null;
