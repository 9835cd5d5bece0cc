/**
 * start.ts where there is nothing to compute with but one thread of wasm: bundles for edge workers take this in its place
 * (scripts/bundler.mjs), since a worker is one file and would pay for what waits elsewhere until it is needed.
 */
import { UnsupportedError } from "../core/errors.ts";
import { WasmDevice } from "../device/wasm/device.ts";
import { Builder } from "./build.ts";
import type { startMaker as start } from "./start.ts";

export const startMaker: typeof start = async (options, _renew, place) => {
  const { worker = false, device = "wasm", wasm, deterministic, kernels } = options;
  if (worker !== false) {
    throw new UnsupportedError("init: cannot start a worker: edge workers have none, wanted init() without `worker`");
  }
  if (device !== "wasm" && device !== "auto") {
    throw new UnsupportedError(`init: cannot use device ${device}: edge workers have wasm alone, wanted "wasm"`);
  }
  return new Builder(await WasmDevice.create({ wasm, place, deterministic, threads: 1, full: kernels === "full" }));
};
