/** What `init` may be asked for. */
import type { WasmSource } from "../platform/platform.ts";

/** Where and how tensors are computed. */
export interface InitOptions {
  /**
   * Where tensors are computed; wasm by default, or WebGPU where a page's policy forbids wasm. "auto" starts on wasm, tries
   * large programs that run repeatedly on a GPU in the background, and keeps the faster one. What "webgpu" cannot run, wasm
   * runs in the same program: see `explain`.
   */
  readonly device?: "auto" | "wasm" | "webgpu";
  /**
   * Most threads that share the large programs of the wasm device, this one included; by default as many as pay. They start
   * when there is work enough. 1 where memory cannot be shared: in pages that are not cross-origin isolated, in edge workers.
   */
  readonly threads?: number;
  /** Same seed, same bits, in every engine: takes the build without relaxed SIMD, or a GPU without its subgroups; "auto" is wasm. */
  readonly deterministic?: boolean;
  /**
   * "full" loads every kernel at once; by default those that most networks need are loaded, and the full build takes their
   * place when a program first needs another.
   */
  readonly kernels?: "core" | "full";
  /**
   * When the kernels of a GPU are compared with wasm's on small cases: in the background once a program holds them (the
   * default), before the first such program runs, or never. What is wrong runs on wasm from then on, and a warning says so.
   */
  readonly verify?: "background" | "first" | "never";
  /** The kernel module, or where it lies, for runtimes that cannot find or compile it themselves. */
  readonly wasm?: WasmSource;
  /**
   * True computes in a worker, so that a page's main thread stays free: graphs are built here, compiled and run there. A URL
   * says where the worker's module lies (the package's entry `hebb/worker`), for those who move it.
   */
  readonly worker?: boolean | URL;
}
