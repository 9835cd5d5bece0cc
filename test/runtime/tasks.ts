/**
 * How long the tasks of a page's main thread take, by the browser's own trace. What counts is the time that the thread
 * computed: on a machine that others use too, a task's begin and end say more about them.
 */
import { readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Page } from "puppeteer";

interface TraceEvent {
  readonly name: string;
  readonly pid: number;
  readonly tid: number;
  /** Microseconds: when it began, how long it took, how long its thread computed. */
  readonly ts: number;
  readonly dur?: number;
  readonly tdur?: number;
}

/** Milliseconds. */
export interface Task {
  readonly computed: number;
  readonly took: number;
}

/** The tasks between two marks that `work` makes on the page's `performance`, the longest first. */
export async function tasksOf<T>(
  page: Page,
  [begin, end]: readonly [string, string],
  work: () => Promise<T>,
): Promise<{ result: T; tasks: Task[] }> {
  const path = join(tmpdir(), `hebb-trace-${crypto.randomUUID()}.json`);
  await page.tracing.start({ path, categories: ["toplevel", "blink.user_timing"] });
  let result: T;
  try {
    result = await work();
  } finally {
    await page.tracing.stop();
  }
  const { traceEvents } = JSON.parse(await readFile(path, "utf8")) as { traceEvents: TraceEvent[] };
  await rm(path);
  const [from, to] = [begin, end].map((mark) => traceEvents.find(({ name }) => name === mark));
  if (from === undefined || to === undefined) throw new Error(`tasks: cannot find ${begin} and ${end} in the trace`);
  const tasks = traceEvents
    .filter(({ name, pid, tid }) => name.endsWith("RunTask") && pid === from.pid && tid === from.tid)
    .filter(({ ts, dur = 0 }) => ts + dur > from.ts && ts < to.ts)
    .map(({ dur = 0, tdur = 0 }): Task => ({ computed: tdur / 1000, took: dur / 1000 }))
    .sort((a, b) => b.computed - a.computed);
  if (tasks.every(({ computed }) => computed === 0))
    throw new Error("tasks: cannot find what tasks computed in the trace");
  return { result, tasks };
}
