/** Reading from URLs by `fetch`, for every runtime that has it. */
import { FormatError } from "../core/errors.ts";
import { download } from "./download.ts";
import type { ReadOptions } from "./platform.ts";
import { beginsModule } from "./wasm-module.ts";

/** The bytes at a URL. */
export function fetchBytes(url: URL | string, options: ReadOptions = {}): Promise<Uint8Array> {
  return download(url, 0, null, options);
}

/** `length` bytes at a URL from `offset`, or all from there. */
export function fetchRange(
  url: URL | string,
  offset: number,
  length: number | null,
  { signal, onProgress }: ReadOptions = {},
): Promise<Uint8Array> {
  return download(url, offset, length, { signal, onProgress });
}

/** The URL of the file `location` beside another. */
export async function besideUrl(url: URL | string, location: string): Promise<URL> {
  const path = location.split("/").map(encodeURIComponent).join("/");
  return new URL(path, new URL(url, globalThis.document?.baseURI ?? globalThis.location?.href));
}

/** SHA-256 by WebCrypto, which takes a copy of the bytes. */
export async function digestBytes(bytes: Uint8Array): Promise<string> {
  const digest = await crypto.subtle.digest("SHA-256", bytes as BufferSource);
  return Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/**
 * Compiles the module at a URL; while it arrives if the server names its type, as streaming compilation demands. Throws
 * `FormatError` where nothing can be read there, or something else than a module.
 */
export async function fetchModule(url: URL, signal?: AbortSignal): Promise<WebAssembly.Module> {
  const refuse = (state: string, wanted: string, cause?: unknown): FormatError =>
    new FormatError(`compileWasm: cannot read ${url}: ${state}, wanted ${wanted}`, { cause });
  const response = await fetch(url, signal === undefined ? {} : { signal }).catch((error: Error) => {
    signal?.throwIfAborted();
    throw refuse(error.message, "a network, and a Content-Security-Policy whose connect-src allows the address", error);
  });
  if (!response.ok) {
    await response.body?.cancel();
    const answer = `the server answered ${response.status} ${response.statusText}`.trim();
    throw refuse(answer, "the kernels of dist/ there, or init({ wasm }) to say where they lie");
  }
  const type = response.headers.get("content-type") ?? "";
  if (type === "application/wasm" && "compileStreaming" in WebAssembly) return WebAssembly.compileStreaming(response);
  const bytes = await response.arrayBuffer();
  if (!beginsModule(bytes)) throw refuse(`what came is ${type || "something else"}`, "the kernels of dist/ there");
  return WebAssembly.compile(bytes);
}
