/**
 * Random numbers by counting: Threefry-2x32 with 20 rounds (Salmon, Moraes, Dror, Shaw: "Parallel random numbers: as easy
 * as 1, 2, 3", SC 2011). The kernels of every device give the same bits (`assembly/random.ts` states the layout):
 *
 *   word i of a key's stream  =  word (i & 1) of threefry(key, counter = [i >> 1, 0])
 *
 * so any part of a stream can be had without the parts before it, by any number of threads.
 */

/** A key of a stream: two 32-bit words, unsigned. */
export type Key = readonly [k0: number, k1: number];

/** How far each of eight rounds rotates. */
const rotations = [13, 15, 26, 6, 17, 29, 16, 24] as const;

/** One block: 64 random bits from a key and a 64-bit counter, both as two 32-bit words. After every fourth round a key is added. */
export function threefry(k0: number, k1: number, c0: number, c1: number): [number, number] {
  let [next, after, last] = [k1, 0x1bd11bda ^ k0 ^ k1, k0];
  let x0 = (c0 + k0) | 0;
  let x1 = (c1 + k1) | 0;
  for (let round = 0; round < 20; round++) {
    const r = rotations[(round & 7) as 0];
    x0 = (x0 + x1) | 0;
    x1 = ((x1 << r) | (x1 >>> (32 - r))) ^ x0;
    if ((round & 3) !== 3) continue;
    x0 = (x0 + next) | 0;
    x1 = (x1 + after + (round >> 2) + 1) | 0;
    const first = next;
    next = after;
    after = last;
    last = first;
  }
  return [x0 >>> 0, x1 >>> 0];
}

/** The stream of one key, word by word. */
export class Threefry {
  readonly #key: Key;
  #index = 0;
  #odd = 0;

  constructor(key: Key) {
    this.#key = key;
  }

  /** The next 32 random bits, as an integer of 0 … 2^32 - 1. */
  word(): number {
    const i = this.#index++;
    if (i % 2 === 1) return this.#odd;
    const block = i / 2;
    const [even, odd] = threefry(this.#key[0], this.#key[1], block >>> 0, Math.floor(block / 2 ** 32));
    this.#odd = odd;
    return even;
  }

  /** A number of 0 ≤ x < 1, a multiple of 2^-24. */
  uniform(): number {
    return (this.word() >>> 8) / 2 ** 24;
  }

  /** An integer of 0 ≤ x < n, each as likely as the others; n is at most 2^32. */
  below(n: number): number {
    const fair = 2 ** 32 - (2 ** 32 % n);
    for (;;) {
      const word = this.word();
      if (word < fair) return word % n;
    }
  }
}

/** The numbers 0 … n - 1 in an order that the key decides (Fisher and Yates). */
export function shuffle(n: number, key: Key): Int32Array {
  const order = Int32Array.from({ length: n }, (_, i) => i);
  const stream = new Threefry(key);
  for (let i = n - 1; i > 0; i--) {
    const j = stream.below(i + 1);
    const last = order[i] as number;
    order[i] = order[j] as number;
    order[j] = last;
  }
  return order;
}

/** A seeded sequence of keys, one for every use of randomness: key n is the block of counter n under the seed. */
export class Generator {
  #seed: Key = [0, 0];
  #count = 0;

  /** @throws RangeError if the seed is not a safe integer. */
  constructor(seed: number) {
    this.manualSeed(seed);
  }

  /** Starts the sequence of this seed from its beginning. */
  manualSeed(seed: number): void {
    if (!Number.isSafeInteger(seed)) {
      throw new RangeError(`manualSeed: cannot seed with ${seed}: wanted an integer between -2^53 and 2^53`);
    }
    this.#seed = [seed >>> 0, Math.floor(seed / 2 ** 32) >>> 0];
    this.#count = 0;
  }

  /** The next key. */
  next(): Key {
    const n = this.#count++;
    return threefry(this.#seed[0], this.#seed[1], n >>> 0, Math.floor(n / 2 ** 32));
  }
}

/** Where everything takes its keys that was not given a generator of its own; seeded with 0 until `manualSeed` is called. */
export const generator: Generator = new Generator(0);

/** Seeds the default generator: the same seed and the same calls after it give the same bits, on every device. */
export function manualSeed(seed: number): void {
  generator.manualSeed(seed);
}
