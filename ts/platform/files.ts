/** Files, for the runtimes that have `node:fs`: Node, Deno and Bun. */
import { FormatError } from "../core/errors.ts";
import { readFileBytes, readFileRange } from "./file-bytes.ts";
import type { ReadOptions, WasmSource } from "./platform.ts";
import { isModule } from "./wasm-module.ts";

/** Fetched when something comes by the network. */
const network = (): Promise<typeof import("./network.ts")> => import("./network.ts");

const scheme = /^[a-z][a-z0-9+.-]+:/i;

/** Path or file URL of a local source, null for one that has to be fetched. */
function local(source: URL | string): URL | string | null {
  if (source instanceof URL) return source.protocol === "file:" ? source : null;
  if (source.startsWith("file:")) return new URL(source);
  return scheme.test(source) ? null : source;
}

/** True for what has to be fetched. */
export function isRemote(source: URL | string): boolean {
  return local(source) === null;
}

/** The bytes of a file, or at a URL. */
export async function readBytes(source: URL | string, options?: ReadOptions): Promise<Uint8Array> {
  const path = local(source);
  return path === null ? (await network()).fetchBytes(source, options) : readFileBytes(path, options);
}

/** `length` bytes of a file, or at a URL, from `offset`; or all from there. */
export async function readRange(
  source: URL | string,
  offset: number,
  length: number | null,
  options?: ReadOptions,
): Promise<Uint8Array> {
  const path = local(source);
  if (path === null) return (await network()).fetchRange(source, offset, length, options);
  return readFileRange(path, offset, length, options);
}

/** The file `location` beside another, links followed. */
export async function beside(source: URL | string, location: string): Promise<URL | string> {
  const path = local(source);
  if (path === null) return (await network()).besideUrl(source, location);
  const { realpath } = await import("node:fs/promises");
  const { dirname, join, sep } = await import("node:path");
  const { fileURLToPath } = await import("node:url");
  const folder = await realpath(dirname(path instanceof URL ? fileURLToPath(path) : path));
  const refuse = (state: string, cause?: unknown): FormatError =>
    new FormatError(
      `readBytes: cannot read ${location} beside ${String(source)}: ${state}, wanted a file in its folder`,
      {
        cause,
      },
    );
  const file = await realpath(join(folder, location)).catch((error: NodeJS.ErrnoException) => {
    throw refuse(error.message, error);
  });
  if (file.startsWith(folder.endsWith(sep) ? folder : folder + sep)) return file;
  throw refuse(`a link leads to ${file}`);
}

/** SHA-256 without a copy of the bytes. */
export async function sha256(bytes: Uint8Array): Promise<string> {
  const { createHash } = await import("node:crypto");
  return createHash("sha256").update(bytes).digest("hex");
}

/** Compiles a module from a file, a URL or bytes. */
export async function compileWasm(source: WasmSource, signal?: AbortSignal): Promise<WebAssembly.Module> {
  if (isModule(source)) return source as WebAssembly.Module;
  signal?.throwIfAborted();
  if (!(source instanceof URL)) return WebAssembly.compile(source as BufferSource);
  if (local(source) === null) return (await network()).fetchModule(source, signal);
  const { readFile } = await import("node:fs/promises");
  return WebAssembly.compile(await readFile(source, signal === undefined ? {} : { signal }));
}

/**
 * Writes to a fresh file in the same folder, makes the bytes durable, and renames it over `path`; the rename is the only
 * moment at which `path` changes. After a failure the fresh file is removed.
 */
export async function writeFileAtomic(path: URL | string, bytes: Uint8Array): Promise<void> {
  const { open, rename, unlink } = await import("node:fs/promises");
  const { fileURLToPath } = await import("node:url");
  const target = path instanceof URL ? fileURLToPath(path) : path;
  const fresh = `${target}.${crypto.randomUUID()}.tmp`;
  try {
    const file = await open(fresh, "wx");
    try {
      await file.writeFile(bytes);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(fresh, target);
  } catch (error) {
    await unlink(fresh).catch(() => {}); // It may never have come to be; the first error is the one that matters.
    throw error;
  }
}
