/** Finding and starting the kernel module. */

import { compileWasm, runtime, wasmUrl } from "#platform";
import { FORMAT } from "../../../assembly/kernels.ts";
import { UnsupportedError } from "../../core/errors.ts";
import type { WasmBuild, WasmSource } from "../../platform/platform.ts";

export interface KernelModule {
  readonly memory: WebAssembly.Memory;
  readonly run: (program: number, thread: number, threads: number) => number;
  readonly step: (program: number, command: number) => number;
  readonly heapBase: () => number;
  /** Whether it has every kernel, and not only those that most networks need. */
  readonly full: boolean;
}

interface Exports {
  readonly run: KernelModule["run"];
  readonly step: KernelModule["step"];
  readonly heapBase: KernelModule["heapBase"];
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

export interface ModuleOptions {
  /** The module, or where it lies; by default the build that fits the engine, beside the bundle. */
  readonly wasm?: WasmSource | undefined;
  /** Takes the plain build. */
  readonly deterministic?: boolean | undefined;
  /** Where builds lie that nobody hands in; beside the bundle by default. */
  readonly place?: ((build: WasmBuild) => URL | null) | undefined;
  /** Takes the full build. */
  readonly full?: boolean | undefined;
}

/** Starts a build of the kernels on a memory: a new one, or that of a build whose place it takes. */
export async function loadModule(
  { wasm, place = wasmUrl, deterministic = false, full: wanted = false }: ModuleOptions,
  memory: WebAssembly.Memory = new WebAssembly.Memory({ initial: 2, maximum: 65536 }),
): Promise<KernelModule> {
  const relaxes = !deterministic && hasRelaxedSimd();
  const build = wanted ? (relaxes ? "hebb-full-relaxed" : "hebb-full") : relaxes ? "hebb-relaxed" : "hebb";
  const source = wasm ?? place(build);
  if (source === null) {
    throw new UnsupportedError(
      `init: cannot find ${build}.wasm: ${runtime} has no place to read it from, wanted init({ wasm }) with a WebAssembly.Module`,
    );
  }
  const module = await compileWasm(source);
  const instance = await WebAssembly.instantiate(module, { env: { memory } });
  const { format, full, heapBase, relaxed, run, step } = instance.exports as unknown as Exports;
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
  return { memory, run, step, heapBase, full: full() !== 0 };
}
