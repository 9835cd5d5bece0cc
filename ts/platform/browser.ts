/** The adapter of pages and Web Workers. */
import { UnsupportedError } from "../core/errors.ts";
import { fetchModule } from "./network.ts";
import type { Platform } from "./platform.ts";

export { decodeAudio } from "./audio-context.ts";
export { cacheShelf as shelf } from "./cache-shelf.ts";
export { decodeImage, encodePng } from "./canvas.ts";
export {
  besideUrl as beside,
  digestBytes as sha256,
  fetchBytes as readBytes,
  fetchRange as readRange,
} from "./network.ts";

export const runtime: Platform["runtime"] = "browser";

export const isRemote: Platform["isRemote"] = () => true;

export const compileWasm: Platform["compileWasm"] = async (source, signal) => {
  if (source instanceof WebAssembly.Module) return source;
  signal?.throwIfAborted();
  return source instanceof URL ? fetchModule(source, signal) : WebAssembly.compile(source);
};

// Bundlers copy a file that is named in exactly this way, so each build has its own expression.
export const wasmUrl: Platform["wasmUrl"] = (build) =>
  build === "hebb"
    ? new URL("../../dist/hebb.wasm", import.meta.url)
    : new URL("../../dist/hebb-relaxed.wasm", import.meta.url);

export const gpu: Platform["gpu"] = () => globalThis.navigator?.gpu;

export const writeFileAtomic: Platform["writeFileAtomic"] = async (path) => {
  throw new UnsupportedError(
    `writeFile: cannot write ${String(path)}: a page has no files, wanted the bytes themselves to be kept or offered as a download`,
  );
};

export const progressBar: Platform["progressBar"] = async () => null;
