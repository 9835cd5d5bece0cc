/** Handwritten digits: a small convolutional network, its weights from a safetensors file. */
import { nn } from "hebb";
import type { Source } from "hebb/safetensors";
import { type Picture, resize } from "hebb/vision";
import { normalised, SIZE } from "../digits/input.ts";
import { answerOf, type Classify } from "./classifier.ts";
import { readWeights } from "./read-weights.ts";
import { Refusal } from "./refusal.ts";

const labels = ["0", "1", "2", "3", "4", "5", "6", "7", "8", "9"];

/**
 *     1 × 28 × 28 ─conv 3×3─ 8 × 28 × 28 ─pool─ 8 × 14 × 14 ─conv 3×3─ 16 × 14 × 14 ─pool─ 16 × 7 × 7 ─ 10
 */
export function digitNetwork(): nn.Sequential {
  return new nn.Sequential(
    new nn.Conv2d(1, 8, 3, { padding: 1 }),
    new nn.ReLU(),
    new nn.MaxPool2d(2),
    new nn.Conv2d(8, 16, 3, { padding: 1 }),
    new nn.ReLU(),
    new nn.MaxPool2d(2),
    new nn.Flatten(),
    new nn.Linear(784, 10),
  );
}

/** The ink of a picture of one digit. Dark ink on light paper is turned into the light ink on dark that was learnt. */
function inkOf(picture: Picture): Uint8Array {
  if (picture.width !== picture.height) {
    throw new Refusal(422, `digits: cannot read ${picture.width} × ${picture.height} pixels: wanted a square`);
  }
  const { data } = resize(picture, SIZE, SIZE);
  const edge = data.filter((_, i) => i < SIZE || i >= SIZE * (SIZE - 1));
  const paper = edge.reduce((sum, pixel) => sum + pixel, 0) / edge.length;
  return paper > 127 ? data.map((pixel) => 255 - pixel) : data;
}

/**
 * Reads digits with the weights of a file, or with none to have the program made. The first answer is as quick as all others:
 * one is given here.
 */
export async function digits(weights: Source | null): Promise<Classify<Picture>> {
  const network = digitNetwork();
  await readWeights(network, weights);
  const classify = async (pixels: Uint8Array): Promise<ArrayLike<number>> =>
    (await network.forward(normalised(pixels)).softmax(1).data()) as Float32Array;
  await classify(new Uint8Array(SIZE ** 2));
  return async (picture, signal) => {
    const pixels = inkOf(picture);
    signal.throwIfAborted();
    return answerOf(await classify(pixels), labels);
  };
}
