/** A worker whose models lie in Workers KV, from where they come as streams when the first request asks for one. */
import { init } from "hebb";
import wasm from "hebb/hebb.wasm";
import { digits } from "../digits.ts";
import { pictures } from "../pictures.ts";
import { service } from "../service.ts";
import { centred, shapes } from "../shapes.ts";

interface Env {
  readonly MODELS: {
    get(key: string, type: "stream"): Promise<ReadableStream<Uint8Array> | null>;
  };
}

// With R2 in place of KV: `const stream = (await env.MODELS.get(key))?.body`.
async function stored(env: Env, key: string): Promise<ReadableStream<Uint8Array>> {
  const stream = await env.MODELS.get(key, "stream");
  if (stream === null) throw new Error(`there is no ${key} in MODELS`);
  return stream;
}

await init({ wasm });

export default {
  fetch: service<Env>(async (env) => ({
    digits: { classify: await digits(await stored(env, "digits.safetensors")), channels: 1 },
    shapes: { classify: await pictures(await stored(env, "shapes.onnx"), shapes, centred), channels: 3 },
  })),
};
