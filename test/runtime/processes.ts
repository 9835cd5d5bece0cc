/** Runtimes that are a program: Node itself, and Deno and Bun as npm brings them. */
import { spawn } from "node:child_process";
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { root } from "../../scripts/build.mjs";

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
    env: { ...process.env, DENO_DIR: join(folder, "deno"), DENO_NO_UPDATE_CHECK: "1", NO_COLOR: "1" },
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
