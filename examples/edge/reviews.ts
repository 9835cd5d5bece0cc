/** Reviews to learn from, as the network takes them: written here, or read from the files of a data set. */
import { readFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { Random } from "../digits/draw.ts";
import { placesOf, WORDS } from "./sentiment.ts";
import { type Review, writeReview } from "./write-reviews.ts";

export interface Reviews {
  /** [n, 64] */
  readonly places: Int32Array;
  /** [n], 0 speaks ill, 1 well. */
  readonly labels: Uint8Array;
}

export interface ReviewSets {
  readonly name: string;
  readonly train: Reviews;
  readonly test: Reviews;
}

function packed(reviews: readonly Review[]): Reviews {
  const places = new Int32Array(reviews.length * WORDS);
  for (const [i, { text }] of reviews.entries()) places.set(placesOf(text), i * WORDS);
  return { places, labels: Uint8Array.from(reviews, ({ label }) => label) };
}

/** As many as asked for, those of the test from other random numbers. */
export function writeReviews(counts: { readonly train: number; readonly test: number }): ReviewSets {
  const written = (count: number, seed: number): Reviews => {
    const random = new Random(seed);
    return packed(Array.from({ length: count }, () => writeReview(random)));
  };
  return { name: "written reviews", train: written(counts.train, 1), test: written(counts.test, 2) };
}

/** Those of train.tsv and dev.tsv in a folder. */
export async function readReviews(folder: string): Promise<ReviewSets> {
  const read = async (name: string): Promise<Reviews> => {
    const lines = (await readFile(join(folder, name), "utf8")).trim().split("\n");
    return packed(
      lines.map((line, i) => {
        const [text = "", label] = line.split("\t");
        if (label !== "0" && label !== "1") {
          throw new Error(`reviews: cannot read line ${i + 1} of ${name}: wanted a sentence, a tab, and 0 or 1`);
        }
        return { text, label: label === "1" ? 1 : 0 };
      }),
    );
  };
  return { name: basename(folder), train: await read("train.tsv"), test: await read("dev.tsv") };
}
