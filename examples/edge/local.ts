/** The service for runtimes with files: the models lie beside this one. */
import { digits } from "./digits.ts";
import { pictures } from "./pictures.ts";
import { sentiment } from "./sentiment.ts";
import { ofPictures, ofTexts, service } from "./service.ts";
import { centred, shapes } from "./shapes.ts";

const at = (name: string): URL => new URL(`weights/${name}`, import.meta.url);

const models = {
  digits: ofPictures(await digits(at("digits.safetensors")), { channels: 1 }),
  shapes: ofPictures(await pictures(at("shapes.onnx"), shapes, centred), { channels: 3 }),
  sentiment: ofTexts(await sentiment(at("sentiment.safetensors"))),
};

export const answer = service(async () => models);
