/** Memory of a contestant's process: every linear memory that comes to be in it, and the process's own peak. */
import { readFileSync } from "node:fs";
import type { Contestant } from "../contestants/contestant.ts";
import type { Work } from "../work.ts";
import type { Memory } from "./protocol.ts";

/** Every WebAssembly memory made or exported from now on. */
function watchMemories(): Set<WebAssembly.Memory> {
  const found = new Set<WebAssembly.Memory>();
  const { Memory, Instance, instantiate } = WebAssembly;
  const enter = (instance: WebAssembly.Instance): void => {
    for (const value of Object.values(instance.exports)) if (value instanceof Memory) found.add(value);
  };
  WebAssembly.Memory = new Proxy(Memory, {
    construct(target, args: [WebAssembly.MemoryDescriptor]) {
      const memory = new target(...args);
      found.add(memory);
      return memory;
    },
  });
  WebAssembly.Instance = new Proxy(Instance, {
    construct(target, args: [WebAssembly.Module, WebAssembly.Imports]) {
      const instance = new target(...args);
      enter(instance);
      return instance;
    },
  });
  WebAssembly.instantiate = (async (source: WebAssembly.Module, imports?: WebAssembly.Imports) => {
    const made = (await instantiate(source, imports)) as
      | WebAssembly.Instance
      | WebAssembly.WebAssemblyInstantiatedSource;
    enter("instance" in made ? made.instance : made);
    return made;
  }) as typeof WebAssembly.instantiate;
  return found;
}

/** Most memory that this process held, in bytes. What `getrusage` says may be the parent's from before the fork. */
function peak(): number {
  try {
    const [, kilobytes] = /VmHWM:\s+(\d+)/.exec(readFileSync("/proc/self/status", "utf8")) ?? [];
    if (kilobytes !== undefined) return Number(kilobytes) * 1024;
  } catch {} // Only Linux has this file.
  return process.resourceUsage().maxRSS * 1024;
}

const mb = (bytes: number): number => bytes / 1e6;

/** Of a process that has started nothing. */
export const idleMemory = (): Memory => ({ peakMb: mb(peak()), wasmMbFirst: 0, wasmMbLast: 0 });

export async function memoryOf(start: () => Promise<Contestant>, work: Work, runs: number): Promise<Memory> {
  const memories = watchMemories();
  const reserved = (): number => mb([...memories].reduce((sum, { buffer }) => sum + buffer.byteLength, 0));
  const job = await (await start()).prepare(work);
  const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
  for (let i = 0; i < Math.min(10, runs); i++) await job.once();
  const first = reserved();
  for (let i = 10; i < runs; i++) {
    await job.once();
    if (i % 10 === 0) await settle();
  }
  return { peakMb: mb(peak()), wasmMbFirst: first, wasmMbLast: reserved() };
}
