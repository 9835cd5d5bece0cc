/** A worker that fetches its models from the folder at MODELS_URL when the first request asks for one. */
import { init } from "hebb";
import wasm from "hebb/hebb.wasm";
import { digits } from "../digits.ts";
import { jpeg } from "../jpeg/decode.ts";
import { pictures } from "../pictures.ts";
import { sentiment } from "../sentiment.ts";
import { ofPictures, ofTexts, service } from "../service.ts";
import { centred, shapes } from "../shapes.ts";

interface Env {
  /** With a slash at its end. */
  readonly MODELS_URL: string;
}

await init({ wasm });
await Promise.all([digits(null), sentiment(null)]);
const decoders = { jpeg };

export default {
  fetch: service<Env>(async ({ MODELS_URL }) => {
    const at = (name: string): URL => new URL(name, MODELS_URL);
    return {
      digits: ofPictures(await digits(at("digits.safetensors")), { channels: 1, decoders }),
      shapes: ofPictures(await pictures(at("shapes.onnx"), shapes, centred), { channels: 3, decoders }),
      sentiment: ofTexts(await sentiment(at("sentiment.safetensors"))),
    };
  }),
};
