/** A worker that fetches its models from the folder at MODELS_URL when the first request asks for one. */
import { init } from "hebb";
import wasm from "hebb/hebb.wasm";
import { digits } from "../digits.ts";
import { pictures } from "../pictures.ts";
import { service } from "../service.ts";
import { centred, shapes } from "../shapes.ts";

interface Env {
  /** With a slash at its end. */
  readonly MODELS_URL: string;
}

await init({ wasm });

export default {
  fetch: service<Env>(async ({ MODELS_URL }) => ({
    digits: { classify: await digits(new URL("digits.safetensors", MODELS_URL)), channels: 1 },
    shapes: { classify: await pictures(new URL("shapes.onnx", MODELS_URL), shapes, centred), channels: 3 },
  })),
};
