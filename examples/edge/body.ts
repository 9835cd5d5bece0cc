/** The body of a request, or a reason why it is not read. */
import { Refusal } from "./refusal.ts";

/** Bytes that a body may have. */
const MOST_BYTES = 2 ** 20;

/** What the request says that its body is, without parameters; empty if it says nothing. */
export function typeOf(request: Request): string {
  return (request.headers.get("content-type") ?? "").replace(/;.*/, "").trim().toLowerCase();
}

export function unread(type: string, wanted: string): Refusal {
  return new Refusal(415, `body: cannot read ${type || "a body without a type"}: wanted ${wanted}`);
}

/** The body, as long as it is not too long: neither what it claims nor what it sends is believed. */
export async function bytesOf(request: Request): Promise<Uint8Array> {
  const tooLarge = (): Refusal => new Refusal(413, `body: cannot read more than ${MOST_BYTES} bytes: wanted fewer`);
  if (Number(request.headers.get("content-length") ?? 0) > MOST_BYTES) throw tooLarge();
  const pieces: Uint8Array[] = [];
  let size = 0;
  for await (const piece of request.body ?? []) {
    size += piece.length;
    if (size > MOST_BYTES) throw tooLarge();
    pieces.push(piece);
  }
  const bytes = new Uint8Array(size);
  let at = 0;
  for (const piece of pieces) {
    bytes.set(piece, at);
    at += piece.length;
  }
  return bytes;
}

/** Throws a refusal for what is no UTF-8 or no JSON. */
export function jsonOf(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(utf8Of(bytes));
  } catch (error) {
    if (error instanceof Refusal) throw error;
    throw new Refusal(400, `body: cannot read JSON: ${(error as Error).message}`);
  }
}

export function utf8Of(bytes: Uint8Array): string {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    throw new Refusal(400, "body: cannot read text: its bytes are no UTF-8");
  }
}
