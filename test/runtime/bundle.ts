/** Bundles a test's own sources, hebb's included, into one module for a runtime. */
import { type BuildOptions, build } from "esbuild";
import { pageOptions, runtimeOptions } from "../../scripts/bundler.mjs";

/**
 * The text of the module that `entry` (a path from the repository's root) makes, with the browser's adapter inside.
 * Serve it as "/main.js" beside `"/dist/": { folder: dist }`; the kernels are looked for under "/dist/".
 */
export function bundleForPage(entry: string): Promise<string> {
  return bundle(pageOptions({ main: entry }, "./dist/"), entry);
}

/** As {@link bundleForPage}, with another runtime's adapter; the kernels are looked for in `wasmFolder`. */
export function bundleFor(runtime: string, entry: string, wasmFolder: string): Promise<string> {
  const options = runtimeOptions(runtime, "build/engines", wasmFolder, { main: entry });
  return bundle({ ...options, external: [...(options.external ?? []), "*.wasm"] }, entry);
}

async function bundle(options: BuildOptions, entry: string): Promise<string> {
  const { outputFiles } = await build({ ...options, splitting: false, write: false });
  const [file] = outputFiles ?? [];
  if (file === undefined) throw new Error(`bundle: cannot bundle ${entry}: nothing came out`);
  return file.text;
}
