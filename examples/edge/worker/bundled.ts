/** A worker that has its models with it. All is made as it starts, which no request pays for. */
import { init } from "hebb";
import wasm from "hebb/hebb.wasm";
import { digits } from "../digits.ts";
import { jpeg } from "../jpeg/decode.ts";
import { pictures } from "../pictures.ts";
import { sentiment } from "../sentiment.ts";
import { ofPictures, ofTexts, service } from "../service.ts";
import { centred, shapes } from "../shapes.ts";
import digitWeights from "../weights/digits.safetensors";
import sentimentWeights from "../weights/sentiment.safetensors";
import shapeModel from "../weights/shapes.onnx";

await init({ wasm });
const decoders = { jpeg };
const models = {
  digits: ofPictures(await digits(digitWeights), { channels: 1, decoders }),
  shapes: ofPictures(await pictures(shapeModel, shapes, centred), { channels: 3, decoders }),
  sentiment: ofTexts(await sentiment(sentimentWeights)),
};

export default { fetch: service(async () => models) };
