/**
 * The text in a request's body, or a reason why there is none.
 *
 *     text/plain          the text, in UTF-8
 *     application/json    {"text": "…"}
 */
import { bytesOf, jsonOf, typeOf, unread, utf8Of } from "./body.ts";
import { Refusal } from "./refusal.ts";

const readers: Readonly<Record<string, (bytes: Uint8Array) => string>> = {
  "text/plain": utf8Of,
  "application/json": fromJson,
};

export async function textOf(request: Request): Promise<string> {
  const type = typeOf(request);
  const read = Object.hasOwn(readers, type) ? readers[type] : undefined;
  if (read === undefined) throw unread(type, "text/plain or application/json");
  const text = read(await bytesOf(request));
  if (text.trim() === "") throw new Refusal(400, "body: cannot read a text: it is empty");
  return text;
}

function fromJson(bytes: Uint8Array): string {
  const value = jsonOf(bytes);
  const text = typeof value === "object" && value !== null && "text" in value ? value.text : undefined;
  if (typeof text === "string") return text;
  throw new Refusal(422, 'body: cannot read JSON: it holds no text, wanted {"text": "…"}');
}
