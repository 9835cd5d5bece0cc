/** A server of examples/edge in a process of its own, which says where it listens. */
import { spawn } from "node:child_process";
import { processes } from "../runtime/processes.ts";

export interface EdgeServer {
  readonly url: string;
  readonly pid: number;
  close(): Promise<void>;
}

/** Starts a program on a free port. */
export async function startServer([program = "", ...args]: readonly string[], cwd: string): Promise<EdgeServer> {
  const env = { ...process.env, PORT: "0", DENO_NO_UPDATE_CHECK: "1", NO_COLOR: "1" };
  const child = spawn(program, args, { cwd, env, stdio: ["ignore", "pipe", "pipe"] });
  let log = "";
  const ended = new Promise<void>((resolve) => child.on("close", () => resolve()));
  const url = await new Promise<string>((resolve, reject) => {
    const read = (text: Buffer): void => {
      log += text;
      const found = /http:\/\/127\.0\.0\.1:\d+/.exec(log);
      if (found !== null) resolve(found[0]);
    };
    child.stdout.on("data", read);
    child.stderr.on("data", read);
    child.on("error", reject);
    child.on("close", (status) => reject(new Error(`${program} ended with ${status}:\n${log}`)));
  });
  const close = async (): Promise<void> => {
    child.kill();
    await ended;
  };
  return { url, pid: child.pid as number, close };
}

/** How deno.ts of examples/edge is started, in its folder. */
export function denoCommand(): string[] {
  const [deno = ""] = processes.deno as string[];
  return [deno, "run", "--no-prompt", "--no-remote", "--allow-net=127.0.0.1", "--allow-read", "--allow-env", "deno.ts"];
}
