/** How long a page's main thread was kept busy without a turn for anything else. */
import type { Page } from "puppeteer";

interface TraceEvent {
  readonly name: string;
  readonly pid: number;
  readonly tid: number;
  /** Microseconds of the processor; others' work on the machine does not count. */
  readonly tdur?: number;
  readonly args: { readonly name?: string };
}

/** Milliseconds of processor time that the longest task of the page's main thread took while `work` went on. */
export async function longestTask(page: Page, work: () => Promise<void>): Promise<number> {
  await page.tracing.start({ categories: ["-*", "toplevel", "disabled-by-default-devtools.timeline"] });
  await work();
  const trace = await page.tracing.stop();
  if (trace === undefined) throw new Error("tasks: cannot measure: the browser left no trace");
  const { traceEvents } = JSON.parse(new TextDecoder().decode(trace)) as { traceEvents: readonly TraceEvent[] };
  const place = ({ pid, tid }: TraceEvent): string => `${pid}:${tid}`;
  const mains = new Set(
    traceEvents.filter(({ name, args }) => name === "thread_name" && args.name === "CrRendererMain").map(place),
  );
  const tasks = traceEvents.filter((event) => event.name.endsWith("RunTask") && mains.has(place(event)));
  if (tasks.length === 0) throw new Error("tasks: cannot measure: the trace names no task of the page");
  return tasks.reduce((longest, { tdur = 0 }) => Math.max(longest, tdur / 1000), 0);
}
