/** Bundles a test's own sources, hebb's included, into one module for a page. */
import { build } from "esbuild";
import { pageOptions } from "../../scripts/build.mjs";

/**
 * The text of the module that `entry` (a path from the repository's root) makes, with the browser's adapter inside.
 * Serve it as "/main.js" beside `"/dist/": { folder: dist }`; the kernels are looked for under "/dist/".
 */
export async function bundleForPage(entry: string): Promise<string> {
  const options = pageOptions({ main: entry }, "./dist/");
  const result = await build({ ...options, splitting: false, write: false });
  const [file] = result.outputFiles ?? [];
  if (file === undefined) throw new Error(`bundle: cannot bundle ${entry}: nothing came out`);
  return file.text;
}
