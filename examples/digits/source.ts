/** Where the digits come from: MNIST's four idx files, or strokes drawn here. */
import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { data, FormatError } from "hebb";
import { type Digits, drawDigits, SIZE } from "./draw.ts";

export interface DigitSets {
  /** In words, for people. */
  readonly name: string;
  readonly train: Digits;
  readonly validate: Digits;
  readonly test: Digits;
}

const DRAWN = { train: 20_000, validate: 2_000, test: 5_000 };

/** Draws all three sets; each has its own stream of random numbers. */
export function drawSets(seed: number): DigitSets {
  return {
    name: "drawn digits",
    train: drawDigits(DRAWN.train, 3 * seed),
    validate: drawDigits(DRAWN.validate, 3 * seed + 1),
    test: drawDigits(DRAWN.test, 3 * seed + 2),
  };
}

/** Part of MNIST's training digits that is held back for validation. */
const HELD_BACK = 1 / 12;

/** Reads MNIST from a folder. The last twelfth of its training digits validates. Throws FormatError when it is not MNIST. */
export async function readMnist(folder: string): Promise<DigitSets> {
  const [train, test] = await Promise.all([readPair(folder, "train"), readPair(folder, "t10k")]);
  const kept = Math.floor(train.labels.length * (1 - HELD_BACK));
  return { name: "MNIST", train: part(train, 0, kept), validate: part(train, kept, train.labels.length), test };
}

function part({ images, labels }: Digits, begin: number, end: number): Digits {
  return {
    images: images.subarray(begin * SIZE * SIZE, end * SIZE * SIZE),
    labels: labels.subarray(begin, end),
  };
}

async function readPair(folder: string, prefix: string): Promise<Digits> {
  const [images, labels] = await Promise.all([
    readNamed(folder, `${prefix}-images-idx3-ubyte`),
    readNamed(folder, `${prefix}-labels-idx1-ubyte`),
  ]);
  const [count, height, width] = images.shape;
  if (images.dtype !== "uint8" || images.shape.length !== 3 || height !== SIZE || width !== SIZE || !count) {
    throw refuse(images.name, `it holds ${images.dtype} [${images.shape.join(", ")}]`, "uint8 [n, 28, 28]");
  }
  if (labels.dtype !== "uint8" || labels.shape.length !== 1 || labels.shape[0] !== count) {
    throw refuse(
      labels.name,
      `it holds ${labels.dtype} [${labels.shape.join(", ")}]`,
      `uint8 [${count}], one a picture,`,
    );
  }
  const wrong = labels.data.findIndex((label) => label > 9);
  if (wrong >= 0) throw refuse(labels.name, `label ${wrong} is ${labels.data[wrong]}`, "0 to 9");
  return { images: images.data as Uint8Array, labels: labels.data as Uint8Array };
}

async function readNamed(folder: string, name: string) {
  const path = [join(folder, name), join(folder, `${name}.gz`)].find((candidate) => existsSync(candidate));
  if (path === undefined) throw refuse(folder, `${name} is not there`, `${name} or ${name}.gz`);
  return { name: basename(path), ...(await data.readIdx(await readFile(path), basename(path))) };
}

function refuse(name: string, state: string, wanted: string): FormatError {
  return new FormatError(`digits: cannot read ${name}: ${state}, ${wanted} wanted`);
}
