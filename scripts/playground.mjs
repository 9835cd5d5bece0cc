// The playground, from nothing: packages, build, a folder of static files; then served on this machine.
//
//   npm run playground              builds what is missing, serves, prints the address
//   npm run playground -- --build   builds only: build/playground can be put on any static host
//
//   build/playground/  index.html  main.js  style.css  hebb/   the page's bundles and kernels of dist/, as they are
//                      _headers    isolation and policy, for hosts that read such a file

import { cpSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { extname, join, normalize } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { install } from "./install.mjs";

const root = fileURLToPath(new URL("..", import.meta.url));
const sources = join(root, "examples/playground");
export const playgroundFolder = join(root, "build/playground");

/** Isolated pages may share memory between threads. */
const headers = {
  "cross-origin-opener-policy": "same-origin",
  "cross-origin-embedder-policy": "require-corp",
  "cross-origin-resource-policy": "same-origin",
};

const types = {
  ".css": "text/css; charset=utf-8",
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".wasm": "application/wasm",
};

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
    if (/\.(js|wasm)$/.test(name)) cpSync(join(root, "dist", name), join(folder, "hebb", name));
  }
  const rules = Object.entries(headers).map(([name, value]) => `  ${name}: ${value}\n`);
  writeFileSync(join(folder, "_headers"), `/*\n${rules.join("")}`);
  return folder;
}

/** Serves a folder on this machine alone; the address. */
function serve(folder, port) {
  const server = createServer((request, response) => {
    const path = decodeURIComponent(new URL(request.url ?? "/", "http://localhost").pathname);
    const inside = normalize(path.endsWith("/") ? `${path}index.html` : path);
    try {
      const body = readFileSync(join(folder, inside));
      response.writeHead(200, { ...headers, "content-type": types[extname(inside)] ?? "application/octet-stream" });
      response.end(body);
    } catch {
      response.writeHead(404, headers).end("not found");
    }
  });
  return new Promise((resolve, reject) => {
    server.on("error", reject);
    server.listen(port, "127.0.0.1", () => resolve(`http://localhost:${server.address().port}/`));
  });
}

async function main() {
  const { values } = parseArgs({ options: { build: { type: "boolean" }, port: { type: "string", default: "8080" } } });
  install(root);
  const { build } = await import("./build.mjs");
  await build(["plain", "relaxed", "full", "full-relaxed", "bundles"], console.log);
  const folder = await buildPlayground();
  if (values.build) console.log(`playground: ${folder}`);
  else console.log(`playground: ${await serve(folder, Number(values.port))}`);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  try {
    await main();
  } catch (error) {
    console.error(error.code === "EADDRINUSE" ? `${error.message}: wanted --port with a free one` : error.message);
    process.exitCode = 1;
  }
}
