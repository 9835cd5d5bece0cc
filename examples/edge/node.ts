/** The service in Node, on the port that PORT names or on 8787. */
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { Readable } from "node:stream";
import { answer } from "./local.ts";

/** A message of node:http as the request that it is; its signal aborts when the sender goes before the answer. */
function requestOf(message: IncomingMessage, response: ServerResponse): Request {
  const { method = "GET", url = "/", headers } = message;
  const gone = new AbortController();
  response.once("close", () => {
    if (!response.writableFinished) gone.abort(new Error("the sender is gone"));
  });
  const body = method === "GET" || method === "HEAD" ? null : (Readable.toWeb(message) as ReadableStream<Uint8Array>);
  const given = Object.entries(headers).map(([name, value]): [string, string] => [name, String(value)]);
  return new Request(new URL(url, "http://localhost"), {
    method,
    headers: given,
    body,
    duplex: "half",
    signal: gone.signal,
  } as RequestInit);
}

const server = createServer(async (message, response) => {
  const { status, headers, body } = await answer(requestOf(message, response), null);
  response.writeHead(status, Object.fromEntries(headers));
  if (body === null) response.end();
  else Readable.fromWeb(body as import("node:stream/web").ReadableStream).pipe(response);
});

server.listen(Number(process.env["PORT"] ?? 8787), "127.0.0.1", () => {
  const { port } = server.address() as import("node:net").AddressInfo;
  console.log(`listening on http://127.0.0.1:${port}`);
});
process.once("SIGTERM", () => server.close());
