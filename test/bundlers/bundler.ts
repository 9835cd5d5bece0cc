/** Bundlers as their users call them: a command in the project's folder that leaves a site in `dist`. */
import { execFile, spawn } from "node:child_process";
import { cpSync, readdirSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { promisify } from "node:util";
import { root } from "../../scripts/build.mjs";

/** The packages of test/bundlers/package.json. */
export const packages = join(root, "test/bundlers/node_modules");

export interface Bundler {
  readonly name: string;
  /** The command: a script below node_modules, and its arguments. */
  readonly command: readonly [script: string, ...args: string[]];
  /** What the author writes beside the program. */
  readonly files: Readonly<Record<string, string>>;
  /** What the author copies by hand: files, and the folder of each. */
  readonly copies: (project: string) => readonly (readonly [file: string, folder: string])[];
}

/** The page that runs the program. */
const page = (script: string): string => `<!doctype html><title>example</title>${script}\n`;

const index = (project: string): readonly [string, string] => [join(project, "index.html"), "dist"];

/** Kernels and the scripts of threads and of the worker mode, which esbuild leaves to its user. */
const kernels = (project: string): string[] => {
  const folder = join(project, "node_modules/hebb/dist");
  const names = readdirSync(folder).filter((name) => /\.wasm$|^(thread|worker)\.js$/.test(name));
  return names.map((name) => join(folder, name));
};

const entries = ["main.js", "task.js"];

export const bundlers: readonly Bundler[] = [
  {
    name: "esbuild",
    command: [
      "esbuild/bin/esbuild",
      ...entries,
      "--bundle",
      "--splitting",
      "--format=esm",
      "--minify",
      "--outdir=dist/assets",
    ],
    files: { "index.html": page('<script type="module" src="assets/main.js"></script>') },
    copies: (project) => [index(project), ...kernels(project).map((file) => [file, "dist/assets"] as const)],
  },
  {
    name: "vite",
    command: ["vite/bin/vite.js", "build"],
    files: {
      "index.html": page('<script type="module" src="/main.js"></script>'),
      // For Web Workers of the program's own that import in parts.
      "vite.config.js": 'export default { worker: { format: "es" } };\n',
    },
    copies: () => [],
  },
  {
    name: "webpack",
    command: ["webpack-cli/bin/cli.js", "--mode=production", "--entry=./main.js"],
    files: { "index.html": page('<script defer src="main.js"></script>') },
    copies: (project) => [index(project)],
  },
];

/** Runs a script in a project, nobody being told and what it keeps staying there; returns what it prints. */
export async function runScript(project: string, script: string, args: readonly string[]): Promise<string> {
  const env = { ...process.env, CI: "1", WRANGLER_SEND_METRICS: "false", XDG_CONFIG_HOME: join(project, "xdg") };
  const run = promisify(execFile)(process.execPath, [script, ...args], { cwd: project, env });
  const { stdout } = await run.catch((error: { message: string; stdout: string }) => {
    // webpack says on its output what is wrong.
    throw new Error(`${error.message}${error.stdout.slice(-4000)}`, { cause: error });
  });
  return stdout;
}

/** Copies the programs of test/bundlers/project into a project. */
export function layOut(project: string): void {
  cpSync(join(root, "test/bundlers/project"), project, { recursive: true });
}

/** What the author of a project for a bundler has beside the program. */
export function writeFiles(project: string, { files }: Bundler): void {
  for (const [name, text] of Object.entries(files)) writeFileSync(join(project, name), text);
}

/** Bundles the program of a project and returns the folder of the site. */
export async function bundle(project: string, bundler: Bundler): Promise<string> {
  writeFiles(project, bundler);
  const [script, ...args] = bundler.command;
  await runScript(project, join(packages, script), args);
  for (const [file, folder] of bundler.copies(project)) cpSync(file, join(project, folder, basename(file)));
  return join(project, "dist");
}

/** Starts Vite's server on a project and hands its address to `work`. */
export async function withDevelopment(project: string, work: (url: string) => Promise<void>): Promise<void> {
  const script = join(packages, "vite/bin/vite.js");
  const child = spawn(process.execPath, [script, "--port", "0", "--host", "127.0.0.1"], {
    cwd: project,
    env: { ...process.env, CI: "1", NO_COLOR: "1" },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const ended = new Promise<void>((resolve) => child.on("close", () => resolve()));
  try {
    const url = await new Promise<string>((resolve, reject) => {
      let log = "";
      const read = (text: Buffer): void => {
        log += text.toString();
        const found = /http:\/\/127\.0\.0\.1:\d+\//.exec(log);
        if (found !== null) resolve(found[0]);
      };
      child.stdout.on("data", read);
      child.stderr.on("data", read);
      child.on("close", (status) => reject(new Error(`vite ended with ${status}:\n${log}`)));
    });
    await work(url);
  } finally {
    child.kill();
    await ended;
  }
}
