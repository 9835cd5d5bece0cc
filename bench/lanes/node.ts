/** Contestants in Node, a process each. */
import { type ChildProcess, fork } from "node:child_process";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

import type { Places } from "../contestants/contestant.ts";
import type { Name } from "../contestants/index.ts";
import type { Answer, Request } from "../hosts/protocol.ts";
import { bundleHere, root, sharedData } from "../repository.ts";
import { type Engine, type Lane, patience, within } from "./lane.ts";

export const relaxedFlag = "--experimental-wasm-relaxed-simd";

function nextMessage<T>(child: ChildProcess): Promise<T> {
  return new Promise((resolve, reject) => {
    const onExit = (code: number | null): void => reject(new Error(`the process ended with status ${code}`));
    child.once("exit", onExit);
    child.once("message", (message) => {
      child.off("exit", onExit);
      resolve(message as T);
    });
  });
}

class NodeLane implements Lane {
  readonly name: Name;
  closed = false;
  readonly #child: ChildProcess;

  constructor(name: Name, child: ChildProcess) {
    this.name = name;
    this.#child = child;
  }

  ask(request: Request): Promise<Answer> {
    const answer = nextMessage<Answer>(this.#child);
    this.#child.send(request);
    return within(patience, this.name, answer);
  }

  async close(): Promise<void> {
    if (this.closed) return;
    this.closed = true;
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const gone = new Promise((resolve) => this.#child.once("exit", resolve));
    this.#child.kill("SIGKILL");
    await gone;
  }
}

/** Node with these flags and variables; without relaxed SIMD hebb runs its plain build, as users of this Node do. */
export async function nodeEngine(
  flags: readonly string[],
  variables: Readonly<Record<string, string>> = {},
): Promise<Engine> {
  const program = await bundleHere("hosts/node.ts", "node");
  const places: Places = { hebb: pathToFileURL(join(root, "dist/node/index.js")).href, peers: null, data: sharedData };
  return {
    title: `Node ${process.versions.node} (V8 ${process.versions.v8})${flags.length > 0 ? `, ${flags.join(" ")}` : ""}`,
    relaxed: flags.includes(relaxedFlag),
    async open(name) {
      const child = fork(program, [name, JSON.stringify(places)], {
        execArgv: [...flags],
        env: { ...process.env, ...variables },
        stdio: ["ignore", "ignore", "ignore", "ipc"],
        serialization: "advanced",
      });
      await within(patience, name, nextMessage(child));
      return new NodeLane(name, child);
    },
    close: async () => {},
  };
}
