/** Digits in batches, as the network takes them. */
import { data, type Tensor, tensor } from "hebb";
import { type Digits, Random } from "./draw.ts";
import { normalised, SIZE } from "./input.ts";

type Item = { readonly x: Uint8Array; readonly y: number };
type Loader = data.DataLoader<Item>;

const PIXELS = SIZE * SIZE;
/** Most pixels that a training digit is moved along each axis. */
const SHIFT = 1;
/** Items a batch where nothing is learnt, unless said otherwise. */
const READ = 500;

/** Digits by number; with random numbers, each is moved a little whenever it is taken. */
class DigitItems implements data.Dataset<Item> {
  readonly length: number;
  readonly #digits: Digits;
  readonly #random: Random | null;

  constructor(digits: Digits, random: Random | null) {
    this.length = digits.labels.length;
    this.#digits = digits;
    this.#random = random;
  }

  get(index: number): Item {
    const { images, labels } = this.#digits;
    return { x: images.subarray(index * PIXELS, (index + 1) * PIXELS), y: labels[index] as number };
  }

  batch(indices: Int32Array): { x: Tensor; y: Tensor } {
    const { length } = indices;
    const images = new Uint8Array(length * PIXELS);
    const labels = new Uint8Array(length);
    indices.forEach((index, i) => {
      const { x, y } = this.get(index);
      labels[i] = y;
      this.#place(x, images.subarray(i * PIXELS, (i + 1) * PIXELS));
    });
    return { x: normalised(images), y: tensor(labels) };
  }

  #place(from: Uint8Array, to: Uint8Array): void {
    const random = this.#random;
    if (random === null) {
      to.set(from);
      return;
    }
    const right = Math.floor(random.between(-SHIFT, SHIFT + 1));
    const down = Math.floor(random.between(-SHIFT, SHIFT + 1));
    const [begin, end] = [Math.max(0, -right), Math.min(SIZE, SIZE - right)];
    for (let y = Math.max(0, -down); y < Math.min(SIZE, SIZE - down); y++) {
      to.set(from.subarray(y * SIZE + begin, y * SIZE + end), (y + down) * SIZE + begin + right);
    }
  }
}

/** To learn from: shuffled anew and moved by up to a pixel in every epoch. */
export function toLearn(digits: Digits, batchSize: number, seed: number): Loader {
  const items = new DigitItems(digits, new Random(seed));
  return new data.DataLoader(items, { batchSize, shuffle: true, seed, dropLast: true });
}

/** To measure with: as they are, in order. */
export function inOrder(digits: Digits, batchSize = READ): Loader {
  return new data.DataLoader(new DigitItems(digits, null), { batchSize });
}
