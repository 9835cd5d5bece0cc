/** From what `init` is asked for to what makes programs: on a device of this thread, or in a worker. */
import { UnsupportedError } from "../core/errors.ts";
import type { Device } from "../device/device.ts";
import { WasmDevice } from "../device/wasm/device.ts";
import type { WasmSource } from "../platform/platform.ts";
import { Builder } from "./build.ts";
import type { Maker } from "./runnable.ts";

export interface InitOptions {
  /**
   * Where tensors are computed; wasm by default. "auto" starts on wasm, tries large programs that run repeatedly on a GPU in
   * the background, and keeps the faster one. What "webgpu" cannot run, wasm runs in the same program: see `explain`.
   */
  readonly device?: "auto" | "wasm" | "webgpu";
  /** Threads of the wasm device; 1 is all there is so far. */
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
}

/** Puts one maker in the place of another, whose programs nobody shall start any more. */
export type Renew = (old: Maker, next: Maker) => void;

/** Starts what the options ask for. Throws {@link UnsupportedError} for what this runtime cannot do. */
export async function startMaker(options: InitOptions, renew: Renew): Promise<Maker> {
  const { device: name = "wasm", wasm, deterministic, kernels } = options;
  const startWasm = (): Promise<Device> => WasmDevice.create({ wasm, deterministic, full: kernels === "full" });
  // Which device is faster must not show in a bit.
  if (name === "wasm" || (name === "auto" && deterministic === true)) return new Builder(await startWasm());
  if (name === "auto") {
    const [{ startAuto }, device] = await Promise.all([import("./auto.ts"), startWasm()]);
    return startAuto(device, options);
  }
  if (name === "webgpu") return (await import("./webgpu.ts")).startWebGpu(options, startWasm, renew);
  throw new UnsupportedError(`init: cannot use device ${String(name)}: wanted "auto", "wasm" or "webgpu"`);
}
