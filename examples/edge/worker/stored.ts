/** A worker whose models lie in Workers KV, from where they come as streams when the first request asks for one. */
import { init } from "hebb";
import wasm from "hebb/hebb.wasm";
import { digits } from "../digits.ts";
import { jpeg } from "../jpeg/decode.ts";
import { pictures } from "../pictures.ts";
import { sentiment } from "../sentiment.ts";
import { ofPictures, ofTexts, service } from "../service.ts";
import { centred, shapes } from "../shapes.ts";

interface Env {
  readonly MODELS: {
    get(key: string, type: "stream"): Promise<ReadableStream<Uint8Array> | null>;
  };
}

async function stored(env: Env, key: string): Promise<ReadableStream<Uint8Array>> {
  const stream = await env.MODELS.get(key, "stream");
  if (stream === null) throw new Error(`there is no ${key} in MODELS`);
  return stream;
}

await init({ wasm });
await Promise.all([digits(null), sentiment(null)]);
const decoders = { jpeg };

export default {
  fetch: service<Env>(async (env) => ({
    digits: ofPictures(await digits(await stored(env, "digits.safetensors")), { channels: 1, decoders }),
    shapes: ofPictures(await pictures(await stored(env, "shapes.onnx"), shapes, centred), { channels: 3, decoders }),
    sentiment: ofTexts(await sentiment(await stored(env, "sentiment.safetensors"))),
  })),
};
