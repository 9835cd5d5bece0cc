/** Where the builds of the kernels lie: beside the bundle, see `wasmPlace` in scripts/bundler.mjs. */
import type { WasmBuild } from "./platform.ts";

// Bundlers copy a file that is named in exactly this way, so each build has its own expression.
const urls: { readonly [build in WasmBuild]: () => URL } = {
  hebb: () => new URL("../../dist/hebb.wasm", import.meta.url),
  "hebb-relaxed": () => new URL("../../dist/hebb-relaxed.wasm", import.meta.url),
  "hebb-full": () => new URL("../../dist/hebb-full.wasm", import.meta.url),
  "hebb-full-relaxed": () => new URL("../../dist/hebb-full-relaxed.wasm", import.meta.url),
  "hebb-shared": () => new URL("../../dist/hebb-shared.wasm", import.meta.url),
  "hebb-shared-relaxed": () => new URL("../../dist/hebb-shared-relaxed.wasm", import.meta.url),
  "hebb-full-shared": () => new URL("../../dist/hebb-full-shared.wasm", import.meta.url),
  "hebb-full-shared-relaxed": () => new URL("../../dist/hebb-full-shared-relaxed.wasm", import.meta.url),
  "hebb-team": () => new URL("../../dist/hebb-team.wasm", import.meta.url),
};

export const buildUrl = (build: WasmBuild): URL => urls[build]();
