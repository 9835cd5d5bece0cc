/** PyTorch, where Python has it: a process that reads and writes lines of JSON. */
import { type ChildProcess, spawn } from "node:child_process";
import { join } from "node:path";
import { createInterface } from "node:readline";

import type { Answer, Request } from "../hosts/protocol.ts";
import { batchMs } from "../measure.ts";
import { root } from "../repository.ts";
import { batches, models } from "../work.ts";
import { type Lane, patience, within } from "./lane.ts";

class TorchLane implements Lane {
  readonly name = "PyTorch" as const;
  closed = false;
  readonly #child: ChildProcess;
  readonly #lines: AsyncIterator<string>;

  constructor(child: ChildProcess, lines: AsyncIterator<string>) {
    this.#child = child;
    this.#lines = lines;
  }

  async ask(request: Request): Promise<Answer> {
    this.#child.stdin?.write(`${JSON.stringify(request)}\n`);
    const { value, done } = await within(patience, this.name, this.#lines.next());
    if (done === true) throw new Error("the process ended");
    return JSON.parse(value as string) as Answer;
  }

  async close(): Promise<void> {
    if (this.closed) return;
    this.closed = true;
    this.#child.kill("SIGKILL");
  }
}

/** The lane and PyTorch's version, or null where there is none. */
export async function openTorch(): Promise<{ lane: Lane; version: string } | null> {
  for (const python of ["/usr/bin/python3", "python3"]) {
    const options = JSON.stringify({ models, batches, batchMs });
    const child = spawn(python, [join(root, "bench/contestants/pytorch.py"), root, options], {
      stdio: ["pipe", "pipe", "ignore"],
      env: { ...process.env, OMP_NUM_THREADS: "1", OPENBLAS_NUM_THREADS: "1" },
    });
    child.on("error", () => {}); // No such program: its output ends at once.
    const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
    const { value, done } = await within(patience, "PyTorch", lines.next());
    if (done !== true) {
      return {
        lane: new TorchLane(child, lines),
        version: (JSON.parse(value as string) as { version: string }).version,
      };
    }
  }
  return null;
}
