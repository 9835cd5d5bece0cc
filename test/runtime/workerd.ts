/**
 * A worker in real workerd, the open engine of Cloudflare Workers. Its sources are bundled as a deployment does it; the
 * kernels are a module of their own, compiled before the worker starts.
 */
import { spawn } from "node:child_process";
import { cpSync, mkdirSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { build } from "esbuild";
import { root } from "../../scripts/build.mjs";
import { bundleFor } from "./bundle.ts";
import type { EngineKind } from "./engine.ts";
import type { Answer, Call } from "./inside/suites.ts";
import { postJson } from "./post.ts";

/** The program that npm brought; the package has no types. */
const require = createRequire(join(root, "package.json"));
const { default: workerd, version } = require("workerd") as { default: string; version: string };

/** Counts what an edge worker must not try: compiling WebAssembly or evaluating text. Imported before hebb. */
const watch = `
globalThis.attempts = [];
const note = (target, name) => {
  target[name] = new Proxy(target[name], {
    apply(f, self, args) { attempts.push(name); return Reflect.apply(f, self, args); },
    construct(f, args) { attempts.push(name); return Reflect.construct(f, args); },
  });
};
for (const name of ["compile", "compileStreaming", "instantiateStreaming", "Module"]) {
  if (WebAssembly[name] !== undefined) note(WebAssembly, name);
}
note(globalThis, "Function");
note(globalThis, "eval");
const { instantiate } = WebAssembly;
WebAssembly.instantiate = (source, imports) => {
  if (!(source instanceof WebAssembly.Module)) attempts.push("instantiate");
  return instantiate(source, imports);
};
`;

/** The configuration of a worker: its script, and modules of WebAssembly beside it. */
function configuration(script: string, kernels: readonly string[]): string {
  return `using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [
    (name = "main", worker = .worker),
    # Tests' data come from servers on this machine.
    (name = "internet", network = (allow = ["local", "private"])),
  ],
  sockets = [(name = "http", address = "127.0.0.1:0", http = (), service = "main")]
);
const worker :Workerd.Worker = (
  modules = [
    (name = "worker", esModule = embed "${script}"),
${kernels.map((name) => `    (name = "./${name}", wasm = embed "${name}"),\n`).join("")}  ],
  compatibilityDate = "2026-01-01",
);
`;
}

/**
 * Serves `source`, a module whose default export answers requests, with `import wasm from "hebb/hebb.wasm"` (or hebb-full.wasm) and
 * `globalThis.attempts` at its disposal, and hands its address to `work`. `folder` has hebb installed.
 */
export async function withWorker<T>(folder: string, source: string, work: (url: string) => Promise<T>): Promise<T> {
  const place = join(folder, "workerd");
  mkdirSync(place, { recursive: true });
  writeFileSync(join(folder, "watch.js"), watch);
  await build({
    stdin: { contents: `import "./watch.js";\n${source}`, resolveDir: folder, loader: "js" },
    outfile: join(place, "worker.js"),
    bundle: true,
    format: "esm",
    target: "es2022",
    conditions: ["workerd", "worker"],
    tsconfigRaw: "{}",
    plugins: [
      {
        name: "wasm-module",
        setup: (b) => {
          b.onResolve({ filter: /^hebb\/[\w-]+\.wasm$/ }, ({ path }) => ({
            path: `.${path.slice(4)}`,
            external: true,
          }));
        },
      },
    ],
  });
  const kernels = ["hebb.wasm", "hebb-full.wasm"];
  for (const name of kernels) cpSync(join(folder, "node_modules/hebb/dist", name), join(place, name));
  return serveWorker(place, "worker.js", kernels, work);
}

/** Serves a bundled worker, `script` in the folder `place`, which imports `kernels` by "./name". */
export async function serveWorker<T>(
  place: string,
  script: string,
  kernels: readonly string[],
  work: (url: string) => Promise<T>,
): Promise<T> {
  const { url, close } = await startWorkerd(place, script, kernels);
  try {
    return await work(url);
  } finally {
    await close();
  }
}

/** Starts a worker as {@link serveWorker} does; its one socket takes any free port. */
async function startWorkerd(
  folder: string,
  script: string,
  kernels: readonly string[],
): Promise<{ url: string; close(): Promise<void> }> {
  writeFileSync(join(folder, "config.capnp"), configuration(script, kernels));
  const child = spawn(workerd, ["serve", "config.capnp", "--control-fd=3"], {
    cwd: folder,
    stdio: ["ignore", "pipe", "pipe", "pipe"],
  });
  let log = "";
  child.stdout?.on("data", (text) => {
    log += text;
  });
  child.stderr?.on("data", (text) => {
    log += text;
  });
  const ended = new Promise<void>((resolve) => child.on("close", () => resolve()));
  const port = await new Promise<number>((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (status) => reject(new Error(`workerd ended with ${status}:\n${log}`)));
    child.stdio[3]?.on("data", (line: Buffer) => {
      const found = /"port":(\d+)/.exec(line.toString());
      if (found !== null) resolve(Number(found[1]));
    });
  });
  const close = (): Promise<void> => {
    child.kill("SIGKILL");
    return ended;
  };
  return { url: `http://127.0.0.1:${port}`, close };
}

/** The engine of an edge worker: inside/workerd.ts answers requests. */
export const workerdEngine: EngineKind = {
  missing: async () => null,
  open: async ({ folder: base }) => {
    const folder = join(base, "workerd");
    mkdirSync(folder, { recursive: true });
    const kernels = ["hebb-full.wasm", "hebb-full-relaxed.wasm"];
    for (const name of kernels) cpSync(join(root, "dist", name), join(folder, name));
    writeFileSync(join(folder, "worker.js"), await bundleFor("workerd", "test/runtime/inside/workerd.ts", "./"));
    const { url, close } = await startWorkerd(folder, "worker.js", kernels);
    return { version, call: (given: Call) => postJson<Answer>(url, given), close };
  },
};
