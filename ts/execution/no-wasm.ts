/**
 * Where WebAssembly cannot run: why, in words, and WebGPU in its place if the choice was hebb's. Loaded when a start on wasm
 * has failed.
 */
import { gpu } from "#platform";
import { FormatError, UnsupportedError } from "../core/errors.ts";
import type { InitOptions } from "./options.ts";
import type { Maker, Renew } from "./runnable.ts";

/** The smallest module. */
const smallest = Uint8Array.of(0, 97, 115, 109, 1, 0, 0, 0);
/** (func (result v128) i32.const 0 i8x16.splat): valid where SIMD is. */
// biome-ignore format: bytes
const simdProbe = Uint8Array.of(
  0, 97, 115, 109, 1, 0, 0, 0, 1, 5, 1, 96, 0, 1, 123, 3, 2, 1, 0, 10, 8, 1, 6, 0, 65, 0, 253, 15, 11,
);

/** What keeps every module of SIMD WebAssembly from running here, and what would help; null where nothing does. */
export function obstacle(): string | null {
  if (typeof WebAssembly === "undefined") {
    return "this engine has none, or it is switched off (Lockdown Mode, --jitless), wanted an engine with WebAssembly";
  }
  try {
    new WebAssembly.Module(smallest);
  } catch {
    return "a Content-Security-Policy forbids it, wanted 'wasm-unsafe-eval' in its script-src";
  }
  return WebAssembly.validate(simdProbe) ? null : "this engine has no SIMD, wanted one of 2023 or later";
}

/** The error in words, where wasm could not start for what {@link obstacle} finds; otherwise itself. */
export function explained(error: unknown): unknown {
  // These say what is missing; and an edge worker must not even try to compile.
  if (error instanceof UnsupportedError || error instanceof FormatError) return error;
  const why = obstacle();
  return why === null ? error : new UnsupportedError(`init: cannot run WebAssembly: ${why}`, { cause: error });
}

/** Starts WebGPU in the place of wasm, where nobody asked for wasm or its bits and there is a GPU; otherwise throws why not. */
export async function insteadOfWasm(error: unknown, options: InitOptions, renew: Renew): Promise<Maker> {
  const why = explained(error);
  if (why === error || options.device === "wasm" || options.deterministic || gpu() === undefined) throw why;
  const { startWebGpu } = await import("./webgpu.ts");
  const maker = await startWebGpu(options, () => Promise.reject(why), renew).catch(() => {
    throw why;
  });
  console.warn(`${(why as Error).message}; WebGPU takes its place`);
  return maker;
}
