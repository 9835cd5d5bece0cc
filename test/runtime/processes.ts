/** Runtimes that are a program: Node itself, and Deno and Bun as npm brings them. */
import { type ChildProcess, spawn } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { pathToFileURL } from "node:url";
import { root } from "../../scripts/build.mjs";
import { bundleFor } from "./bundle.ts";
import type { Engine, EngineKind } from "./engine.ts";
import type { Answer, Call } from "./inside/suites.ts";

/** The program in the platform package of `scope` that npm chose for this machine, or null. */
function packaged(scope: string, inside: string): string | null {
  const folder = join(root, "node_modules", scope);
  if (!existsSync(folder)) return null;
  const found = readdirSync(folder)
    .map((name) => join(folder, name, inside))
    .find((path) => existsSync(path));
  return found ?? null;
}

/** Milliseconds after which a module that runs on is stopped. */
const usualLimit = 60_000;

const extension = process.platform === "win32" ? ".exe" : "";

/** How to run a module that may read files and nothing more; null where npm has no such runtime for this machine. */
export const processes: Readonly<Record<"node" | "deno" | "bun", readonly string[] | null>> = {
  node: [process.execPath],
  deno: command(packaged("@deno", `deno${extension}`), ["run", "--no-prompt", "--no-remote", "--allow-read"]),
  bun: command(packaged("@oven", `bin/bun${extension}`), ["--no-install"]),
};

function command(program: string | null, args: readonly string[]): readonly string[] | null {
  return program === null ? null : [program, ...args];
}

const quietEnvironment = (folder: string): NodeJS.ProcessEnv => ({
  ...process.env,
  DENO_DIR: join(folder, "deno"),
  DENO_NO_UPDATE_CHECK: "1",
  NO_COLOR: "1",
});

/** Runs a module in `folder`, for `timeLimit` milliseconds at most, and returns the JSON it prints. */
export async function runModule<T>(
  [program, ...args]: readonly string[],
  folder: string,
  module: string,
  rest: readonly string[] = [],
  timeLimit: number = usualLimit,
): Promise<T> {
  if (program === undefined) throw new Error("runtime: cannot run: no program");
  const child = spawn(program, [...args, module, ...rest], {
    cwd: folder,
    stdio: ["ignore", "pipe", "pipe"],
    env: quietEnvironment(folder),
  });
  let stdout = "";
  let stderr = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    stdout += text;
  });
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    stderr += text;
  });
  const limit = setTimeout(() => child.kill("SIGKILL"), timeLimit);
  const ending = await new Promise<number | string | null>((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (status, signal) => resolve(signal ?? status));
  });
  clearTimeout(limit);
  if (ending !== 0) throw new Error(`${program} ${module} ended with ${ending}:\n${stderr}${stdout}`);
  return JSON.parse(stdout) as T;
}

/** The engine of a process: inside/process.ts answers line by line. */
export function processEngine(name: keyof typeof processes, rights: readonly string[] = []): EngineKind {
  const command = processes[name];
  return {
    missing: async () => (command === null ? `npm has no ${name} for this system` : null),
    open: async ({ folder: base }) => {
      const [program, ...args] = command as readonly string[];
      const folder = join(base, name);
      mkdirSync(folder, { recursive: true });
      const kernels = pathToFileURL(join(root, "dist/")).href;
      writeFileSync(join(folder, "main.js"), await bundleFor(name, "test/runtime/inside/process.ts", kernels));
      const child = spawn(program as string, [...args, ...rights, "main.js"], {
        cwd: folder,
        stdio: ["pipe", "pipe", "pipe"],
        env: quietEnvironment(folder),
      });
      return lineEngine(child, await versionOf(program as string));
    },
  };
}

async function versionOf(program: string): Promise<string> {
  const child = spawn(program, ["--version"], { stdio: ["ignore", "pipe", "ignore"] });
  let text = "";
  for await (const piece of child.stdout.setEncoding("utf8")) text += piece;
  return (/\d+(\.\d+)+/.exec(text) ?? [""])[0];
}

function lineEngine(child: ChildProcess, version: string): Engine {
  let errors = "";
  child.stderr?.setEncoding("utf8").on("data", (text: string) => {
    errors = `${errors}${text}`.slice(-4000);
  });
  let ending: Error | null = null;
  let settle: { resolve(answer: Answer): void; reject(error: Error): void } | null = null;
  const ended = new Promise<void>((resolve) => {
    const end = (how: unknown): void => {
      ending = new Error(`the process ended with ${how}:\n${errors}`);
      settle?.reject(ending);
      resolve();
    };
    child.on("error", end);
    child.on("close", (status, signal) => end(signal ?? status));
  });
  if (child.stdout !== null) {
    createInterface({ input: child.stdout }).on("line", (line) => settle?.resolve(JSON.parse(line)));
  }
  return {
    version,
    call: (given: Call) =>
      new Promise((resolve, reject) => {
        if (ending !== null) return reject(ending);
        settle = { resolve, reject };
        child.stdin?.write(`${JSON.stringify(given)}\n`);
      }),
    close: () => {
      child.kill("SIGKILL");
      return ended;
    },
  };
}
