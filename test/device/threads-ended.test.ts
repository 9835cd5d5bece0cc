/** Threads that are ended from outside: nobody waits for them for ever, and what was lost is said. */
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { IOTA } from "../../assembly/kernels.ts";
import { TEAM_DONE, TEAM_READY, TEAM_TICKET } from "../../assembly/team-block.ts";
import { worth } from "../../ts/device/wasm/worth.ts";
import { init, tensor } from "../../ts/index.ts";
import type { ThreadTask } from "../../ts/platform/platform.ts";
import { shareAll, threadCount } from "./shared.ts";

/** What threads are started with in place of their script and beside their task, and what ends those that were started. */
const made = vi.hoisted(() => ({ script: null as URL | null, more: {}, ends: [] as (() => void)[] }));

vi.mock("#platform", async (importOriginal) => {
  const node = await importOriginal<typeof import("../../ts/platform/node.ts")>();
  return {
    ...node,
    startThread: async (script: URL, task: ThreadTask, onEnd: (why: string) => void) => {
      const end = await node.startThread(made.script ?? script, { ...task, ...made.more }, onEnd);
      made.ends.push(end);
      return end;
    },
  };
});

const usual = { ...worth };
let warnings: string[];
beforeEach(() => {
  warnings = [];
  Object.assign(worth, { start: 0, run: 0, always: true, patience: 2000 });
  vi.spyOn(console, "warn").mockImplementation((line: string) => void warnings.push(line));
});
afterEach(async () => {
  Object.assign(worth, usual);
  Object.assign(made, { script: null, more: {}, ends: [] });
  vi.restoreAllMocks();
  await init({ threads: 1, deterministic: true });
});

/** Threads end amid the first share of any kernel but one. */
function mortal(passed: number): void {
  made.script = new URL("./mortal-thread.mjs", import.meta.url);
  made.more = { places: { ready: TEAM_READY, done: TEAM_DONE, ticket: TEAM_TICKET }, passed };
}

const double = (): Promise<unknown> => tensor([1, 2, 3]).mul(2).array();

describe("a thread that is ended", { timeout: 60_000 }, () => {
  it("amid a share costs this run and no further one", async () => {
    mortal(IOTA); // the kernel with which threads are timed
    // The first run that finds the thread there, which may be one that waits for it.
    const shared = shareAll(2, { deterministic: true }).then(double);
    await expect(shared).rejects.toThrow(/^wasm: cannot finish a run: one of its threads was ended from outside/);
    expect(threadCount()).toBe(1);
    for (let i = 0; i < 5; i++) expect(await double()).toEqual([2, 4, 6]);
    expect(threadCount()).toBe(1);
  });

  it("before its first share costs nothing", async () => {
    mortal(-1);
    await init({ threads: 2, deterministic: true });
    for (let i = 0; i < 30; i++) {
      expect(await double()).toEqual([2, 4, 6]);
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
    expect(made.ends.length).toBe(1);
    expect(threadCount()).toBe(1);
  });

  it("between two runs costs nothing: its shares are done by the others", async () => {
    await shareAll(2, { deterministic: true });
    expect(await double()).toEqual([2, 4, 6]);
    for (const end of made.ends) end();
    // The thread ends meanwhile; that it has is heard of later.
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 2000);
    expect(await double()).toEqual([2, 4, 6]);
    const limit = performance.now() + 30_000;
    while (threadCount() > 1 && performance.now() < limit) await new Promise((resolve) => setTimeout(resolve, 5));
    expect(threadCount()).toBe(1);
    expect(await double()).toEqual([2, 4, 6]);
    expect(warnings).toEqual(["wasm: goes on with fewer threads: a thread ended"]);
  });
});
