/** Where the digits come from: MNIST's four idx files, or strokes drawn here. */
import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { data } from "hebb";
import { type Digits, drawDigits } from "./draw.ts";
import { type NamedArray, paired, part, refuse } from "./pair.ts";

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

async function readPair(folder: string, prefix: string): Promise<Digits> {
  const [images, labels] = await Promise.all([
    readNamed(folder, `${prefix}-images-idx3-ubyte`),
    readNamed(folder, `${prefix}-labels-idx1-ubyte`),
  ]);
  return paired(images, labels);
}

async function readNamed(folder: string, name: string): Promise<NamedArray> {
  const path = [join(folder, name), join(folder, `${name}.gz`)].find((candidate) => existsSync(candidate));
  if (path === undefined) throw refuse(folder, `${name} is not there`, `${name} or ${name}.gz`);
  return { name: basename(path), ...(await data.readIdx(await readFile(path), basename(path))) };
}
