/** Requests to a worker by wrk, eight connections at a time. */
import { spawnSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { processorTime } from "../../test/examples/edge-cost.ts";
import type { EdgeWorker } from "../../test/examples/edge-worker.ts";
import { root } from "../repository.ts";

export interface Load {
  /** Requests answered in a second. */
  readonly rate: number;
  /** Milliseconds: the median latency, and what 99 of 100 keep below. */
  readonly median: number;
  readonly most: number;
  /** Milliseconds of processor time a request. */
  readonly cost: number;
}

/** Sends `body` for some seconds; null where there is no wrk, or it measured nothing. */
export function load({ url, pid }: EdgeWorker, body: Uint8Array, seconds: number): Load | null {
  const before = processorTime(pid);
  const args = ["-t1", "-c8", `-d${seconds}s`, "--latency", "-s", scriptFor(body), url];
  const { stdout, error } = spawnSync("wrk", args, { encoding: "utf8" });
  if (error !== undefined) return null;
  const found = (pattern: RegExp): string => pattern.exec(stdout)?.[1] ?? "";
  const median = milliseconds(found(/^\s+50%\s+(\S+)/m));
  if (!(median > 0)) return null;
  return {
    rate: Number(found(/Requests\/sec:\s+([\d.]+)/)),
    median,
    most: milliseconds(found(/^\s+99%\s+(\S+)/m)),
    cost: (processorTime(pid) - before) / Number(found(/(\d+) requests in/)),
  };
}

/** What wrk sends, in Lua. */
function scriptFor(body: Uint8Array): string {
  const folder = join(root, "bench/build");
  const path = join(folder, "edge.lua");
  mkdirSync(folder, { recursive: true });
  const text = Array.from(body, (byte) => `\\${String(byte).padStart(3, "0")}`).join("");
  writeFileSync(path, `wrk.method = "POST"\nwrk.body = "${text}"\n`);
  return path;
}

const units: Readonly<Record<string, number>> = { us: 1e-3, ms: 1, s: 1e3, m: 6e4 };

function milliseconds(text: string): number {
  const [, number = "", unit = ""] = /^([\d.]+)(\w+)$/.exec(text) ?? [];
  return Number(number) * (units[unit] ?? Number.NaN);
}

/** The best of some turns, each figure for itself. */
export function bestOf(loads: readonly Load[]): Load {
  const least = (of: (load: Load) => number): number => Math.min(...loads.map(of));
  return {
    rate: Math.max(...loads.map(({ rate }) => rate)),
    median: least(({ median }) => median),
    most: least(({ most }) => most),
    cost: least(({ cost }) => cost),
  };
}
