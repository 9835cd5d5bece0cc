/** Reading files, whole and in part, for the runtimes that have `node:fs`. */
import type { FileHandle } from "node:fs/promises";
import { FormatError } from "../core/errors.ts";
import type { ReadOptions } from "./platform.ts";

const PIECE = 4 * 2 ** 20;

/** The bytes of a file. */
export async function readFileBytes(path: URL | string, options: ReadOptions = {}): Promise<Uint8Array> {
  return withFile(path, options, async (file, size) => {
    if (size > 0) return fill(file, path, 0, size, options);
    // Pipes and the files of /proc have no size.
    const bytes = await file.readFile();
    return new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  });
}

/** `length` bytes of a file from `offset`, or all from there. */
export async function readFileRange(
  path: URL | string,
  offset: number,
  length: number | null,
  options: ReadOptions = {},
): Promise<Uint8Array> {
  return withFile(path, options, async (file, size) => {
    const end = length === null ? size : offset + length;
    if (offset > end || end > size) {
      throw new FormatError(
        `readBytes: cannot read bytes ${offset}…${end} of ${String(path)}: the file has ${size} bytes, wanted a range within it`,
      );
    }
    return fill(file, path, offset, end - offset, options);
  });
}

/** What a file holds from its beginning, in pieces that are valid until the next. */
export async function* piecesOf(file: FileHandle): AsyncIterable<Uint8Array> {
  const buffer = new Uint8Array(PIECE);
  for (let at = 0; ; ) {
    const { bytesRead } = await file.read(buffer, 0, PIECE, at);
    if (bytesRead === 0) return;
    yield buffer.subarray(0, bytesRead);
    at += bytesRead;
  }
}

async function withFile<T>(
  path: URL | string,
  { signal }: ReadOptions,
  work: (file: FileHandle, size: number) => Promise<T>,
): Promise<T> {
  signal?.throwIfAborted();
  const { open } = await import("node:fs/promises");
  const file = await open(path, "r");
  try {
    return await work(file, (await file.stat()).size);
  } finally {
    await file.close();
  }
}

async function fill(
  file: FileHandle,
  path: URL | string,
  offset: number,
  size: number,
  { signal, onProgress }: ReadOptions,
): Promise<Uint8Array> {
  const bytes = new Uint8Array(size);
  for (let loaded = 0; loaded < size; ) {
    signal?.throwIfAborted();
    const { bytesRead } = await file.read(bytes, loaded, Math.min(PIECE, size - loaded), offset + loaded);
    if (bytesRead === 0) {
      throw new FormatError(
        `readBytes: cannot read ${String(path)}: it ended at byte ${offset + loaded} of ${offset + size}, wanted a file that nobody shortens`,
      );
    }
    loaded += bytesRead;
    onProgress?.({ loaded, total: size });
  }
  return bytes;
}
