/**
 * What hebb asks of the runtime it lives in. Each adapter beside this file exports exactly these names; `#platform`
 * is the adapter of the runtime that a bundle is for (scripts/build.mjs).
 *
 * Adapters import nothing heavy when they load: a page or an edge worker pays for them before its first result.
 */

/** The WebAssembly builds of the kernels. */
export type WasmBuild = "hebb" | "hebb-relaxed";

/** What a kernel module can be made from. */
export type WasmSource = URL | BufferSource | WebAssembly.Module;

/** A line in the terminal that shows how far a long job is. */
export interface ProgressBar {
  /** Moves to `value` of the total and shows `note` beside it. */
  update(value: number, note: string): void;
  /** Draws the last state and gives the line back. */
  stop(): void;
}

export interface Platform {
  /** The runtime's name. */
  readonly runtime: "browser" | "bun" | "deno" | "node" | "workerd";

  /** The bytes at a URL or, where there are files, a path. */
  readBytes(source: URL | string, signal?: AbortSignal): Promise<Uint8Array>;

  /** Compiles a kernel module, while it still arrives where the runtime can do so. A module is passed through. */
  compileWasm(source: WasmSource, signal?: AbortSignal): Promise<WebAssembly.Module>;

  /** Where a build of the kernels lies when nobody says otherwise: beside the bundle. Null where it cannot be read. */
  wasmUrl(build: WasmBuild): URL | null;

  /** The entry to WebGPU, where the runtime has one. */
  gpu(): GPU | undefined;

  /** Puts `bytes` in place of the file at `path` at once: a reader finds the old file or the new one, never a part. */
  writeFileAtomic(path: URL | string, bytes: Uint8Array): Promise<void>;

  /** A bar of `total` steps in the terminal, or null where there is no terminal to draw on. */
  progressBar(title: string, total: number): Promise<ProgressBar | null>;
}
