/** The digits to learn from and to test with: drawn here, piece by piece, or from MNIST's idx files. */
import { data, FormatError } from "hebb";
import { type Digits, drawDigits } from "../../digits/draw.ts";
import { SIZE } from "../../digits/input.ts";
import { type NamedArray, paired, part, refuse } from "../../digits/pair.ts";
import { pause } from "../page/pause.ts";

export interface DigitSets {
  /** In words, for people. */
  readonly name: string;
  readonly train: Digits;
  readonly test: Digits;
}

export const PIXELS: number = SIZE * SIZE;
const DRAWN = { train: 8000, test: 1000 };
/** Digits drawn between two turns of the page. */
const PIECE = 20;
/** Most test digits that are read: the test is repeated while the network trains. */
const TESTED = 1000;

/** Draws both sets, and tells what share of them is done. Other seeds draw other digits. */
export async function drawSets(
  seed: number,
  onProgress: (share: number) => void,
  signal?: AbortSignal,
): Promise<DigitSets> {
  const count = DRAWN.train + DRAWN.test;
  const all: Digits = { images: new Uint8Array(count * PIXELS), labels: new Uint8Array(count) };
  for (let at = 0; at < count; at += PIECE) {
    const { images, labels } = drawDigits(PIECE, seed * count + at);
    all.images.set(images, at * PIXELS);
    all.labels.set(labels, at);
    onProgress((at + PIECE) / count);
    await pause(signal);
  }
  return { name: "digits drawn here", train: part(all, 0, DRAWN.train), test: part(all, DRAWN.train, count) };
}

/**
 * Reads idx files, gzipped or not, in any order: pictures and labels find each other by their counts. Of two pairs the
 * larger is for training; of one pair the last seventh tests.
 */
export async function readSets(files: readonly File[]): Promise<DigitSets> {
  const arrays: NamedArray[] = [];
  for (const file of files) {
    arrays.push({ name: file.name, ...(await data.readIdx(new Uint8Array(await file.arrayBuffer()), file.name)) });
  }
  const labels = arrays.filter(({ shape }) => shape.length === 1);
  const pairs = arrays
    .filter(({ shape }) => shape.length !== 1)
    .map((images) => {
      const own = labels.find(({ shape }) => shape[0] === images.shape[0]);
      if (own === undefined) throw refuse(images.name, `no file holds its ${images.shape[0]} labels`, "both files");
      return paired(images, own);
    })
    .sort((a, b) => b.labels.length - a.labels.length);
  const [first, second] = pairs;
  if (first === undefined) {
    throw new FormatError(
      `digits: cannot read ${files.map(({ name }) => name).join(", ")}: no file holds pictures, MNIST's idx3 and idx1 files wanted`,
    );
  }
  const count = first.labels.length;
  const kept = second === undefined ? Math.max(1, Math.floor((count * 6) / 7)) : count;
  const test = second ?? part(first, Math.min(kept, count - 1), count);
  return { name: files.map(({ name }) => name).join(", "), train: part(first, 0, kept), test: part(test, 0, TESTED) };
}

/** The pixels of one digit. */
export const digitAt = ({ images }: Digits, index: number): Uint8Array =>
  images.subarray(index * PIXELS, (index + 1) * PIXELS);
