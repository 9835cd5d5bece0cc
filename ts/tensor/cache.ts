/** The cache of programs: by canonical key, least recently used out first. */

import type { Program } from "../device/device.ts";
import { type GraphKey, sameKey } from "../graph/key.ts";

interface Entry {
  readonly words: Int32Array;
  readonly program: Program;
  /** Number of the last use. */
  used: number;
}

export class ProgramCache {
  /** Most programs it keeps. */
  readonly capacity: number;
  #size = 0;
  #uses = 0;
  readonly #entries = new Map<number, Entry[]>();

  constructor(capacity = 256) {
    this.capacity = capacity;
  }

  get size(): number {
    return this.#size;
  }

  get(key: GraphKey): Program | undefined {
    const entries = this.#entries.get(key.hash);
    if (entries === undefined) return undefined;
    for (const entry of entries) {
      if (!sameKey(entry.words, key.words)) continue;
      entry.used = ++this.#uses;
      return entry.program;
    }
    return undefined;
  }

  /** Keeps a program under a hash and the key's own words. */
  set(hash: number, words: Int32Array, program: Program): void {
    if (this.#size >= this.capacity) this.#evict();
    const entries = this.#entries.get(hash) ?? [];
    entries.push({ words, program, used: ++this.#uses });
    this.#entries.set(hash, entries);
    this.#size++;
  }

  clear(): void {
    for (const entries of this.#entries.values()) for (const entry of entries) entry.program.dispose();
    this.#entries.clear();
    this.#size = 0;
  }

  #evict(): void {
    let oldest: Entry | null = null;
    let at = 0;
    for (const [hash, entries] of this.#entries) {
      for (const entry of entries) {
        if (oldest !== null && entry.used >= oldest.used) continue;
        oldest = entry;
        at = hash;
      }
    }
    if (oldest === null) return;
    const rest = (this.#entries.get(at) as Entry[]).filter((entry) => entry !== oldest);
    if (rest.length === 0) this.#entries.delete(at);
    else this.#entries.set(at, rest);
    this.#size--;
    oldest.program.dispose();
  }
}
