/** Finding and starting the kernel module. */

import { compileWasm, runtime, sharesMemory, wasmUrl } from "#platform";
import { FORMAT } from "../../../assembly/kernels.ts";
import { UnsupportedError } from "../../core/errors.ts";
import type { Piece, WasmBuild, WasmSource } from "../../platform/platform.ts";

export interface KernelModule {
  readonly memory: WebAssembly.Memory;
  readonly run: (program: number, thread: number, threads: number) => number;
  readonly step: (program: number, command: number) => number;
  readonly heapBase: () => number;
  /** Whether it has every kernel, and not only those that most networks need. */
  readonly full: boolean;
  /** Runs one share of a command, by a thread with its own part of the scratch. */
  readonly part: (program: number, thread: number, command: number, share: number, shares: number) => void;
  /** For further instances. */
  readonly module: WebAssembly.Module;
}

interface Exports extends Pick<KernelModule, "run" | "step" | "part" | "heapBase"> {
  readonly format: () => number;
  readonly relaxed: () => number;
  readonly full: () => number;
}

/** (func (param v128) (result v128) local.get 0 local.get 0 local.get 0 f32x4.relaxed_madd): valid where relaxed SIMD is. */
// biome-ignore format: bytes
const relaxedProbe = Uint8Array.of(
  0, 97, 115, 109, 1, 0, 0, 0, 1, 6, 1, 96, 1, 123, 1, 123, 3, 2,
  1, 0, 10, 13, 1, 11, 0, 32, 0, 32, 0, 32, 0, 253, 133, 2, 11,
);

export function hasRelaxedSimd(): boolean {
  return WebAssembly.validate(relaxedProbe);
}

/** Where pieces lie that nobody hands in. */
export type Place = (piece: Piece) => URL | null;

export interface ModuleOptions {
  /** The module, or where it lies; by default the build that fits the engine, beside the bundle. */
  readonly wasm?: WasmSource | undefined;
  /** Takes the plain build. */
  readonly deterministic?: boolean | undefined;
  /** Where builds lie that nobody hands in; beside the bundle by default. */
  readonly place?: Place | undefined;
  /** Takes the full build. */
  readonly full?: boolean | undefined;
  /** 1 takes a build for one thread; otherwise one for shared memory is taken, where there is any. */
  readonly threads?: number | undefined;
}

/** Starts a build of the kernels on a memory: a new one, or that of a build whose place it takes. */
export async function loadModule(
  { wasm, place = wasmUrl, deterministic = false, full: wanted = false, threads }: ModuleOptions,
  taken: WebAssembly.Memory | null = null,
): Promise<KernelModule> {
  const relaxes = !deterministic && hasRelaxedSimd();
  const given = taken ?? (wasm === undefined && threads !== 1 && sharesMemory() ? makeShared() : null);
  const shares = given !== null && isShared(given);
  const build: WasmBuild = `hebb${wanted ? "-full" : ""}${shares ? "-shared" : ""}${relaxes ? "-relaxed" : ""}`;
  const source = wasm ?? place(build);
  if (source === null) {
    throw new UnsupportedError(
      `init: cannot find ${build}.wasm: ${runtime} has no place to read it from, wanted init({ wasm }) with a WebAssembly.Module`,
    );
  }
  const module = await compileWasm(source);
  const { memory, exports } = await instantiate(module, given);
  const { format, full, heapBase, part, relaxed, run, step } = exports;
  if (typeof run !== "function" || typeof format !== "function" || format() !== FORMAT) {
    throw new UnsupportedError(
      "init: cannot use this WebAssembly module: it is no build of this version of hebb, wanted the hebb.wasm that came with it",
    );
  }
  if (deterministic && relaxed() !== 0) {
    throw new UnsupportedError(
      "init: cannot be deterministic with hebb-relaxed.wasm: its last bits depend on the machine, wanted hebb.wasm",
    );
  }
  return { memory, run, step, part, heapBase, full: full() !== 0, module };
}

/** Whether threads can see a memory. */
export const isShared = (memory: WebAssembly.Memory): boolean => !(memory.buffer instanceof ArrayBuffer);

/** An instance on a memory, or on a new one of the kind that the module asks for. */
async function instantiate(
  module: WebAssembly.Module,
  given: WebAssembly.Memory | null,
): Promise<{ memory: WebAssembly.Memory; exports: Exports }> {
  const on = async (memory: WebAssembly.Memory) => ({
    memory,
    exports: (await WebAssembly.instantiate(module, { env: { memory } })).exports as unknown as Exports,
  });
  if (given !== null) return on(given);
  try {
    return await on(new WebAssembly.Memory({ initial: 2, maximum: 65536 }));
  } catch (error) {
    // Nothing of a module tells which kind it wants.
    const shared = error instanceof WebAssembly.LinkError ? makeShared() : null;
    if (shared === null) throw error;
    return on(shared);
  }
}

/** Largest sizes of a shared memory, in pages: engines set aside its addresses at once, and some refuse the larger ones. */
const largest = [65536, 32768, 16384, 8192];

/** A shared memory, or null where the engine gives none. */
function makeShared(): WebAssembly.Memory | null {
  if (typeof SharedArrayBuffer === "undefined") return null;
  for (const maximum of largest) {
    try {
      return new WebAssembly.Memory({ initial: 2, maximum, shared: true });
    } catch {
      // The next one is smaller.
    }
  }
  return null;
}
