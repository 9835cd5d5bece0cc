/** A static server for page tests: a few folders and texts under a strict policy, and nothing else. */

import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { extname, join, normalize } from "node:path";

const types: Readonly<Record<string, string>> = {
  ".css": "text/css; charset=utf-8",
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".json": "application/json",
  ".mjs": "text/javascript; charset=utf-8",
  ".wasm": "application/wasm",
};

/** Where each path leads: `{ "/dist/": { folder } }` serves what lies in a folder, `{ "/main.js": { text } }` a text. */
export type Routes = Readonly<Record<string, { readonly folder: string } | { readonly text: string }>>;

export interface Server {
  /** Address without a slash at its end. */
  readonly url: string;
  /** Paths that were asked for, in order. */
  readonly requests: readonly string[];
  close(): Promise<void>;
}

/** Wasm may be compiled; nothing may be evaluated, and no worker may start from a blob. */
export const strictPolicy = "default-src 'self'; script-src 'self' 'wasm-unsafe-eval'; worker-src 'self'";

async function find(routes: Routes, path: string): Promise<Buffer | null> {
  for (const [prefix, route] of Object.entries(routes)) {
    if ("text" in route) {
      if (path === prefix) return Buffer.from(route.text);
      continue;
    }
    if (!path.startsWith(prefix)) continue;
    const inside = normalize(path.slice(prefix.length));
    if (inside.startsWith("..")) return null;
    try {
      return await readFile(join(route.folder, inside));
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === "ENOENT") return null;
      throw error;
    }
  }
  return null;
}

export interface ServerOptions {
  /** Content-Security-Policy in place of the strict one. */
  readonly policy?: string | undefined;
  /** False leaves out what isolates pages from other origins, without which they have no shared memory. */
  readonly isolated?: boolean | undefined;
  /** Content types by extension, in place of the right ones. */
  readonly types?: Readonly<Record<string, string>> | undefined;
}

const isolation = {
  "cross-origin-opener-policy": "same-origin",
  "cross-origin-embedder-policy": "require-corp",
  "cross-origin-resource-policy": "same-origin",
};

/** Serves on a free port of this machine. Pages are cross-origin isolated, so shared memory is available to them. */
export async function serve(routes: Routes, options: ServerOptions = {}): Promise<Server> {
  const { policy = strictPolicy, isolated = true } = options;
  const typeOf = { ...types, ...options.types };
  const requests: string[] = [];
  const server = createServer(async (request, response) => {
    const path = new URL(request.url ?? "/", "http://localhost").pathname;
    requests.push(path);
    const body = path === "/" ? Buffer.from("<!doctype html><title>hebb</title>") : await find(routes, path);
    response.writeHead(body === null ? 404 : 200, {
      "content-type": path === "/" ? "text/html; charset=utf-8" : (typeOf[extname(path)] ?? "application/octet-stream"),
      "content-security-policy": policy,
      ...(isolated ? isolation : {}),
      "cache-control": "no-store",
    });
    response.end(body ?? "not found");
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
