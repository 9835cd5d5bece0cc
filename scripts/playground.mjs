// The playground, from nothing: packages, build, a folder of static files; then served on this machine.
//
//   npm run playground              builds what is missing, serves, prints the address
//   npm run playground -- --build   builds only: build/playground can be put on any static host
//
//   build/playground/  index.html  main.js  style.css  hebb/   the page's bundles and kernels of dist/, as they are
//                      _headers    isolation and policy, for hosts that read such a file

import { cpSync, mkdirSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { install } from "./install.mjs";
import { isolation, serve } from "./serve.mjs";

const root = fileURLToPath(new URL("..", import.meta.url));
const sources = join(root, "examples/playground");
export const playgroundFolder = join(root, "build/playground");

/** The library is not bundled with the page: its own files lie beside it, so that all of it loads when it is needed. */
const libraryBeside = {
  name: "library-beside",
  setup(build) {
    build.onResolve({ filter: /^hebb(\/|$)/ }, ({ path }) => ({
      path: `./hebb/${path === "hebb" ? "index" : path.slice("hebb/".length)}.js`,
      external: true,
    }));
  },
};

/** Writes the page's files; what dist/ holds has to be built. */
export async function buildPlayground(folder = playgroundFolder) {
  const esbuild = await import("esbuild");
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(join(folder, "hebb"), { recursive: true });
  await esbuild.build({
    absWorkingDir: root,
    entryPoints: [join(sources, "main.ts"), join(sources, "style.css")],
    outdir: folder,
    bundle: true,
    format: "esm",
    target: "es2022",
    minify: true,
    sourcemap: "linked",
    tsconfigRaw: { compilerOptions: { target: "es2022", verbatimModuleSyntax: true } },
    plugins: [libraryBeside],
    logLevel: "silent",
  });
  cpSync(join(sources, "index.html"), join(folder, "index.html"));
  for (const name of readdirSync(join(root, "dist"))) {
    if (/^(?!inline).*\.(js|wasm)$/.test(name)) cpSync(join(root, "dist", name), join(folder, "hebb", name));
  }
  const rules = Object.entries(isolation).map(([name, value]) => `  ${name}: ${value}\n`);
  writeFileSync(join(folder, "_headers"), `/*\n${rules.join("")}`);
  return folder;
}

async function main() {
  const { values } = parseArgs({ options: { build: { type: "boolean" }, port: { type: "string", default: "8080" } } });
  install(root);
  const { build, kernelParts } = await import("./build.mjs");
  await build([...kernelParts, "bundles"], console.log);
  const folder = await buildPlayground();
  if (values.build) console.log(`playground: ${folder}`);
  else console.log(`playground: ${(await serve(folder, Number(values.port))).url}`);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  try {
    await main();
  } catch (error) {
    console.error(error.code === "EADDRINUSE" ? `${error.message}: wanted --port with a free one` : error.message);
    process.exitCode = 1;
  }
}
