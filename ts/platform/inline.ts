/** The adapter of the single file for pages. */
import { compileWasm as compileGiven } from "./browser.ts";
import { compiling } from "./embedded.ts";
import type { Platform } from "./platform.ts";

export * from "./browser.ts";
export { sharesMemory, startWorker, wasmUrl } from "./embedded.ts";

export const compileWasm: Platform["compileWasm"] = compiling(compileGiven);
