// Programs of this repository, bundled for Node. Packages stay outside of them.

import { existsSync } from "node:fs";
import { basename, dirname, join, relative } from "node:path";
import { pathToFileURL } from "node:url";
import { build } from "esbuild";
import { shaders, sources } from "./bundler.mjs";
import { at, root } from "./files.mjs";

const programs = at("build/programs");

/** Bundles what uses the package (an example, the benchmarks): Node finds `hebb` by its name. Returns the path of the result. */
export async function bundleProgram(entry, name, folder = programs) {
  return bundle(entry, join(folder, `${name}.mjs`), { sourcemap: "linked", plugins: [shaders] });
}

/** Bundles what uses the sources themselves (a command of the tests). Returns the path of the result. */
export async function bundleTool(entry, name) {
  return bundle(entry, join(programs, `${name}.mjs`), {
    alias: { "#platform": "./ts/platform/node.ts" },
    loader: { ".wgsl": "text" },
    plugins: [scriptsInPlace],
  });
}

async function bundle(entry, outfile, options) {
  if (!existsSync(entry)) throw new Error(`build: cannot bundle ${relative(root, entry)}: there is no such file`);
  await build({
    ...sources,
    entryPoints: [entry],
    outfile,
    platform: "node",
    target: "node20",
    packages: "external",
    ...options,
  });
  return outfile;
}

/** Scripts know the repository's root by their place, so they stay where they are. */
const scriptsInPlace = {
  name: "scripts-in-place",
  setup({ onResolve }) {
    onResolve({ filter: /\/scripts\/\w+\.mjs$/ }, ({ path, importer }) => {
      const place = join(dirname(importer), dirname(path), basename(path));
      return { path: pathToFileURL(place).href, external: true };
    });
  },
};
