/** Modules that serve the models' files of examples/edge: what a namespace of KV or a server of the internet answers. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { root } from "../../scripts/build.mjs";

/** In the order in which the workers open them. */
export const fileNames = ["digits.safetensors", "shapes.onnx", "sentiment.safetensors"] as const;

/** The files in base64, as an object in JavaScript. */
export function filesText(): string {
  const folder = join(root, "examples/edge/weights");
  return JSON.stringify(
    Object.fromEntries(fileNames.map((name) => [name, readFileSync(join(folder, name), "base64")])),
  );
}

/** Serves the files in pieces; the first answer for each may be a failure. */
export const filesModule = (failFirst = false): string => `
  const texts = ${filesText()};
  const asked = new Set();
  export default {
    async fetch(request) {
      const name = new URL(request.url).pathname.split("/").at(-1);
      if (!(name in texts)) return new Response("no such file", { status: 404 });
      if (${failFirst} && !asked.has(name)) {
        asked.add(name);
        return new Response("not yet", { status: 403 });
      }
      const bytes = Uint8Array.from(atob(texts[name]), (byte) => byte.charCodeAt(0));
      const { readable, writable } = new TransformStream();
      const writer = writable.getWriter();
      (async () => {
        for (let at = 0; at < bytes.length; at += 5000) await writer.write(bytes.slice(at, at + 5000));
        await writer.close();
      })();
      return new Response(readable);
    },
  };`;
