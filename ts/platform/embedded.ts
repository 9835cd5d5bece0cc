/**
 * What the adapters of the single file have in common: the kernels are inside, deflated, in the one build that has all of them
 * and gives every engine the same bits. There is no second file to start a thread or a worker from.
 */
import deflated from "#kernels";
import { UnsupportedError } from "../core/errors.ts";
import type { Platform } from "./platform.ts";

/** Names what is inside; nothing is read there. */
const inside = new URL("hebb:kernels");

export const wasmUrl: Platform["wasmUrl"] = (piece) => (piece === "thread" ? null : inside);

export const sharesMemory: Platform["sharesMemory"] = () => false;

/** Compiles what is inside, and what is given as the runtime does. */
export function compiling(given: Platform["compileWasm"]): Platform["compileWasm"] {
  return async (source, signal) => {
    if (source !== inside) return given(source, signal);
    const bytes = Uint8Array.from(atob(deflated), (letter) => letter.charCodeAt(0));
    const inflated = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate-raw"));
    return WebAssembly.compile(await new Response(inflated).arrayBuffer());
  };
}

export const startWorker: Platform["startWorker"] = async () => {
  throw new UnsupportedError(
    "init: cannot start a worker: the single file brings no second one, wanted `hebb` in place of `hebb/inline`",
  );
};
