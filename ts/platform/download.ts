/**
 * Downloads that go on where they were interrupted.
 *
 * A file, or a range of it, is asked for again from the first byte that is missing (RFC 9110, section 14), as long as
 * the server's answer is of the same version: entity tag or date, and length, are those of the first answer. They are
 * compared here instead of by `If-Range`, for which a page would have to ask other hosts first. What differs starts over.
 *
 *     offset          offset + arrived          offset + length
 *     │ here already  │ bytes=…                 │
 */

import { Arrival } from "../core/arrival.ts";
import { FormatError } from "../core/errors.ts";
import type { ReadOptions, Version } from "./platform.ts";

/** How often an interrupted download is taken up again, and how long it waits before the first time. */
const RETRIES = 5;
const FIRST_WAIT_MS = 50;

/** Statuses that may be others a moment later. */
const passing: ReadonlySet<number> = new Set([408, 425, 429, 500, 502, 503, 504]);

/** A reason to try again. */
class Interruption extends Error {}

/** `length` bytes at `url` from `offset`, or all from there. Throws `FormatError` with the reason of the last failure. */
export async function download(
  url: URL | string,
  offset: number,
  length: number | null,
  options: ReadOptions,
): Promise<Uint8Array> {
  const { signal, shelf } = options;
  signal?.throwIfAborted();
  if (length === 0) return new Uint8Array(0);
  const transfer = new Transfer(String(url), offset, length, options);
  try {
    await transfer.takeUp();
    for (let failures = 0; ; failures++) {
      try {
        return await transfer.receive();
      } catch (error) {
        signal?.throwIfAborted();
        if (!(error instanceof Interruption)) throw error;
        if (failures === RETRIES) throw transfer.failure(`${error.message}, after ${RETRIES + 1} attempts`, error);
        await wait(FIRST_WAIT_MS * 2 ** failures, signal);
      }
    }
  } catch (error) {
    await shelf?.pause();
    throw error;
  }
}

class Transfer {
  readonly #url: string;
  readonly #offset: number;
  readonly #length: number | null;
  readonly #options: ReadOptions;
  #arrival = new Arrival(null);
  #version: Version | null = null;
  /** Bytes that are wanted in all, where that is known. */
  #wanted: number | null;

  constructor(url: string, offset: number, length: number | null, options: ReadOptions) {
    this.#url = url;
    this.#offset = offset;
    this.#length = length;
    this.#wanted = length;
    this.#options = options;
  }

  /** Starts from what an earlier download left. */
  async takeUp(): Promise<void> {
    const left = await this.#options.shelf?.resume();
    if (left == null) return;
    this.#expect(left.version);
    for await (const piece of left.pieces) {
      this.#options.signal?.throwIfAborted();
      this.#arrival.append(piece);
    }
  }

  failure(state: string, cause?: unknown): FormatError {
    const of = this.#wanted === null ? "" : ` of ${this.#wanted}`;
    return new FormatError(
      `readBytes: cannot read ${this.#url}: ${state}, wanted all bytes (${this.#arrival.size}${of} arrived)`,
      { cause },
    );
  }

