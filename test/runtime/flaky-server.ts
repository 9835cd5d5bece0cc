/** A server whose connections break as a test wants; every path leads to the same file unless `bytes` looks at it. */
import { createServer, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

export interface Behaviour {
  /** Bytes after which the n-th answer breaks off; none for answers behind the list. */
  readonly cuts?: readonly number[];
  /** Headers that name the version, as of the n-th request; none by default. */
  readonly version?: (request: number) => Readonly<Record<string, string>>;
  /** The bytes as of the n-th request, at a path. */
  readonly bytes: (request: number, path: string) => Uint8Array;
  /** False answers every request with the whole file. */
  readonly ranges?: boolean;
  /** False sends no content-length. */
  readonly length?: boolean;
  /** Statuses of the first answers in place of 200. */
  readonly statuses?: readonly number[];
  /** True sends nothing after the first half, and does not close. */
  readonly stall?: boolean;
}

export interface FlakyServer {
  readonly url: string;
  /** The ranges asked for, in order; "" for whole files. */
  readonly ranges: readonly string[];
  /** Answers that somebody still waits for. */
  readonly waiting: () => number;
  close(): Promise<void>;
}

/** Whoever reads in this process has its turns before: what arrived and was not read is lost with the connection. */
async function breakOff(response: ServerResponse): Promise<void> {
  for (let turn = 0; turn < 10; turn++) await new Promise((resolve) => setTimeout(resolve, 5));
  response.destroy();
}

/** Serves on a free port of this machine, to pages of any origin. */
export async function serveFlaky(behaviour: Behaviour): Promise<FlakyServer> {
  const { cuts = [], version = () => ({}), bytes, ranges = true, length = true, statuses = [] } = behaviour;
  const asked: string[] = [];
  let waiting = 0;
  const server = createServer((request, response) => {
    const nth = asked.length;
    asked.push(request.headers.range ?? "");
    waiting++;
    response.on("close", () => waiting--);
    const all = bytes(nth, request.url ?? "/");
    const headers: Record<string, string> = {
      "access-control-allow-origin": "*",
      // A browser's own cache would resume by itself.
      "cache-control": "no-store",
      "access-control-expose-headers": "*",
      ...version(nth),
    };
    const status = statuses[nth];
    if (status !== undefined && status !== 200) {
      response.writeHead(status, headers).end("no");
      return;
    }
    const match = ranges ? /^bytes=(\d+)-(\d*)$/.exec(request.headers.range ?? "") : null;
    const first = Number(match?.[1] ?? 0);
    const last = Math.min(match?.[2] ? Number(match[2]) : all.length - 1, all.length - 1);
    if (first >= all.length && match !== null) {
      response.writeHead(416, { ...headers, "content-range": `bytes */${all.length}` }).end();
      return;
    }
    const body = all.subarray(first, last + 1);
    if (length) headers["content-length"] ??= String(body.length);
    if (match !== null) headers["content-range"] = `bytes ${first}-${last}/${all.length}`;
    const cut = behaviour.stall ? body.length >> 1 : cuts[nth];
    // The next request must not come by a connection that is about to break. Without a length, its end would be the answer's.
    if (cut !== undefined && length) headers["connection"] = "close";
    response.writeHead(match === null ? 200 : 206, headers);
    if (cut === undefined) response.end(body);
    else response.write(body.subarray(0, cut), () => behaviour.stall || void breakOff(response));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/model.bin`,
    ranges: asked,
    waiting: () => waiting,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
