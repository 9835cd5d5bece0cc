/** The service in Node, on the port that PORT names or on 8787. */
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { answer } from "./local.ts";

/** A message of node:http as the request that it is; its signal aborts when the sender goes before the answer. */
function requestOf(message: IncomingMessage, response: ServerResponse): Request {
  const { method = "GET", url = "/", headers } = message;
  const gone = new AbortController();
  response.once("close", () => {
    if (!response.writableFinished) gone.abort(new Error("the sender is gone"));
  });
  return new Request(new URL(url, "http://localhost"), {
    method,
    headers: Object.entries(headers).map(([name, value]): [string, string] => [name, String(value)]),
    body: method === "GET" || method === "HEAD" ? null : streamOf(message),
    duplex: "half",
    signal: gone.signal,
  } as RequestInit);
}

/** The body, piece by piece. What nobody reads is drained: the next request on the line comes behind it. */
function streamOf(message: IncomingMessage): ReadableStream<Uint8Array> {
  const pieces = message.iterator({ destroyOnReturn: false });
  return new ReadableStream(
    {
      async pull(controller) {
        const { done, value } = await pieces.next();
        if (done) controller.close();
        else controller.enqueue(value);
      },
      async cancel() {
        await pieces.return?.();
        message.resume();
      },
    },
    { highWaterMark: 0 },
  );
}

const server = createServer(async (message, response) => {
  const answered = await answer(requestOf(message, response), null);
  const { status, headers } = answered;
  response.writeHead(status, Object.fromEntries(headers)).end(Buffer.from(await answered.arrayBuffer()));
});

// Longer than clients and proxies keep a line, so that none sends a request into one that is being closed.
server.keepAliveTimeout = 75_000;

server.listen(Number(process.env["PORT"] ?? 8787), "127.0.0.1", () => {
  const { port } = server.address() as import("node:net").AddressInfo;
  console.log(`listening on http://127.0.0.1:${port}`);
});
// What is under way is answered; lines that are kept open are not waited for.
process.once("SIGTERM", () => {
  server.close();
  setTimeout(() => server.closeAllConnections(), 2000).unref();
});
