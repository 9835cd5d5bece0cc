/**
 * A cache by the Cache API, for pages and edge workers. A file is a record and blocks, so that what arrived outlives a
 * page that is closed, and neither writing nor reading needs a copy of the file:
 *
 *     …/<key>/record    { version, size: null while the file is not whole }
 *     …/<key>/0, /1 …   blocks of 4 MiB; the last may be shorter
 */

import { Arrival } from "../core/arrival.ts";
import { UnsupportedError } from "../core/errors.ts";
import type { ReadOptions, Shelf, Version } from "./platform.ts";

const BLOCK = 4 * 2 ** 20;

interface FileRecord {
  readonly version: Version | null;
  readonly size: number | null;
}

/** The place of the file `key` in a named cache. */
export async function cacheShelf(name: URL | string | true, key: string): Promise<Shelf> {
  if (globalThis.caches === undefined) {
    throw new UnsupportedError(
      `cache: cannot keep files: there is no Cache API here, wanted a page that came by https, or no "cache" option`,
    );
  }
  const cache = await caches.open(name === true ? "hebb" : String(name));
  return new CacheShelf(cache, `https://cache.invalid/hebb/${key}/`);
}

class CacheShelf implements Shelf {
  readonly #cache: Cache;
  readonly #base: string;
  #version: Version | null = null;
  #size = 0;
  /** The block that is being filled. */
  readonly #block: Uint8Array<ArrayBuffer> = new Uint8Array(BLOCK);

  constructor(cache: Cache, base: string) {
    this.#cache = cache;
    this.#base = base;
  }

  async whole({ signal, onProgress }: ReadOptions): Promise<Uint8Array | null> {
    const record = await this.#record();
    if (record?.size == null) return null;
    const total = record.size;
    const arrival = new Arrival(total);
    for await (const piece of this.#blocks()) {
      signal?.throwIfAborted();
      arrival.append(piece);
      onProgress?.({ loaded: arrival.size, total });
    }
    return arrival.size === total ? arrival.bytes() : null; // A browser short of space may have dropped blocks.
  }

  async resume(): Promise<{ version: Version; pieces: AsyncIterable<Uint8Array> } | null> {
    const record = await this.#record();
    if (record === null || record.version === null) return null;
    this.#version = record.version;
    this.#size = 0;
    return { version: record.version, pieces: this.#pieces() };
  }

  async begin(version: Version | null): Promise<void> {
    await this.discard();
    this.#version = version;
    await this.#put("record", JSON.stringify({ version, size: null } satisfies FileRecord));
  }

  async append(piece: Uint8Array): Promise<void> {
    for (let done = 0; done < piece.length; ) {
      const at = this.#size % BLOCK;
      const part = piece.subarray(done, done + BLOCK - at);
      this.#block.set(part, at);
      this.#size += part.length;
      done += part.length;
      if (this.#size % BLOCK === 0) await this.#put(this.#size / BLOCK - 1, this.#block);
    }
  }

  async pause(): Promise<void> {
    if (this.#version === null) await this.discard();
    else await this.#putRest();
  }

  async finish(): Promise<void> {
    await this.#putRest();
    await this.#put("record", JSON.stringify({ version: null, size: this.#size } satisfies FileRecord));
  }

  async discard(): Promise<void> {
    await this.#cache.delete(`${this.#base}record`);
    for (let i = 0; await this.#cache.delete(this.#base + i); i++);
    this.#size = 0;
    this.#version = null;
  }

  async #record(): Promise<FileRecord | null> {
    const response = await this.#cache.match(`${this.#base}record`);
    return response === undefined ? null : ((await response.json()) as FileRecord);
  }

  async *#blocks(): AsyncIterable<Uint8Array> {
    for (let i = 0; ; i++) {
      const response = await this.#cache.match(this.#base + i);
      if (response === undefined) return;
      const block = new Uint8Array(await response.arrayBuffer());
      yield block;
      if (block.length < BLOCK) return;
    }
  }

  async *#pieces(): AsyncIterable<Uint8Array> {
    for await (const block of this.#blocks()) {
      this.#block.set(block);
      this.#size += block.length;
      yield block;
    }
  }

  async #putRest(): Promise<void> {
    const rest = this.#size % BLOCK;
    if (rest > 0) await this.#put((this.#size - rest) / BLOCK, this.#block.subarray(0, rest));
  }

  async #put(name: string | number, body: string | Uint8Array<ArrayBuffer>): Promise<void> {
    await this.#cache.put(this.#base + name, new Response(body));
  }
}
