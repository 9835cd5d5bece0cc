import { describe, expect, test } from "vitest";
import { Generator, generator, type Key, manualSeed, shuffle, Threefry, threefry } from "../../ts/core/random.ts";
import { random } from "../../ts/device/wasm/random.ts";
import { builds, operand, runKernel } from "./harness.ts";

/** Known answers of Threefry-2x32, 20 rounds: from Random123's kat_vectors. */
const known: readonly (readonly [counter: Key, key: Key, words: Key])[] = [
  [
    [0, 0],
    [0, 0],
    [0x6b200159, 0x99ba4efe],
  ],
  [
    [0xffffffff, 0xffffffff],
    [0xffffffff, 0xffffffff],
    [0x1cb996fc, 0xbb002be7],
  ],
  [
    [0x243f6a88, 0x85a308d3],
    [0x13198a2e, 0x03707344],
    [0xc4923a9c, 0x483df7a0],
  ],
];

/** Threefry over big integers, straight from the paper: 20 rounds, a key injection after every fourth. */
function threefryOracle(key: Key, counter: Key): number[] {
  const mod = 1n << 32n;
  const ks = [BigInt(key[0]), BigInt(key[1])];
  ks.push(0x1bd11bdan ^ (ks[0] as bigint) ^ (ks[1] as bigint));
  let [x0, x1] = [(BigInt(counter[0]) + (ks[0] as bigint)) % mod, (BigInt(counter[1]) + (ks[1] as bigint)) % mod];
  const rotations = [13n, 15n, 26n, 6n, 17n, 29n, 16n, 24n];
  for (let round = 0; round < 20; round++) {
    const r = rotations[round % 8] as bigint;
    x0 = (x0 + x1) % mod;
    x1 = (((x1 << r) | (x1 >> (32n - r))) % mod) ^ x0;
    if (round % 4 === 3) {
      const s = (round + 1) / 4;
      x0 = (x0 + (ks[s % 3] as bigint)) % mod;
      x1 = (x1 + (ks[(s + 1) % 3] as bigint) + BigInt(s)) % mod;
    }
  }
  return [Number(x0), Number(x1)];
}

const keys: readonly Key[] = [
  [0, 0],
  [0x13198a2e, 0x83707344],
  [0xffffffff, 1],
];

describe("threefry", () => {
  test("gives the known answers", () => {
    for (const [counter, key, words] of known) {
      expect(threefry(...key, ...counter)).toEqual(words);
      expect(threefryOracle(key, counter)).toEqual(words);
    }
  });

  test("streams are its blocks, word by word", () => {
    for (const key of keys) {
      const stream = new Threefry(key);
      for (let i = 0; i < 50; i++) expect(stream.word()).toBe(threefryOracle(key, [i >> 1, 0])[i & 1]);
    }
  });

  test.each(builds)("the $name kernel gives the stream's bits for every length", (build) => {
    for (const key of keys) {
      const stream = new Threefry(key);
      const want = Int32Array.from({ length: 5000 }, () => stream.word());
      for (const n of [0, 1, 2, 3, 7, 8, 9, 24, 31, 2047, 2049, 5000]) {
        const [, bits] = runKernel(build, [Int32Array.from(key), new Int32Array(n)], (out) =>
          random(
            {
              kind: "op",
              op: "random",
              inputs: [operand(0, [2], "int32")],
              output: operand(1, [n], "int32"),
              attrs: {},
              epilogue: null,
              label: "",
            },
            out,
          ),
        );
        expect(bits).toEqual(want.subarray(0, n));
      }
    }
  });
});

describe("seeds", () => {
  test("a generator's keys are the blocks of its seed", () => {
    const made = new Generator(2 ** 33 + 5);
    expect([made.next(), made.next()]).toEqual([threefry(5, 2, 0, 0), threefry(5, 2, 1, 0)]);
    expect(new Generator(-1).next()).toEqual(threefry(0xffffffff, 0xffffffff, 0, 0));
  });

  test("manualSeed starts the default generator again", () => {
    manualSeed(7);
    const first = [generator.next(), generator.next()];
    manualSeed(7);
    expect([generator.next(), generator.next()]).toEqual(first);
    manualSeed(8);
    expect(generator.next()).not.toEqual(first[0]);
    manualSeed(0);
  });

  test("a seed that is no integer is refused", () => {
    for (const seed of [0.5, Number.NaN, 2 ** 60])
      expect(() => manualSeed(seed)).toThrow(/^manualSeed: cannot seed with/);
  });
});

describe("shuffle", () => {
  test("gives every number once, in an order that the key decides", () => {
    for (const n of [0, 1, 2, 1000]) {
      const order = shuffle(n, [1, 2]);
      expect([...order].sort((a, b) => a - b)).toEqual(Array.from({ length: n }, (_, i) => i));
      expect(shuffle(n, [1, 2])).toEqual(order);
    }
    expect(shuffle(1000, [1, 3])).not.toEqual(shuffle(1000, [1, 2]));
  });

  test("every order of four is as likely as the others", () => {
    const counts = new Map<string, number>();
    const keyOf = new Generator(3);
    for (let i = 0; i < 24000; i++) {
      const order = shuffle(4, keyOf.next()).join("");
      counts.set(order, (counts.get(order) ?? 0) + 1);
    }
    // Chi squared with 23 degrees of freedom: below 49.7 with probability 0.999.
    let chi = 0;
    for (const count of counts.values()) chi += (count - 1000) ** 2 / 1000;
    expect(counts.size).toBe(24);
    expect(chi).toBeLessThan(49.7);
  });

  test("below is fair where 2^32 is no multiple", () => {
    const stream = new Threefry([9, 9]);
    let upper = 0;
    for (let i = 0; i < 30000; i++) if (stream.below(3 * 2 ** 30) >= 2 ** 31) upper++;
    expect(Math.abs(upper / 30000 - 1 / 3)).toBeLessThan(0.01);
    for (let i = 0; i < 100; i++) expect(stream.uniform()).toBeLessThan(1);
  });
});
