/** What a process of workerd costs, as Linux counts it. */
import { readdirSync, readFileSync } from "node:fs";
import type { EdgeWorker } from "./edge-worker.ts";

/** Milliseconds that the threads of a process have run; of those that ended nothing is known any more. */
export function processorTime(pid: number): number {
  const tasks = `/proc/${pid}/task`;
  const times = readdirSync(tasks).map((id) => Number(readFileSync(`${tasks}/${id}/schedstat`, "utf8").split(" ")[0]));
  return times.reduce((sum, nanoseconds) => sum + nanoseconds, 0) / 1e6;
}

/**
 * Megabytes that a process holds: "VmRSS" all of it, "RssAnon" what is no file's, so not the pages of its program, which all
 * workers of a process share. Null where nobody can tell.
 */
export function heldBy(pid: number, kind: "VmRSS" | "RssAnon" = "VmRSS"): number | null {
  try {
    const [, kilobytes] = new RegExp(`${kind}:\\s+(\\d+)`).exec(readFileSync(`/proc/${pid}/status`, "utf8")) ?? [];
    return kilobytes === undefined ? null : Number(kilobytes) / 1024;
  } catch {
    return null; // no /proc
  }
}

export interface Cost {
  /** Milliseconds of processor time before the first request, and for it. */
  readonly start: number;
  readonly first: number;
  /** Megabytes after it: all, and without the pages of the program. */
  readonly memory: number;
  readonly own: number;
  /** What was answered. */
  readonly text: string;
}

const idle = (milliseconds: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, milliseconds));

/** Sends a fresh worker its first request. */
export async function firstRequest({ url, pid }: EdgeWorker, body: Uint8Array<ArrayBuffer>): Promise<Cost> {
  await idle(400);
  const start = processorTime(pid);
  const response = await fetch(url, { method: "POST", body });
  const text = await response.text();
  if (!response.ok) throw new Error(text);
  await idle(200); // what compiles on behind the answer counts too
  const first = processorTime(pid) - start;
  return { start, first, memory: heldBy(pid) ?? Number.NaN, own: heldBy(pid, "RssAnon") ?? Number.NaN, text };
}
