/** Pictures: any classifier in an ONNX file that takes colours [1, 3, height, width] and gives one score a class. */
import type { Tensor } from "hebb";
import { load, type Source } from "hebb/onnx";
import { centerCrop, type Picture, probabilities, resizeShorter, type ToTensorOptions, toTensor } from "hebb/vision";
import { answerOf, type Classify } from "./classifier.ts";

/** Classifies by the model of a file, whose classes are called by the labels; `options` is how it wants its colours. */
export async function pictures(
  model: Source,
  labels: readonly string[],
  options: ToTensorOptions = {},
): Promise<Classify<Picture>> {
  const session = await load(model);
  const [input] = session.inputs;
  const [output] = session.outputs;
  const [, channels, height, width] = input?.shape ?? [];
  if (input === undefined || output === undefined || channels !== 3 || height !== width || typeof width !== "number") {
    throw new Error(`pictures: cannot classify with an input of [${input?.shape}]: wanted [1, 3, side, side]`);
  }
  const classify = async (x: Tensor, signal?: AbortSignal): Promise<Float32Array> => {
    const scores = (await session.run({ [input.name]: x }, { signal }))[output.name] as Tensor;
    return probabilities((await scores.data()) as Float32Array);
  };
  // The program is made here, so that the first answer is as quick as all others.
  await classify(toTensor({ width, height: width, channels: 3, data: new Uint8Array(3 * width * width) }, options));
  return async (picture, signal) => {
    const square = centerCrop(resizeShorter(picture, width), width, width);
    return answerOf(await classify(toTensor(square, options), signal), labels);
  };
}
