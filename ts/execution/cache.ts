/** The cache of programs: by canonical key, least recently used out first. */

import { type GraphKey, sameKey } from "../graph/key.ts";

interface Entry<T> {
  readonly words: Int32Array;
  readonly item: T;
  /** Number of the last use. */
  used: number;
}

export class ProgramCache<T extends { dispose(): void }> {
  /** Most programs it keeps. */
  readonly capacity: number;
  #size = 0;
  #uses = 0;
  readonly #entries = new Map<number, Entry<T>[]>();

  constructor(capacity = 256) {
    this.capacity = capacity;
  }

  get size(): number {
    return this.#size;
  }

  get(key: GraphKey): T | undefined {
    const entries = this.#entries.get(key.hash);
    if (entries === undefined) return undefined;
    for (const entry of entries) {
      if (!sameKey(entry.words, key.words)) continue;
      entry.used = ++this.#uses;
      return entry.item;
    }
    return undefined;
  }

  /** Keeps a program under a hash and the key's own words. */
  set(hash: number, words: Int32Array, item: T): void {
    if (this.#size >= this.capacity) this.#evict();
    const entries = this.#entries.get(hash) ?? [];
    entries.push({ words, item, used: ++this.#uses });
    this.#entries.set(hash, entries);
    this.#size++;
  }

  /** Lets a program go, if it is here. */
  delete(item: T): void {
    for (const [hash, entries] of this.#entries) {
      const found = entries.find((entry) => entry.item === item);
      if (found === undefined) continue;
      this.#remove(hash, found);
      return;
    }
  }

  clear(): void {
    for (const entries of this.#entries.values()) for (const entry of entries) entry.item.dispose();
    this.#entries.clear();
    this.#size = 0;
  }

  #evict(): void {
    let oldest: Entry<T> | null = null;
    let at = 0;
    for (const [hash, entries] of this.#entries) {
      for (const entry of entries) {
        if (oldest !== null && entry.used >= oldest.used) continue;
        oldest = entry;
        at = hash;
      }
    }
    if (oldest !== null) this.#remove(at, oldest);
  }

  #remove(hash: number, gone: Entry<T>): void {
    const rest = (this.#entries.get(hash) as Entry<T>[]).filter((entry) => entry !== gone);
    if (rest.length === 0) this.#entries.delete(hash);
    else this.#entries.set(hash, rest);
    this.#size--;
    gone.item.dispose();
  }
}
