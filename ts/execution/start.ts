/** From what `init` is asked for to what makes programs: on a device of this thread, or in a worker. */
import { UnsupportedError } from "../core/errors.ts";
import type { Device } from "../device/device.ts";
import { WasmDevice } from "../device/wasm/device.ts";
import type { ModuleOptions } from "../device/wasm/module.ts";
import { Builder } from "./build.ts";
import type { InitOptions } from "./options.ts";
import type { Maker, Renew } from "./runnable.ts";

/** Throws why wasm could not start; in the words of no-wasm.ts, where that can be loaded. */
async function explain(error: unknown): Promise<never> {
  throw await import("./no-wasm.ts").then(
    ({ explained }) => explained(error),
    () => error,
  );
}

/** Starts what the options ask for; `place` says where the kernels lie, if not beside the bundle. Throws {@link UnsupportedError} for what this runtime cannot do. */
export async function startMaker(options: InitOptions, renew: Renew, place?: ModuleOptions["place"]): Promise<Maker> {
  if (options.worker !== undefined && options.worker !== false) {
    return (await import("./worker/maker.ts")).startInWorker(options, renew);
  }
  const { device: name = "wasm", wasm, deterministic, kernels, threads } = options;
  const startWasm = (): Promise<Device> =>
    WasmDevice.create({ wasm, place, deterministic, threads, full: kernels === "full" });
  if (name === "webgpu") {
    return (await import("./webgpu.ts")).startWebGpu(options, () => startWasm().catch(explain), renew);
  }
  if (name !== "wasm" && name !== "auto") {
    throw new UnsupportedError(`init: cannot use device ${String(name)}: wanted "auto", "wasm" or "webgpu"`);
  }
  try {
    // Which device is faster must not show in a bit.
    if (name === "wasm" || deterministic === true) return new Builder(await startWasm());
    const [{ startAuto }, device] = await Promise.all([import("./auto.ts"), startWasm()]);
    return startAuto(device, options);
  } catch (error) {
    const { insteadOfWasm } = await import("./no-wasm.ts").catch(() => explain(error));
    return insteadOfWasm(error, options, renew);
  }
}
