/**
 * The bytes of a file, wherever it comes from.
 *
 *     bytes, ArrayBuffer     as they are, without a copy
 *     Blob                   read in pieces
 *     Response, stream       as they arrive
 *     URL, path              ts/platform/download.ts, or a file; kept in a cache if the options ask for it
 */
import { sha256 as digest, isRemote, shelf as openShelf, readBytes } from "#platform";
import { Arrival } from "../core/arrival.ts";
import { FormatError } from "../core/errors.ts";
import type { Progress, Shelf } from "../platform/platform.ts";

export type { Progress } from "../platform/platform.ts";

/** What a file can be read from. A string is a URL or, where there are files, a path. */
export type Source = URL | string | Uint8Array | ArrayBuffer | Blob | Response | ReadableStream<Uint8Array>;

/** How a file is read, wherever it lies. */
export interface SourceOptions {
  /** Stops reading; the promise then rejects with the signal's reason. */
  readonly signal?: AbortSignal | undefined;
  /** Called after every piece that arrives. */
  readonly onProgress?: ((progress: Progress) => void) | undefined;
  /**
   * Keeps what comes by the network, and starts from what an interrupted download left. A name: of a folder where there
   * are files, of a cache of the Cache API elsewhere. True takes the user's cache folder, or the cache "hebb". A URL
   * that is kept is not asked for again, so it should name a version.
   */
  readonly cache?: URL | string | boolean | undefined;
  /** SHA-256 of the whole file in hexadecimal. Other bytes are refused, and not kept. */
  readonly sha256?: string | undefined;
}

/**
 * Reads a file. At its peak it needs the memory of the file and a sixteenth more.
 *
 * Throws `FormatError` if the file cannot be had whole, or has another hash than it should.
 */
export async function readSource(source: Source, options: SourceOptions = {}): Promise<Uint8Array> {
  const { signal, cache = false } = options;
  signal?.throwIfAborted();
  const sha256 = options.sha256?.toLowerCase();
  if (sha256 !== undefined && !/^[0-9a-f]{64}$/.test(sha256)) {
    throw new FormatError(`sha256: cannot compare with ${sha256}: it is no hash, wanted 64 hexadecimal digits`);
  }
  if (cache !== false && isPlace(source) && isRemote(source)) {
    const key = sha256 ?? (await digest(new TextEncoder().encode(String(source))));
    return readThrough(await openShelf(cache, key), source, { ...options, sha256 });
  }
  const bytes = await bytesOf(source, options);
  signal?.throwIfAborted();
  await verify(bytes, sha256, source);
  return bytes;
}

function isPlace(source: Source): source is URL | string {
  return typeof source === "string" || source instanceof URL;
}

/** How errors call a source; nothing for bytes that have no name. */
export function nameOf(source: Source): string | undefined {
  if (isPlace(source)) return String(source);
  // To name `Response` would load all of fetch in Node, also for bytes that are at hand.
  return "url" in source && source.url !== "" ? source.url : undefined;
}

async function readThrough(shelf: Shelf, source: URL | string, options: SourceOptions): Promise<Uint8Array> {
  const { sha256, signal, onProgress } = options;
  const kept = await shelf.whole({ signal, onProgress });
  if (kept !== null && (sha256 === undefined || (await digest(kept)) === sha256)) return kept;
  if (kept !== null) await shelf.discard();
  const bytes = await readBytes(source, { signal, onProgress, shelf });
  try {
    await verify(bytes, sha256, source);
  } catch (error) {
    await shelf.discard();
    throw error;
  }
  await shelf.finish();
  return bytes;
}

async function verify(bytes: Uint8Array, sha256: string | undefined, source: Source): Promise<void> {
  if (sha256 === undefined) return;
  const found = await digest(bytes);
  if (found === sha256) return;
  throw new FormatError(
    `sha256: cannot accept ${nameOf(source) ?? "the bytes"}: its SHA-256 is ${found}, wanted ${sha256}`,
  );
}

async function bytesOf(source: Source, options: SourceOptions): Promise<Uint8Array> {
  const { signal, onProgress } = options;
  if (isPlace(source)) return readBytes(source, { signal, onProgress });
  if (source instanceof Uint8Array) return source;
  if (source instanceof ArrayBuffer) return new Uint8Array(source);
  if (source instanceof Blob) return drain(source.stream(), source.size, options);
  if (source instanceof ReadableStream) return drain(source, null, options);
  const { ok, status, statusText, headers, body } = source;
  if (!ok) {
    await body?.cancel();
    throw new FormatError(
      `readBytes: cannot read ${nameOf(source) ?? "a response"}: the server answered ${status} ${statusText}, wanted 200`,
    );
  }
  const length = headers.has("content-encoding") ? "" : (headers.get("content-length") ?? "");
  const total = /^\d{1,15}$/.test(length) ? Number(length) : null;
  return body === null ? new Uint8Array(0) : drain(body, total, options);
}

/** Reads a stream to its end, or leaves it cancelled. */
async function drain(
  stream: ReadableStream<Uint8Array>,
  total: number | null,
  { signal, onProgress }: SourceOptions,
): Promise<Uint8Array> {
  const reader = stream.getReader();
  const stop = (): void => void reader.cancel(signal?.reason).catch(() => {});
  signal?.addEventListener("abort", stop);
  const arrival = new Arrival(total);
  try {
    for (;;) {
      const { done, value } = await reader.read();
      signal?.throwIfAborted();
      if (done) break;
      arrival.append(value);
      onProgress?.({ loaded: arrival.size, total });
    }
  } catch (error) {
    stop();
    throw error;
  } finally {
    signal?.removeEventListener("abort", stop);
    reader.releaseLock();
  }
  if (total !== null && arrival.size < total) {
    throw new FormatError(`readBytes: cannot read a stream: it ended at byte ${arrival.size}, wanted ${total}`);
  }
  return arrival.bytes();
}
