/** The adapter of the single file for Node, Deno and Bun. */
import { compiling } from "./embedded.ts";
import { compileWasm as compileGiven } from "./files.ts";
import type { Platform } from "./platform.ts";

export { sharesMemory, startWorker, wasmUrl } from "./embedded.ts";
export * from "./node.ts";

export const compileWasm: Platform["compileWasm"] = compiling(compileGiven);
