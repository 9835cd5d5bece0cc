/** Node's adapter. */
import type { Platform } from "./platform.ts";

export { noDecoder as decodeAudio } from "./audio-context.ts";
export { beside, compileWasm, isRemote, readBytes, readRange, sha256, writeFileAtomic } from "./files.ts";
export { folderShelf as shelf } from "./folder-shelf.ts";
export { decodeImage, encodePng } from "./image-codecs.ts";
export { progressBar } from "./terminal.ts";

export const runtime: Platform["runtime"] = "node";

export const wasmUrl: Platform["wasmUrl"] = (build) =>
  build === "hebb"
    ? new URL("../../dist/hebb.wasm", import.meta.url)
    : new URL("../../dist/hebb-relaxed.wasm", import.meta.url);

export const gpu: Platform["gpu"] = () => globalThis.navigator?.gpu;
