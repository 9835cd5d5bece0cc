/** LeNet-5, trained for some steps on drawn digits. */
import { drawDigits, SIZE } from "../../examples/digits/draw.ts";
import { type InitOptions, manualSeed, nn, optim, tensor } from "../../ts/index.ts";
import { lenet5 } from "../golden/lenet5.ts";
import { shareAll } from "./shared.ts";

/** The bits of its weights after `steps` steps of 32 digits by so many threads, a word each. */
export async function trainedBits(threads: number, steps: number, options: InitOptions = {}): Promise<number[]> {
  await shareAll(threads, options);
  manualSeed(5);
  const model = lenet5();
  const optimizer = new optim.Adam(model.parameters(), { lr: 1e-3 });
  const { images, labels } = drawDigits(320, 3);
  const area = SIZE * SIZE;
  for (let step = 0; step < steps; step++) {
    const at = (step % 10) * 32;
    const x = Float32Array.from(images.subarray(at * area, (at + 32) * area), (pixel) => pixel / 255);
    const y = Int32Array.from(labels.subarray(at, at + 32));
    await optimizer.step(nn.crossEntropy(model.forward(tensor(x, { shape: [32, 1, SIZE, SIZE] })), tensor(y)));
  }
  const words: number[] = [];
  for (const parameter of model.parameters()) {
    const data = (await parameter.data()) as Float32Array;
    words.push(...new Uint32Array(data.buffer, data.byteOffset, data.length));
  }
  return words;
}

/** A hash of {@link trainedBits} in deterministic mode (FNV-1a of the words). */
export async function trainedHash(threads: number, steps: number): Promise<string> {
  const words = await trainedBits(threads, steps, { deterministic: true });
  return (words.reduce((hash, word) => Math.imul(hash ^ word, 0x01000193), 0x811c9dc5) >>> 0).toString(16);
}
