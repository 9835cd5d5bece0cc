/**
 * A worker of examples/edge in real workerd, bundled as a deployment does it: kernels and weights are modules of their own.
 * A namespace of Workers KV, the internet and a bucket of R2 are small workers beside it.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { basename, join } from "node:path";
import { type BuildOptions, build } from "esbuild";
import { bucketModule } from "./edge-bucket.ts";

/** The program that npm brought; the package has no types. */
const { default: workerd } = createRequire(import.meta.url)("workerd") as { default: string };

export interface EdgeWorker {
  readonly url: string;
  /** The process of workerd. */
  readonly pid: number;
  /** What workerd wrote so far. */
  log(): string;
  close(): Promise<void>;
}

export interface WorkerOptions {
  /** The day whose workerd this one is to be like. */
  readonly date?: string;
  /** Text bindings by name. */
  readonly vars?: Readonly<Record<string, string>>;
  /** Modules that answer what the worker reads from the namespace MODELS, or from the internet. */
  readonly kv?: string;
  readonly internet?: string;
  /** A folder whose files are the objects of the bucket MODELS. */
  readonly bucket?: string;
  /** Modules by name that are no files. */
  readonly files?: Readonly<Record<string, Uint8Array>>;
  /** Megabytes that its JavaScript may hold; workerd alone sets no limit, and so collects garbage late. */
  readonly heap?: number;
  /** How it is bundled otherwise. */
  readonly bundle?: Pick<BuildOptions, "alias" | "define" | "external">;
}

/** Kinds of modules in workerd's configuration, by the ends of their names. */
const kindOf = (name: string): string => (name.endsWith(".wasm") ? "wasm" : "data");

/** A worker's module: a path from the root, or its text, which imports as a file of examples/edge/worker does. */
export type Entry = string | { readonly text: string };

/** Bundles `entry`; the modules that it imports by name come to lie beside it. Returns their names. */
async function bundleWorker(
  root: string,
  entry: Entry,
  folder: string,
  { files = {}, bundle = {} }: WorkerOptions,
): Promise<string[]> {
  const modules = new Map<string, string>();
  await build({
    absWorkingDir: root,
    ...bundle,
    ...(typeof entry === "string"
      ? { entryPoints: [entry] }
      : { stdin: { contents: entry.text, resolveDir: join(root, "examples/edge/worker"), loader: "ts" } }),
    outfile: join(folder, "worker.js"),
    bundle: true,
    minify: true,
    format: "esm",
    target: "es2022",
    conditions: ["workerd", "worker"],
    tsconfigRaw: "{}",
    logLevel: "silent",
    plugins: [
      {
        name: "modules",
        setup({ onResolve }) {
          onResolve({ filter: /\.(wasm|safetensors|onnx)$/ }, ({ path, resolveDir }) => {
            const name = `./${basename(path)}`;
            modules.set(name, path.startsWith(".") ? join(resolveDir, path) : join(root, "dist", basename(path)));
            return { path: name, external: true };
          });
        },
      },
    ],
  });
  for (const [name, path] of modules) {
    const bytes = files[basename(name)];
    if (bytes === undefined) cpSync(path, join(folder, name));
    else writeFileSync(join(folder, name), bytes);
  }
  return [...modules.keys()];
}

function configOf(
  modules: readonly string[],
  { date = "2026-01-01", vars = {}, kv, internet, bucket, heap }: WorkerOptions,
): string {
  const embedded = modules.map((name) => `(name = "${name}", ${kindOf(name)} = embed "${name}"),`);
  const texts = Object.entries(vars).map(([name, text]) => `(name = "${name}", text = ${JSON.stringify(text)}),`);
  const beside = (name: string, source: string | undefined, bindings = ""): string =>
    source === undefined
      ? ""
      : `(name = "${name}", worker = (modules = [(name = "worker", esModule = ${JSON.stringify(source)})], bindings = [${bindings}], compatibilityDate = "2026-01-01")),`;
  const folder = bucket === undefined ? "" : `(name = "folder", disk = ${JSON.stringify(bucket)}),`;
  const models = kv !== undefined ? 'kvNamespace = "kv"' : bucket !== undefined ? 'r2Bucket = "bucket"' : null;
  return `using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [
    (name = "main", worker = .worker),
    ${beside("kv", kv)} ${beside("internet", internet)}
    ${folder} ${beside("bucket", bucket && bucketModule, '(name = "FOLDER", service = "folder")')}
  ],
  sockets = [(name = "http", address = "127.0.0.1:0", http = (), service = "main")],
  ${heap === undefined ? "" : `v8Flags = ["--max-heap-size=${heap}"],`}
);
const worker :Workerd.Worker = (
  modules = [(name = "worker", esModule = embed "worker.js"), ${embedded.join(" ")}],
  bindings = [${texts.join(" ")} ${models === null ? "" : `(name = "MODELS", ${models}),`}],
  compatibilityDate = "${date}",
  compatibilityFlags = ["enable_request_signal"],
);
`;
}

/** Starts workerd on a worker of the repository at `root`. */
export async function startWorker(root: string, entry: Entry, options: WorkerOptions = {}): Promise<EdgeWorker> {
  mkdirSync(join(root, "build"), { recursive: true });
  const folder = mkdtempSync(join(root, "build/edge-worker-"));
  const modules = await bundleWorker(root, entry, folder, options);
  writeFileSync(join(folder, "config.capnp"), configOf(modules, options));
  const child = spawn(workerd, ["serve", "config.capnp", "--control-fd=3"], {
    cwd: folder,
    stdio: ["ignore", "pipe", "pipe", "pipe"],
  });
  let log = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream?.on("data", (text) => {
      log += text;
    });
  }
  const ended = new Promise<void>((resolve) => child.on("close", () => resolve()));
  const close = async (): Promise<void> => {
    child.kill("SIGKILL"); // it would wait for requests that do not end
    await ended;
    rmSync(folder, { recursive: true, force: true });
  };
  try {
    const port = await portOf(child, () => log);
    return { url: `http://127.0.0.1:${port}`, pid: child.pid as number, log: () => log, close };
  } catch (error) {
    await close();
    throw error;
  }
}

function portOf(child: ChildProcess, log: () => string): Promise<number> {
  return new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (status) => reject(new Error(`workerd ended with ${status}:\n${log()}`)));
    child.stdio[3]?.on("data", (line: Buffer) => {
      const found = /"port":(\d+)/.exec(line.toString());
      if (found !== null) resolve(Number(found[1]));
    });
  });
}
