import { describe, expect, it } from "vitest";
import type { Program } from "../../ts/device/device.ts";
import { ProgramCache } from "../../ts/execution/cache.ts";
import type { GraphKey } from "../../ts/graph/key.ts";

const key = (hash: number, ...words: number[]): GraphKey => ({
  hash,
  words: Int32Array.from(words),
  nodes: [],
  leaves: [],
});

function program(): Program & { disposed: number } {
  const made = {
    disposed: 0,
    compiled: {} as Program["compiled"],
    dispose: () => {
      made.disposed++;
    },
  };
  return made;
}

describe("the cache of programs", () => {
  it("tells apart keys of one hash", () => {
    const cache = new ProgramCache(4);
    const [a, b] = [program(), program()];
    cache.set(1, Int32Array.of(1), a);
    cache.set(1, Int32Array.of(2), b);
    expect(cache.get(key(1, 1))).toBe(a);
    expect(cache.get(key(1, 2))).toBe(b);
    expect(cache.get(key(1, 3))).toBeUndefined();
  });

  it("lets go what is asked to", () => {
    const cache = new ProgramCache(4);
    const [a, b] = [program(), program()];
    cache.set(1, Int32Array.of(1), a);
    cache.set(1, Int32Array.of(2), b);
    cache.delete(a);
    cache.delete(a);
    expect([a.disposed, b.disposed, cache.size]).toEqual([1, 0, 1]);
    expect(cache.get(key(1, 1))).toBeUndefined();
    expect(cache.get(key(1, 2))).toBe(b);
  });

  it("is bounded: the program that was used longest ago goes and is disposed, once", () => {
    const cache = new ProgramCache(2);
    const [a, b, c] = [program(), program(), program()];
    cache.set(1, Int32Array.of(1), a);
    cache.set(2, Int32Array.of(2), b);
    cache.get(key(1, 1));
    cache.set(3, Int32Array.of(3), c);
    expect(cache.size).toBe(2);
    expect([a.disposed, b.disposed, c.disposed]).toEqual([0, 1, 0]);
    expect(cache.get(key(2, 2))).toBeUndefined();
    cache.clear();
    expect([a.disposed, b.disposed, c.disposed]).toEqual([1, 1, 1]);
  });
});
