/** How much of hebb's time is spent in its kernels: the exported `run` is timed from outside, the rest is TypeScript. */
import type { Contestant } from "../contestants/contestant.ts";
import type { Work } from "../work.ts";
import type { Share } from "./protocol.ts";

/** The engine's compilers need many calls until they are done with all of the TypeScript. */
const warmMs = 1000;

export async function shareOf(start: () => Promise<Contestant>, work: Work, runs: number): Promise<Share> {
  let inside = 0;
  let calls = 0;
  const { instantiate } = WebAssembly;
  WebAssembly.instantiate = (async (module: WebAssembly.Module, imports?: WebAssembly.Imports) => {
    const { exports } = await instantiate(module, imports);
    const run = exports["run"] as (...args: number[]) => number;
    const timed = (...args: number[]): number => {
      const from = performance.now();
      const failed = run(...args);
      inside += performance.now() - from;
      calls++;
      return failed;
    };
    return { exports: { ...exports, run: timed } };
  }) as unknown as typeof WebAssembly.instantiate;
  const job = await (await start()).prepare(work);
  const until = performance.now() + warmMs;
  while (performance.now() < until) await job.once();
  if (calls === 0) throw new Error("share: cannot time the kernels: their run was never called");
  const each: Share[] = [];
  for (let i = 0; i < runs; i++) {
    inside = 0;
    const from = performance.now();
    await job.once();
    each.push({ kernelsMs: inside, totalMs: performance.now() - from });
    if (i % 10 === 0) await new Promise((resolve) => setImmediate(resolve));
  }
  const median = (list: number[]): number => list.sort((a, b) => a - b)[list.length >> 1] as number;
  return { kernelsMs: median(each.map((one) => one.kernelsMs)), totalMs: median(each.map((one) => one.totalMs)) };
}
