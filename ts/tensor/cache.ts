/** The cache of programs: by canonical key, least recently used out first. */

import type { Program } from "../device/device.ts";
import { type GraphKey, sameKey } from "../graph/key.ts";

interface Entry {
  readonly words: Int32Array;
  readonly program: Program;
}

export class ProgramCache {
  /** Most programs it keeps. */
  readonly capacity: number;
  #size = 0;
  /** Insertion order is order of use: a hit is put back at the end. */
  readonly #entries = new Map<number, Entry[]>();

  constructor(capacity = 256) {
    this.capacity = capacity;
  }

  get size(): number {
    return this.#size;
  }

  get(key: GraphKey): Program | undefined {
    const entries = this.#entries.get(key.hash);
    const found = entries?.find((entry) => sameKey(entry.words, key.words));
    if (entries === undefined || found === undefined) return undefined;
    this.#entries.delete(key.hash);
    this.#entries.set(key.hash, entries);
    return found.program;
  }

  set(key: GraphKey, program: Program): void {
    const entries = this.#entries.get(key.hash) ?? [];
    entries.push({ words: key.words, program });
    this.#entries.delete(key.hash);
    this.#entries.set(key.hash, entries);
    this.#size++;
    for (const [hash, oldest] of this.#entries) {
      if (this.#size <= this.capacity) break;
      this.#entries.delete(hash);
      this.#size -= oldest.length;
      for (const entry of oldest) entry.program.dispose();
    }
  }

  clear(): void {
    for (const entries of this.#entries.values()) for (const entry of entries) entry.program.dispose();
    this.#entries.clear();
    this.#size = 0;
  }
}
