/** Timing inside a contestant's own process. */
import type { Job } from "./contestants/contestant.ts";

/** A batch of runs between two readings of the clock lasts at least this long: a page's clock ticks in 0.1 ms. */
export const batchMs = 5;

/** What a result was, so that contestants can be compared: a few values, and two over all of them. */
export interface Digest {
  readonly count: number;
  /** Greatest magnitude. */
  readonly peak: number;
  readonly mean: number;
  /** Up to 64 values, evenly spread. */
  readonly samples: readonly number[];
}

export function digestOf(values: ArrayLike<number>): Digest {
  const count = values.length;
  const samples = Array.from({ length: Math.min(count, 64) }, (_, i) => {
    return values[Math.floor((i * count) / Math.min(count, 64))] as number;
  });
  let peak = 0;
  let sum = 0;
  for (let i = 0; i < count; i++) {
    peak = Math.max(peak, Math.abs(values[i] as number));
    sum += values[i] as number;
  }
  return { count, peak, mean: sum / count, samples };
}

/** Lets finalizers and the runtime's own tasks run, as they do between the events of a program. */
function turn(): Promise<void> {
  if (typeof setImmediate === "function") return new Promise((resolve) => setImmediate(resolve));
  return new Promise((resolve) => {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = () => {
      port1.close();
      resolve();
    };
    port2.postMessage(null);
  });
}

async function time(job: Job, batch: number): Promise<number> {
  const start = performance.now();
  for (let i = 0; i < batch; i++) await job.once();
  const each = (performance.now() - start) / batch;
  await turn();
  return each;
}

/**
 * Runs for about `ms` so that every tier of the engine's compilers has had its turn; the size of a batch comes out. It only
 * grows, until two batches in a row have lasted long enough: one alone may have been disturbed.
 */
export async function warmUp(job: Job, ms: number): Promise<number> {
  const until = performance.now() + ms;
  let batch = 1;
  let long = 0;
  while (long < 2 || performance.now() < until) {
    const total = (await time(job, batch)) * batch;
    if (total >= batchMs) {
      long++;
      if (total > 100 * batchMs && performance.now() >= until) break;
      continue;
    }
    long = 0;
    batch = Math.ceil(batch * Math.min(10, Math.max(1.2, (1.2 * batchMs) / Math.max(total, 0.1))));
  }
  return batch;
}

/** Milliseconds of one run, for as many batches as fit the budget; at least one. */
export async function sample(job: Job, batch: number, budget: number): Promise<number[]> {
  const until = performance.now() + budget;
  const times: number[] = [];
  do {
    times.push(await time(job, batch));
  } while (performance.now() < until);
  return times;
}
