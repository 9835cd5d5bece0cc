/** Files, for the runtimes that have `node:fs`: Node, Deno and Bun. */
import { fetchBytes, fetchModule } from "./network.ts";
import type { WasmSource } from "./platform.ts";

const scheme = /^[a-z][a-z0-9+.-]+:/i;

/** Path or file URL of a local source, null for one that has to be fetched. */
function local(source: URL | string): URL | string | null {
  if (source instanceof URL) return source.protocol === "file:" ? source : null;
  if (source.startsWith("file:")) return new URL(source);
  return scheme.test(source) ? null : source;
}

/** The bytes of a file, or at a URL. */
export async function readBytes(source: URL | string, signal?: AbortSignal): Promise<Uint8Array> {
  const path = local(source);
  if (path === null) return fetchBytes(source, signal);
  const { readFile } = await import("node:fs/promises");
  const bytes = await readFile(path, signal === undefined ? {} : { signal });
  return new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/** Compiles a module from a file, a URL or bytes. */
export async function compileWasm(source: WasmSource, signal?: AbortSignal): Promise<WebAssembly.Module> {
  if (source instanceof WebAssembly.Module) return source;
  signal?.throwIfAborted();
  if (!(source instanceof URL)) return WebAssembly.compile(source);
  if (local(source) === null) return fetchModule(source, signal);
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
