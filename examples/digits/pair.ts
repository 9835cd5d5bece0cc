/** Pictures and labels of digits, as MNIST's idx files hold them. */
import { type data, FormatError } from "hebb";
import type { Digits } from "./draw.ts";
import { SIZE } from "./input.ts";

/** An idx file's array with the file's name. */
export interface NamedArray extends data.IdxArray {
  readonly name: string;
}

/** Digits of a file of pictures and one of labels. Throws FormatError where they are no digits, or do not go together. */
export function paired(images: NamedArray, labels: NamedArray): Digits {
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

/** Digits from `begin` up to `end`: views on the same memory. */
export function part({ images, labels }: Digits, begin: number, end: number): Digits {
  return {
    images: images.subarray(begin * SIZE * SIZE, end * SIZE * SIZE),
    labels: labels.subarray(begin, end),
  };
}

export function refuse(name: string, state: string, wanted: string): FormatError {
  return new FormatError(`digits: cannot read ${name}: ${state}, ${wanted} wanted`);
}
