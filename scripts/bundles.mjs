// The scripts of the package: ts/ → dist/.

import { existsSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { deflateRawSync } from "node:zlib";
import { namespaceFiles, placesBeside, runtimeOptions, whole } from "./bundler.mjs";
import { commands, entries, folders, namespaces, places, tables, workers } from "./entries.mjs";
import { at, files, replace, root } from "./files.mjs";
import { joinFiles } from "./join.mjs";
import { least } from "./kernels.mjs";
import { licenses } from "./licenses.mjs";

const own = ["bundler.mjs", "bundles.mjs", "entries.mjs", "join.mjs"].map((name) => `scripts/${name}`);

/** What is loaded in any case is one file. */
const joined = [
  { entry: "index.js", name: "hebb.js", apart: [] },
  { entry: "onnx.js", name: "models.js", apart: ["audio.js", "index.js", "safetensors.js", "vision.js"] },
];

/**
 * Chromium compiles all functions of a file that begins so while it arrives, apart from the page's own thread; of what every
 * page loads, most are called.
 */
const hint = "//# allFunctionsCalledOnLoad\n";

/** Scripts beside the bundles that are parts of their own. */
const others = new Set(["thread.js", "inline.js", "inline.global.js"]);

/** What a folder has entries for. */
const entriesOf = ({ runtime, divided }) => ({
  ...entries,
  ...(divided ? namespaces : {}),
  ...(runtime === "node" ? commands : {}),
});

/** What a folder has that is one file with everything inside: edge workers start no others, bundlers take what lies in dist/. */
const wholesOf = ({ folder, divided }) => ({
  ...(divided ? {} : workers),
  ...(folder === "dist" ? { places } : {}),
});

export const bundles = {
  inputs: () =>
    [...files("ts"), ...files("shaders"), ...tables, "package-lock.json", ...own].filter((path) =>
      existsSync(at(path)),
    ),
  get outputs() {
    return folders.flatMap((each) =>
      Object.keys({ ...entriesOf(each), ...wholesOf(each) }).map((name) => `${each.folder}/${name}.js`),
    );
  },
  async make() {
    const metafiles = [];
    for (const each of folders) metafiles.push(await makeFolder(each));
    replace(at("dist/licenses.txt"), licenses(root, metafiles));
  },
};

async function makeFolder(each) {
  const { build } = await import("esbuild");
  const { folder, runtime, divided } = each;
  const options = runtimeOptions(runtime, folder, folder === "dist" ? "./" : "../", entriesOf(each));
  const dividing = [namespaceFiles, ...(runtime === "browser" ? [placesBeside] : [])];
  const built = await build({ ...options, plugins: [...options.plugins, ...(divided ? dividing : [])] });
  const texts = await joinFiles(built, joined, options);
  if (folder === "dist") texts.set("hebb.js", hint + texts.get("hebb.js"));
  for (const [name, source] of Object.entries(wholesOf(each))) texts.set(`${name}.js`, await whole(source, options));
  for (const [name, text] of texts) replace(at(folder, name), unbroken(text));
  for (const name of readdirSync(at(folder)))
    if (name.endsWith(".js") && !others.has(name) && !texts.has(name)) rmSync(at(folder, name));
  return built.metafile;
}

/**
 * Bundlers find the files of a package by the very text `new URL("./name", import.meta.url)`; a line break within it, which
 * esbuild puts where a line grows long, hides the file from some.
 */
function unbroken(text) {
  const place = /new\s+URL\(\s*"((?:[^"\\]|\\\n)*)"\s*,\s*import\s*\.\s*meta\s*\.\s*url\s*\)/g;
  return text.replace(place, (_, name) => `new URL("${name.replaceAll("\\\n", "")}",import.meta.url)`);
}

/** The script of a thread is one file of its own, for pages and for what has `node:worker_threads`. */
export const threads = {
  inputs: () => [...files("ts/platform"), "ts/device/wasm/thread.ts", ...tables, ...own],
  outputs: ["dist/thread.js", "dist/node/thread.js"],
  async make() {
    for (const [runtime, outdir] of Object.entries({ browser: "dist", node: "dist/node" })) {
      const text = await whole("ts/device/wasm/thread.ts", runtimeOptions(runtime, outdir, "./", {}));
      replace(at(outdir, "thread.js"), text.padEnd(least, "\n"));
    }
  },
};

/** The full kernels as text, for a file that has them inside. */
const embedded = {
  name: "embedded",
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^#kernels$/ }, () => ({ path: at("dist/hebb-full.wasm"), namespace: "embedded" }));
    onLoad({ filter: /./, namespace: "embedded" }, ({ path }) => ({
      contents: deflateRawSync(readFileSync(path), { level: 9 }).toString("base64"),
      loader: "text",
    }));
  },
};

/** One file with everything inside: a module for pages, a script for pages that names all `hebb`, and a module for Node. */
export const inline = {
  after: "full",
  inputs: () => [...bundles.inputs(), ...files("assembly"), "asconfig.json"],
  outputs: ["dist/inline.js", "dist/inline.global.js", "dist/node/inline.js"],
  async make() {
    const make = async (runtime, adapter, output) => {
      const options = runtimeOptions(runtime, "dist", "./", {});
      const text = await whole("ts/inline.ts", {
        ...options,
        plugins: [embedded, ...options.plugins],
        alias: { "#platform": `./ts/platform/${adapter}.ts` },
        // The kernels are one long line in any case.
        lineLimit: 0,
        ...(output.endsWith(".global.js") ? { format: "iife", globalName: "hebb" } : {}),
      });
      replace(at(output), text);
    };
    await make("browser", "inline", "dist/inline.js");
    await make("browser", "inline", "dist/inline.global.js");
    await make("node", "inline-node", "dist/node/inline.js");
  },
};
