/** Reading from URLs by `fetch`, for every runtime that has it. */
import { FormatError } from "../core/errors.ts";

async function request(op: string, url: URL | string, signal: AbortSignal | undefined): Promise<Response> {
  const response = await fetch(url, signal === undefined ? {} : { signal });
  if (response.ok) return response;
  await response.body?.cancel();
  throw new FormatError(
    `${op}: cannot read ${String(url)}: the server answered ${response.status} ${response.statusText}, wanted 200`,
  );
}

/** The bytes at a URL. */
export async function fetchBytes(url: URL | string, signal?: AbortSignal): Promise<Uint8Array> {
  const response = await request("readBytes", url, signal);
  return new Uint8Array(await response.arrayBuffer());
}

/** Compiles the module at a URL; while it arrives if the server names its type, as streaming compilation demands. */
export async function fetchModule(url: URL, signal?: AbortSignal): Promise<WebAssembly.Module> {
  const response = await request("compileWasm", url, signal);
  const type = response.headers.get("content-type") ?? "";
  if (type.startsWith("application/wasm")) return WebAssembly.compileStreaming(response);
  return WebAssembly.compile(await response.arrayBuffer());
}
