/** A worker that has its models with it. All is made as it starts, which no request pays for. */
import { init } from "hebb";
import wasm from "hebb/hebb.wasm";
import { digits } from "../digits.ts";
import { pictures } from "../pictures.ts";
import { service } from "../service.ts";
import { centred, shapes } from "../shapes.ts";
import digitWeights from "../weights/digits.safetensors";
import shapeModel from "../weights/shapes.onnx";

await init({ wasm });
const models = {
  digits: { classify: await digits(digitWeights), channels: 1 },
  shapes: { classify: await pictures(shapeModel, shapes, centred), channels: 3 },
} as const;

export default { fetch: service(async () => models) };
