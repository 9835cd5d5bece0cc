// Builds what is stale: `node scripts/build.mjs [part…]`, every part when none is named.
//
//   plain, relaxed   assembly/ → dist/hebb.wasm, dist/hebb-relaxed.wasm: what most networks need
//   full, full-relaxed          → dist/hebb-full.wasm, dist/hebb-full-relaxed.wasm: every kernel
//                    each of the four for a memory that threads share as well: dist/hebb-shared.wasm, …
//   team             assembly/team.ts → dist/hebb-team.wasm: how threads share commands
//   threads          the script of a thread → dist/thread.js for pages, dist/node/thread.js
//   bundles          ts/ → dist/*.js for pages, dist/node/*.js and so on for every other runtime
//   inline           ts/inline.ts → dist/inline.js, dist/inline.global.js, dist/node/inline.js: one file with the kernels inside
//   types            ts/ → dist/types/
//
// A part is stale when an output is missing or the content of its inputs differs from that of its last build
// (build/stamps/). Outputs are written beside their place and renamed, so nobody reads half a file.

import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { basename, dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { deflateRawSync } from "node:zlib";
import { commands, entries, namespaces, packages, runtimes, tables, workers } from "./entries.mjs";
import { licenses } from "./licenses.mjs";
import { locked } from "./lock.mjs";
import { withSharedMemory } from "./shared-memory.mjs";

export const root = fileURLToPath(new URL("..", import.meta.url));
const at = (...path) => join(root, ...path);

/** Every file under `folder`, as a path from the root, in order. */
function files(folder, keep = () => true) {
  if (!existsSync(at(folder))) return [];
  return readdirSync(at(folder), { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile())
    .map((entry) => relative(root, join(entry.parentPath ?? entry.path, entry.name)))
    .filter(keep)
    .sort();
}

function digest(inputs) {
  const hash = createHash("sha256");
  for (const path of inputs)
    hash
      .update(path)
      .update("\0")
      .update(readFileSync(at(path)))
      .update("\0");
  return hash.digest("hex");
}

async function tool(name, script, args) {
  const child = spawn(process.execPath, [at("node_modules", script), ...args], {
    cwd: root,
    stdio: ["ignore", "pipe", "pipe"],
  });
  let output = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding("utf8").on("data", (text) => {
      output += text;
    });
  }
  const status = await new Promise((resolve, reject) => child.on("error", reject).on("close", resolve));
  if (status !== 0) throw new Error(`${name} failed:\n${output}`);
}

/** The kernels for a memory of one thread, and the same for one that threads share. */
function kernels(target, name, sharedName) {
  const single = wasm(target, "assembly/index.ts", name);
  return {
    inputs: () => [...single.inputs(), "scripts/shared-memory.mjs"],
    outputs: [`dist/${name}`, `dist/${sharedName}`],
    async make() {
      await single.make();
      replace(at("dist", sharedName), withSharedMemory(readFileSync(at("dist", name))));
    },
  };
}

function wasm(target, entry, name) {
  return {
    inputs: () => [...files("assembly"), "asconfig.json", "node_modules/assemblyscript/package.json"],
    outputs: [`dist/${name}`],
    async make() {
      mkdirSync(at("dist"), { recursive: true });
      const fresh = `build/${process.pid}-${name}`;
      await tool("asc", "assemblyscript/bin/asc.js", [entry, "--target", target, "-o", fresh]);
      renameSync(at(fresh), at("dist", name));
    },
  };
}

/** The sources name the wasm builds as seen from ts/platform/; in a bundle they lie beside it or one folder up. */
function wasmPlace(prefix) {
  return {
    name: "wasm-place",
    setup(build) {
      build.onLoad({ filter: /[\\/]ts[\\/]platform[\\/][\w-]+\.ts$/ }, ({ path }) => ({
        contents: readFileSync(path, "utf8").replaceAll('"../../dist/', `"${prefix}`),
        loader: "ts",
      }));
    },
  };
}

/** An index imports its namespaces as files beside it. */
const namespaceFiles = {
  name: "namespace-files",
  setup(build) {
    build.onResolve({ filter: /^\.\.?\// }, ({ path, importer, resolveDir }) => {
      if (basename(importer) !== "index.ts") return undefined;
      const source = relative(root, join(resolveDir, path)).replaceAll("\\", "/");
      const found = Object.keys(namespaces).find((name) => namespaces[name] === source);
      return found && { path: `./${found}.js`, external: true, sideEffects: false };
    });
  },
};

/** Sections that every lowering brings, so that their texts are of use in the files alone. */
const brought = "operands|absent|activations|functions|key|lanes|left|place";

/**
 * Shaders as their texts, without comments and spaces, and without what every kernel brings; the marks of sections stay, see
 * ts/device/webgpu/shader.ts.
 */
const shaders = {
  name: "shaders",
  setup(build) {
    build.onLoad({ filter: /\.wgsl$/ }, ({ path }) => ({
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

const common = {
  absWorkingDir: root,
  bundle: true,
  format: "esm",
  splitting: true,
  target: "es2022",
  tsconfigRaw: { compilerOptions: { target: "es2022", verbatimModuleSyntax: true } },
  chunkNames: "[name]-[hash]",
  metafile: true,
  legalComments: "none",
  // What can go costs start-up time, where nobody bundles.
  minifySyntax: true,
  minifyWhitespace: true,
  // An uncaught error prints the line it was thrown on.
  lineLimit: 160,
  write: false,
  logLevel: "silent",
};

/**
 * Bundles for one runtime, its adapter inside: no resolver has to know `#platform`, a plain <script type="module"> can
 * load the page's, and no file is loaded but those that hold code that is needed.
 */
export function runtimeOptions(runtime, outdir, wasmFolder, given) {
  return {
    ...common,
    platform: runtime === "browser" ? "browser" : "neutral",
    // Names stay for readable stacks where files are not sent to anybody.
    minifyIdentifiers: isBundledAgain(runtime),
    external: runtime === "browser" || runtime === "workerd" ? ["node:*"] : ["node:*", ...packages],
    alias: { "#platform": `./ts/platform/${runtime}.ts` },
    plugins: [wasmPlace(wasmFolder), shaders],
    outdir,
    entryPoints: given,
  };
}

/** Bundles for pages, the kernels in `wasmFolder`. */
export function pageOptions(given, wasmFolder = "./") {
  return runtimeOptions("browser", "dist", wasmFolder, given);
}

/**
 * Bundlers find the files of a package by the very text `new URL("./name", import.meta.url)`; a line break within it, which
 * esbuild puts where a line grows long, hides the file from some.
 */
function unbroken(text) {
  const place = /new\s+URL\(\s*"((?:[^"\\]|\\\n)*)"\s*,\s*import\s*\.\s*meta\s*\.\s*url\s*\)/g;
  return text.replace(place, (_, name) => `new URL("${name.replaceAll("\\\n", "")}",import.meta.url)`);
}

/** What is loaded in any case is one file. */
const joined = [
  { entry: "index.js", name: "hebb.js", apart: [] },
  { entry: "onnx.js", name: "models.js", apart: ["audio.js", "index.js", "safetensors.js", "vision.js"] },
];

/**
 * Chromium compiles all functions of a file that begins so while it arrives, apart from the page's own thread; of what every
 * page loads, most are called.
 */
const hinted = (files) => new Map(files).set("hebb.js", `//# allFunctionsCalledOnLoad\n${files.get("hebb.js")}`);

/** Scripts beside the bundles that are parts of their own. */
const others = new Set(["thread.js", "inline.js", "inline.global.js"]);

const bundles = {
  inputs: () =>
    [
      ...files("ts"),
      ...files("shaders"),
      ...tables,
      "package-lock.json",
      "scripts/build.mjs",
      "scripts/entries.mjs",
      "scripts/join.mjs",
    ].filter((path) => existsSync(at(path))),
  get outputs() {
    return ["browser", ...runtimes].flatMap((runtime) => {
      const folder = runtime === "browser" ? "dist" : `dist/${runtime}`;
      return Object.keys({ ...given(runtime), ...workersOf(runtime) }).map((name) => `${folder}/${name}.js`);
    });
  },
  async make() {
    const [esbuild, { joinFiles, nameAll }] = await Promise.all([import("esbuild"), import("./join.mjs")]);
    const metafiles = [];
    for (const runtime of ["browser", ...runtimes]) {
      const options =
        runtime === "browser"
          ? pageOptions(given(runtime))
          : runtimeOptions(runtime, `dist/${runtime}`, "../", given(runtime));
      const plugins = [...options.plugins, ...(isBundledAgain(runtime) ? [namespaceFiles] : [])];
      const built = await esbuild.build({ ...options, plugins });
      metafiles.push(built.metafile);
      const apart = await joinFiles(built, joined, options);
      const files =
        runtime === "browser"
          ? hinted(
              nameAll(
                apart,
                Object.keys(entries).map((name) => `${name}.js`),
              ),
            )
          : apart;
      for (const [name, source] of Object.entries(workersOf(runtime)))
        files.set(`${name}.js`, await whole(source, options));
      const folder = at(options.outdir);
      for (const [name, text] of files) replace(join(folder, name), unbroken(text));
      for (const name of readdirSync(folder))
        if (name.endsWith(".js") && !others.has(name) && !files.has(name)) rmSync(join(folder, name));
    }
    replace(at("dist/licenses.txt"), licenses(root, metafiles));
  },
};

/** Vite puts smaller files into others as data URLs, from which a strict page starts no worker and reads no module. */
const least = 4200;

const team = wasm("team", "assembly/team.ts", "hebb-team.wasm");

/** Appends a section that nobody reads to a module: id 0, its length in two bytes, and a name of no letters. */
function lengthen(path) {
  const bytes = readFileSync(at(path));
  replace(at(path), Buffer.concat([bytes, Buffer.from([0, (least & 0x7f) | 0x80, least >> 7]), Buffer.alloc(least)]));
}

/** The script of a thread is one file of its own, for pages and for what has `node:worker_threads`. */
const threads = {
  inputs: () => [...files("ts/platform"), "ts/device/wasm/thread.ts", ...tables, "scripts/build.mjs"],
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
  setup(build) {
    build.onResolve({ filter: /^#kernels$/ }, () => ({ path: at("dist/hebb-full.wasm"), namespace: "embedded" }));
    build.onLoad({ filter: /./, namespace: "embedded" }, ({ path }) => ({
      contents: deflateRawSync(readFileSync(path), { level: 9 }).toString("base64"),
      loader: "text",
    }));
  },
};

/** One file with everything inside: a module for pages, a script for pages that names all `hebb`, and a module for Node. */
const inline = {
  inputs: () => [...bundles.inputs(), ...files("assembly"), "asconfig.json"],
  outputs: ["dist/inline.js", "dist/inline.global.js", "dist/node/inline.js"],
  async make() {
    const make = async (runtime, adapter, output) => {
      const options = runtimeOptions(runtime, "dist", "./", {});
      const plugins = [embedded, ...options.plugins];
      const text = await whole("ts/inline.ts", {
        ...options,
        plugins,
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

/** The text of a module with everything inside. */
async function whole(source, options) {
  const { outputFiles } = await (await import("esbuild")).build({
    ...options,
    entryPoints: [source],
    splitting: false,
    minify: true,
  });
  return outputFiles[0].text;
}

const types = {
  inputs: () =>
    [
      ...files("ts"),
      ...tables,
      "tsconfig.json",
      "tsconfig.build.json",
      "package-lock.json",
      "scripts/build.mjs",
    ].filter((path) => existsSync(at(path))),
  outputs: ["dist/types/ts/index.d.ts"],
  async make() {
    const fresh = at("build", `${process.pid}-types`);
    await tool("tsc", "typescript/bin/tsc", ["-p", "tsconfig.build.json", "--noEmitOnError", "--outDir", fresh]);
    // Declarations without a source are not emitted.
    copyFileSync(at("ts/kernels.d.ts"), join(fresh, "ts/kernels.d.ts"));
    rmSync(at("dist/types"), { recursive: true, force: true });
    mkdirSync(at("dist"), { recursive: true });
    renameSync(fresh, at("dist/types"));
  },
};

const parts = {
  plain: kernels("plain", "hebb.wasm", "hebb-shared.wasm"),
  relaxed: kernels("relaxed", "hebb-relaxed.wasm", "hebb-shared-relaxed.wasm"),
  full: kernels("full", "hebb-full.wasm", "hebb-full-shared.wasm"),
  "full-relaxed": kernels("full-relaxed", "hebb-full-relaxed.wasm", "hebb-full-shared-relaxed.wasm"),
  team: { ...team, make: () => team.make().then(() => lengthen("dist/hebb-team.wasm")) },
  threads,
  bundles,
  inline,
  types,
};

/** The parts that the sources need to run as they are. */
export const kernelParts = Object.keys(parts).filter((name) => !["bundles", "inline", "types"].includes(name));

/** Whether programs are usually bundled for the runtime: then what they leave out is dropped, if it can be told apart. */
const isBundledAgain = (runtime) => runtime === "browser" || runtime === "workerd";

/** What a runtime starts in workers; edge workers start none. */
const workersOf = (runtime) => (runtime === "workerd" ? {} : workers);

/** The entries for a runtime whose source exists. */
function given(runtime) {
  const all = {
    ...entries,
    ...(isBundledAgain(runtime) ? namespaces : {}),
    ...(runtime === "node" ? commands : {}),
  };
  return Object.fromEntries(Object.entries(all).filter(([, source]) => existsSync(at(source))));
}

function replace(path, bytes) {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(`${path}.${process.pid}.tmp`, bytes);
  renameSync(`${path}.${process.pid}.tmp`, path);
}

/** Brings the named parts up to date; true if anything had to be made. HEBB_BUILD=0 takes everything as it is. */
export async function build(names = Object.keys(parts), log = () => {}) {
  if (process.env.HEBB_BUILD === "0") return false;
  mkdirSync(at("build/stamps"), { recursive: true });
  return locked(at("build/lock"), async () => {
    // The single file holds what another part makes.
    const [first, then] = [names.filter((name) => name !== "inline"), names.filter((name) => name === "inline")];
    const results = await Promise.allSettled(first.map((name) => refresh(name, log)));
    results.push(
      ...(await Promise.allSettled(then.map((name) => refresh("full", log).then(() => refresh(name, log))))),
    );
    const reasons = results.filter(({ status }) => status === "rejected").map(({ reason }) => reason);
    if (reasons.length > 0) throw new Error(reasons.map(({ message }) => message).join("\n"), { cause: reasons[0] });
    return results.some(({ value }) => value);
  });
}

/** Makes a part again if it is stale. */
async function refresh(name, log) {
  const part = parts[name];
  if (part === undefined) throw new Error(`build: cannot build ${name}: wanted ${Object.keys(parts).join(", ")}`);
  const stamp = at("build/stamps", name);
  const now = digest(part.inputs());
  const before = existsSync(stamp) ? readFileSync(stamp, "utf8") : "";
  if (now === before && part.outputs.every((path) => existsSync(at(path)))) return false;
  const start = performance.now();
  rmSync(stamp, { force: true });
  await part.make();
  writeFileSync(stamp, now);
  log(`built ${name} in ${((performance.now() - start) / 1000).toFixed(1)} s`);
  return true;
}

/**
 * Bundles a program of this repository (an example, the benchmarks) for Node and returns the path of the result. Its own
 * files are bundled; packages stay outside, `hebb` among them, which Node finds by the name of this package.
 */
export async function bundleProgram(entry, name, folder = at("build/programs")) {
  if (!existsSync(entry)) throw new Error(`build: cannot bundle ${relative(root, entry)}: there is no such file`);
  const esbuild = await import("esbuild");
  const outfile = join(folder, `${name}.mjs`);
  await esbuild.build({
    absWorkingDir: root,
    entryPoints: [entry],
    outfile,
    bundle: true,
    format: "esm",
    platform: "node",
    target: "node20",
    packages: "external",
    sourcemap: "linked",
    tsconfigRaw: common.tsconfigRaw,
    plugins: [shaders],
    logLevel: "silent",
  });
  return outfile;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  try {
    const names = process.argv.slice(2);
    const made = await build(names.length > 0 ? names : undefined, console.log);
    if (!made) console.log("everything is built");
  } catch (error) {
    console.error(error.message);
    process.exit(1);
  }
}
