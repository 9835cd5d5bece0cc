// Joins the files that a program loads in any case: every file that a runtime opens costs it time and memory.
//
// A bundler makes a chunk for every set of entries that share code. Here the chunks below an entry are bundled once more into
// one file, which exports everything under names of its own, and everybody imports it from there. What is imported on
// demand stays apart.
//
//   index.js → chunk-A.js, chunk-B.js        index.js → hebb.js (A, B)
//   onnx.js  → chunk-B.js, chunk-C.js        onnx.js  → hebb.js, chunk-C.js

import { basename, join } from "node:path";

/**
 * The files of a build with `metafile`, by name. For each of the groups, one after the other, the chunks that the file
 * `entry` imports are joined as the file `name`, but for those that the files `apart` may come to import without it.
 */
export async function joinFiles({ outputFiles, metafile }, groups, options) {
  const outputs = new Map(Object.entries(metafile.outputs).map(([path, output]) => [basename(path), output]));
  let files = new Map(outputFiles.map(({ path, text }) => [basename(path), text]));
  for (const { entry, name, apart } of groups) {
    const elsewhere = new Set(
      apart.flatMap((file) => [...below(file, outputs, ["import-statement", "dynamic-import"])]),
    );
    const chunks = [...below(entry, outputs, ["import-statement"])].filter(
      (file) => files.has(file) && outputs.get(file).entryPoint === undefined && !elsewhere.has(file),
    );
    const aliases = new Map(chunks.map((file, i) => [file, (exported) => `${exported}$${i}`]));
    const rest = [...files].filter(([file]) => !aliases.has(file));
    const whole = await bundle(files, aliases, outputs, join(options.outdir, name), options);
    files = new Map([[name, whole], ...rest.map(([file, text]) => [file, redirect(text, aliases, name)])]);
  }
  return files;
}

/** The files that one imports in one of the ways, directly or not. */
function below(entry, outputs, ways) {
  const seen = new Set();
  const visit = (file) => {
    if (seen.has(file) || !outputs.has(file)) return;
    seen.add(file);
    for (const { path, kind } of outputs.get(file).imports) if (ways.includes(kind)) visit(basename(path));
  };
  visit(entry);
  return seen;
}

/** One file of chunks, which are read from memory; other files stay outside. */
async function bundle(files, aliases, outputs, outfile, options) {
  const exported = ([file, alias]) =>
    `export { ${outputs
      .get(file)
      .exports.map((name) => `${name} as ${alias(name)}`)
      .join(", ")} } from "./${file}";`;
  const plugin = {
    name: "chunks",
    setup({ onResolve, onLoad }) {
      onResolve({ filter: /^\.\// }, ({ path }) =>
        aliases.has(basename(path)) ? { path: basename(path), namespace: "chunk" } : { path, external: true },
      );
      onResolve({ filter: /^\.\.\// }, ({ path }) => ({ path, external: true }));
      onLoad({ filter: /./, namespace: "chunk" }, ({ path }) => ({ contents: files.get(path), loader: "js" }));
    },
  };
  const { build } = await import("esbuild");
  const { outputFiles } = await build({
    ...options,
    stdin: { contents: [...aliases].map(exported).join("\n") },
    entryPoints: undefined,
    alias: {},
    splitting: false,
    outdir: undefined,
    outfile,
    plugins: [plugin],
  });
  return outputFiles[0].text;
}

/**
 * Imports from chunks as imports from the file that they were joined to; imports of nothing, which keep an order that no module
 * needs, are left out.
 */
function redirect(text, aliases, name) {
  return text
    .replace(/import\s*\{([^}]*)\}\s*from"\.\/([^"]+)"/g, (statement, names, file) => {
      const alias = aliases.get(file);
      if (alias === undefined) return statement;
      const renamed = names.split(",").map((each) => {
        const [far, near = far] = each.trim().split(/\s+as\s+/);
        return `${alias(far)} as ${near}`;
      });
      return `import{${renamed.join(",")}}from"./${name}"`;
    })
    .replace(/import"\.\/[^"]+";/g, "");
}
