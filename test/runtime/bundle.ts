/** Bundles a test's own sources, hebb's included, into one module for a page or for Deno. */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type BuildOptions, build } from "esbuild";
import { denoOptions, pageOptions, root } from "../../scripts/build.mjs";

/**
 * The text of the module that `entry` (a path from the repository's root) makes, with the browser's adapter inside.
 * Serve it as "/main.js" beside `"/dist/": { folder: dist }`; the kernels are looked for under "/dist/".
 */
export function bundleForPage(entry: string): Promise<string> {
  return bundle(pageOptions({ main: entry }, "./dist/"), entry);
}

/** As {@link bundleForPage}, written to `folder` below the repository's root, with Deno's adapter; returns the path. */
export async function bundleForDeno(entry: string, folder: string): Promise<string> {
  const up = folder.split("/").map(() => "../");
  const text = await bundle(denoOptions({ main: entry }, `${up.join("")}dist/`), entry);
  const path = join(root, folder, "main.js");
  mkdirSync(join(root, folder), { recursive: true });
  writeFileSync(path, text);
  return path;
}

async function bundle(options: BuildOptions, entry: string): Promise<string> {
  const { outputFiles } = await build({ ...options, splitting: false, write: false });
  const [file] = outputFiles ?? [];
  if (file === undefined) throw new Error(`bundle: cannot bundle ${entry}: nothing came out`);
  return file.text;
}
