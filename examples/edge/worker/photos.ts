/**
 * A worker that says what a photo shows: an ImageNet classifier and the names of its classes lie in an R2 bucket, from where
 * they come as streams when the first request asks for them.
 */
import { init } from "hebb";
import wasm from "hebb/hebb-full.wasm";
import { imagenet } from "hebb/vision";
import { jpeg } from "../jpeg/decode.ts";
import { pictures } from "../pictures.ts";
import { ofPictures, service } from "../service.ts";

interface Env {
  readonly MODELS: {
    get(key: string): Promise<{ readonly body: ReadableStream<Uint8Array> } | null>;
  };
}

async function stored(env: Env, key: string): Promise<ReadableStream<Uint8Array>> {
  const object = await env.MODELS.get(key);
  if (object === null) throw new Error(`there is no ${key} in MODELS`);
  return object.body;
}

await init({ wasm });
const decoders = { jpeg };

export default {
  fetch: service<Env>(async (env) => {
    const names = await new Response(await stored(env, "classes.txt")).text();
    const classify = await pictures(await stored(env, "photos.onnx"), names.trim().split("\n"), imagenet);
    return { photos: ofPictures(classify, { channels: 3, decoders }) };
  }),
};
