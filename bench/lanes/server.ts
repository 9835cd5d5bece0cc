/** A static server for the benchmark's pages; nothing is cached. */
import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { extname, join, normalize } from "node:path";

const types: Readonly<Record<string, string>> = {
  ".js": "text/javascript; charset=utf-8",
  ".mjs": "text/javascript; charset=utf-8",
  ".wasm": "application/wasm",
};

async function find(routes: Readonly<Record<string, string | string[]>>, path: string): Promise<Buffer | null> {
  for (const [prefix, folders] of Object.entries(routes)) {
    const inside = normalize(path.slice(prefix.length));
    if (!path.startsWith(prefix) || inside.startsWith("..")) continue;
    for (const folder of [folders].flat()) {
      try {
        return await readFile(join(folder, inside));
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
      }
    }
  }
  return null;
}

/** What gives pages shared memory. */
const isolation = {
  "cross-origin-opener-policy": "same-origin",
  "cross-origin-embedder-policy": "require-corp",
} as const;

/** Serves folders by the beginnings of paths, on a free port of this machine; to pages with shared memory if they are isolated. */
export async function serve(
  routes: Readonly<Record<string, string | string[]>>,
  isolated = false,
): Promise<{ url: string; close(): Promise<void> }> {
  const server = createServer(async (request, response) => {
    const path = new URL(request.url ?? "/", "http://localhost").pathname;
    const body = path === "/" ? Buffer.from("<!doctype html><title>bench</title>") : await find(routes, path);
    response.writeHead(body === null ? 404 : 200, {
      "content-type": path === "/" ? "text/html; charset=utf-8" : (types[extname(path)] ?? "application/octet-stream"),
      "cache-control": "no-store",
      ...(isolated ? isolation : {}),
    });
    response.end(body ?? "not found");
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
