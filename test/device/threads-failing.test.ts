/** Threads that cannot be started: a warning says why, and one thread does the work. */
import { afterEach, describe, expect, it, vi } from "vitest";
import { worth } from "../../ts/device/wasm/worth.ts";
import { init, tensor } from "../../ts/index.ts";
import { threadCount } from "./shared.ts";

const failing = vi.hoisted(() => ({ start: (_end: (why: string) => void): void => {} }));

vi.mock("#platform", async (importOriginal) => ({
  ...(await importOriginal<typeof import("../../ts/platform/node.ts")>()),
  startThread: async (_script: URL, _task: unknown, onEnd: (why: string) => void) => {
    failing.start(onEnd);
    return () => {};
  },
}));

const usual = { ...worth };
afterEach(() => {
  Object.assign(worth, usual);
  vi.restoreAllMocks();
});

describe("threads that cannot start", () => {
  it.each([
    [
      "at once",
      () => {
        throw new Error("the page's policy forbids workers");
      },
    ],
    ["later", (end: (why: string) => void) => void setTimeout(() => end("the page's policy forbids workers"))],
  ])("%s", async (_, start) => {
    failing.start = start;
    Object.assign(worth, { start: 0, run: 0 });
    const warn = vi.spyOn(console, "warn").mockImplementation(() => {});
    await init({ threads: 3, deterministic: true });
    const limit = performance.now() + 20_000;
    while (warn.mock.calls.length === 0 && performance.now() < limit) {
      expect(await tensor([1, 2]).mul(3).array()).toEqual([3, 6]);
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    await new Promise((resolve) => setTimeout(resolve, 20));
    for (let i = 0; i < 5; i++) expect(await tensor([1, 2]).add(i).array()).toEqual([1 + i, 2 + i]);
    expect(warn.mock.calls).toEqual([["wasm: goes on with fewer threads: the page's policy forbids workers"]]);
    expect(threadCount()).toBe(1);
  });
});