  /** One request, to its end. */
  async receive(): Promise<Uint8Array> {
    const { signal, onProgress, shelf } = this.#options;
    const from = this.#offset + this.#arrival.size;
    if (this.#arrival.size > 0 && this.#arrival.size === this.#wanted) return this.#arrival.bytes();
    const whole = from === 0 && this.#length === null;
    const to = this.#length === null ? "" : this.#offset + this.#length - 1;
    const headers = whole ? undefined : { range: `bytes=${from}-${to}` };
    const response = await interruptible(fetch(this.#url, { headers: headers ?? {}, signal: signal ?? null }));
    const reader = response.body?.getReader();
    try {
      let skip = await this.#answered(response, from);
      for (;;) {
        const { done, value } = (await (reader && interruptible(reader.read()))) ?? { done: true, value: undefined };
        signal?.throwIfAborted();
        if (done) break;
        const room = this.#length === null ? Number.POSITIVE_INFINITY : this.#length - this.#arrival.size;
        const piece = value.subarray(Math.min(skip, value.length), Math.min(skip + room, value.length));
        skip -= Math.min(skip, value.length);
        this.#arrival.append(piece);
        await shelf?.append(piece);
        onProgress?.({ loaded: this.#arrival.size, total: this.#wanted });
        if (this.#length === this.#arrival.size) break;
      }
    } finally {
      await reader?.cancel().catch(() => {}); // A connection that broke cannot be cancelled, and need not be.
    }
    return this.#ended();
  }

  /** Judges the head of an answer: whether it goes on with what is here, and how many of its bytes come before. */
  async #answered(response: Response, from: number): Promise<number> {
    const { status, statusText } = response;
    if (passing.has(status)) throw new Interruption(`the server answered ${status} ${statusText}`);
    if (status === 416 && this.#arrival.size === 0) throw this.#pastEnd(rangeOf(response)?.total ?? null);
    const range = status === 206 ? rangeOf(response) : null;
    const version = versionOf(response, status === 206 ? (range?.total ?? null) : lengthOf(response));
    if (status === 206 && version !== null && range?.first === from && (await this.#continues(version))) return 0;
    if (status === 206 || status === 416) {
      await this.#start(null);
      throw new Interruption("the file changed while it was read");
    }
    if (!response.ok) throw this.failure(`the server answered ${status} ${statusText}`);
    await this.#start(version); // The server sends everything from its beginning.
    return this.#offset;
  }

  /** True if the bytes of `version` belong behind those that are here. */
  async #continues(version: Version): Promise<boolean> {
    const known = this.#version;
    if (this.#arrival.size === 0) {
      await this.#start(version);
      return true;
    }
    if (known === null || known.validator !== version.validator) return false;
    if (known.total === null && version.validator === "") return false;
    return version.total === null || version.total === (known.total ?? version.total);
  }

  async #start(version: Version | null): Promise<void> {
    this.#expect(version);
    await this.#options.shelf?.begin(version?.validator ? version : null);
  }

  #expect(version: Version | null): void {
    this.#version = version;
    const total = version?.total ?? null;
    if (total !== null && (this.#offset > total || this.#offset + (this.#length ?? 0) > total)) {
      throw this.#pastEnd(total);
    }
    this.#wanted = this.#length ?? (total === null ? null : total - this.#offset);
    this.#arrival = new Arrival(this.#wanted);
  }

  #ended(): Uint8Array {
    const { size } = this.#arrival;
    // More arrives than was announced where another host hides that its answer is compressed.
    if (this.#wanted === null || size >= this.#wanted) return this.#arrival.bytes();
    // Without a length from the server, the end of its answer is the end of the file.
    if (this.#version?.total == null && this.#length !== null) throw this.#pastEnd(this.#offset + size);
    throw new Interruption(`the connection ended at byte ${this.#offset + size}`);
  }

  #pastEnd(total: number | null): FormatError {
    const end = this.#length === null ? "" : `${this.#offset + this.#length}`;
    const has = total === null ? "the file is shorter" : `the file has ${total} bytes`;
    return new FormatError(
      `readBytes: cannot read bytes ${this.#offset}…${end} of ${this.#url}: ${has}, wanted a range within it`,
    );
  }
}

/** Turns what breaks a connection into an `Interruption`. */
async function interruptible<T>(work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    const { message, cause } = error as Error;
    throw new Interruption(cause instanceof Error ? `${message} (${cause.message})` : message, { cause: error });
  }
}

/** True of a body whose bytes on the way are not those of the file. */
function encoded(headers: Headers): boolean {
  return (headers.get("content-encoding") ?? "identity") !== "identity";
}

function lengthOf({ headers }: Response): number | null {
  const text = headers.get("content-length") ?? "";
  return /^\d{1,15}$/.test(text) ? Number(text) : null;
}

function rangeOf({ headers }: Response): { first: number | null; total: number | null } | null {
  const match = /^bytes (?:(\d{1,15})-\d{1,15}|\*)\/(?:(\d{1,15})|\*)$/.exec(headers.get("content-range") ?? "");
  if (match === null) return null;
  const [, first, total] = match;
  return { first: first === undefined ? null : Number(first), total: total === undefined ? null : Number(total) };
}

/** A weak tag says that two versions are as good as each other, not that their bytes are equal. */
function versionOf({ headers }: Response, total: number | null): Version | null {
  if (encoded(headers)) return null;
  const tag = headers.get("etag");
  const strong = tag !== null && !tag.startsWith("W/") ? tag : null;
  return { validator: strong ?? headers.get("last-modified") ?? "", total };
}

function wait(milliseconds: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    const stop = (): void => {
      clearTimeout(timer);
      reject(signal?.reason);
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener("abort", stop);
      resolve();
    }, milliseconds);
    signal?.addEventListener("abort", stop, { once: true });
  });
}
