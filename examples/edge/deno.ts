/** The service in Deno, on the port that PORT names or on 8787. */
import { answer } from "./local.ts";

declare const Deno: {
  readonly env: { get(name: string): string | undefined };
  serve(options: { port: number; hostname: string }, handler: (request: Request) => Promise<Response>): unknown;
};

Deno.serve({ port: Number(Deno.env.get("PORT") ?? 8787), hostname: "127.0.0.1" }, (request) => answer(request, null));
