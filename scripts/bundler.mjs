// How esbuild bundles the sources, for the package and for the tests.

import { readFileSync } from "node:fs";
import { basename, join, relative } from "node:path";
import { namespaces, packages } from "./entries.mjs";
import { root } from "./files.mjs";

/** The sources name the wasm builds as seen from ts/platform/; in a bundle they lie beside it or one folder up. */
function wasmPlace(prefix) {
  return {
    name: "wasm-place",
    setup({ onLoad }) {
      onLoad({ filter: /[\\/]ts[\\/]platform[\\/][\w-]+\.ts$/ }, ({ path }) => ({
        contents: readFileSync(path, "utf8").replaceAll('"../../dist/', `"${prefix}`),
        loader: "ts",
      }));
    },
  };
}

/** An index imports its namespaces as files beside it. */
export const namespaceFiles = {
  name: "namespace-files",
  setup({ onResolve }) {
    onResolve({ filter: /^\.\.?\// }, ({ path, importer, resolveDir }) => {
      if (basename(importer) !== "index.ts") return undefined;
      const source = relative(root, join(resolveDir, path)).replaceAll("\\", "/");
      const found = Object.keys(namespaces).find((name) => namespaces[name] === source);
      return found && { path: `./${found}.js`, external: true, sideEffects: false };
    });
  },
};

/** Where files lie is said by a file beside them. */
export const placesBeside = {
  name: "places-beside",
  setup({ onResolve }) {
    onResolve({ filter: /^\.\/places\.ts$/ }, () => ({ path: "../places.js", external: true, sideEffects: false }));
  },
};

/** Sections that every lowering brings, so that their texts are of use in the files alone. */
const brought = "operands|absent|activations|functions|key|lanes|left|place";

/**
 * Shaders as their texts, without comments and spaces, and without what every kernel brings; the marks of sections stay, see
 * ts/device/webgpu/shader.ts.
 */
export const shaders = {
  name: "shaders",
  setup({ onLoad }) {
    onLoad({ filter: /\.wgsl$/ }, ({ path }) => ({
      contents: readFileSync(path, "utf8")
        .replace(new RegExp(`(?<=^//! (?:${brought})\\n)[^!]*(?=^//! end$)`, "gm"), "")
        .split("\n")
        .map((line) => (line.startsWith("//!") ? line : line.replace(/\/\/.*/, "").trim()))
        .map((line) => (line.startsWith("//!") ? line : line.replace(/ *([=+*/%<>&|^?:;,(){}[\]]) */g, "$1")))
        .filter((line) => line !== "")
        .map((line) => `${line}\n`)
        .join(""),
      loader: "text",
    }));
  },
};

/** Edge workers start nothing but one thread of wasm, and their bundles hold nothing for anything else. */
const alone = {
  name: "alone",
  setup(build) {
    build.onResolve({ filter: /^\.\/start\.ts$/ }, ({ resolveDir }) => ({ path: join(resolveDir, "start-alone.ts") }));
  },
};

/** What the sources are, whoever bundles them. */
export const sources = {
  absWorkingDir: root,
  bundle: true,
  format: "esm",
  tsconfigRaw: { compilerOptions: { target: "es2022", verbatimModuleSyntax: true } },
  logLevel: "silent",
};

/**
 * Bundles for one runtime, its adapter inside: no resolver has to know `#platform`, a plain <script type="module"> can
 * load the page's, and no file is loaded but those that hold code that is needed.
 */
export function runtimeOptions(runtime, outdir, wasmFolder, entryPoints) {
  const isSent = runtime === "browser" || runtime === "workerd";
  return {
    ...sources,
    splitting: true,
    target: "es2022",
    chunkNames: "[name]-[hash]",
    metafile: true,
    legalComments: "none",
    // What can go costs start-up time, where nobody bundles.
    minifySyntax: true,
    minifyWhitespace: true,
    // Names stay for readable stacks where files are not sent to anybody.
    minifyIdentifiers: isSent,
    // An uncaught error prints the line it was thrown on.
    lineLimit: 160,
    write: false,
    platform: runtime === "browser" ? "browser" : "neutral",
    external: isSent ? ["node:*"] : ["node:*", ...packages],
    alias: { "#platform": `./ts/platform/${runtime}.ts` },
    plugins: [wasmPlace(wasmFolder), shaders, ...(runtime === "workerd" ? [alone] : [])],
    outdir,
    entryPoints,
  };
}

/** Bundles for pages, the kernels in `wasmFolder`. */
export function pageOptions(entryPoints, wasmFolder = "./") {
  return runtimeOptions("browser", "dist", wasmFolder, entryPoints);
}

/** The text of a module with everything inside. */
export async function whole(source, options) {
  const { build } = await import("esbuild");
  const { outputFiles } = await build({ ...options, entryPoints: [source], splitting: false, minify: true });
  return outputFiles[0].text;
}
