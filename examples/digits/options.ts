/** The command line of the main job. */
import { parseArgs } from "node:util";

export interface Options {
  /** Folder of MNIST's idx files; null draws digits. */
  readonly data: string | null;
  readonly epochs: number;
  readonly out: string;
  readonly seed: number;
  readonly batch: number;
}

export const usage = `Trains LeNet-5 on handwritten digits, tests it, saves it, and reads digits with it.

  npm start                          digits drawn by the job itself
  npm start -- --data DIR            MNIST's four idx files, gzipped or not, from DIR

  --epochs N   passes over the training digits   4, with --data 5
  --batch N    digits a step                     64
  --seed N     decides everything random         1
  --out DIR    where results go                  out
  --help       this text`;

/** A command line that cannot be followed. */
export class UsageError extends Error {
  override name = "UsageError";
}

function whole(name: string, text: string, least: number, most: number): number {
  const value = Number(text);
  if (text.trim() !== "" && Number.isInteger(value) && value >= least && value <= most) return value;
  throw new UsageError(`digits: cannot take --${name} ${text}: a whole number from ${least} to ${most} wanted`);
}

/** Reads the arguments; null asks for help. */
export function readOptions(args: readonly string[]): Options | null {
  const text = { type: "string" } as const;
  let values: Partial<Record<"data" | "epochs" | "out" | "seed" | "batch", string>> & { help?: boolean };
  try {
    ({ values } = parseArgs({
      args: [...args],
      options: { data: text, epochs: text, out: text, seed: text, batch: text, help: { type: "boolean", short: "h" } },
    }));
  } catch (error) {
    throw new UsageError(`digits: cannot read the command line: ${(error as Error).message}, see --help`);
  }
  if (values.help) return null;
  return {
    data: values.data ?? null,
    epochs: whole("epochs", values.epochs ?? (values.data === undefined ? "4" : "5"), 1, 1000),
    out: values.out ?? "out",
    seed: whole("seed", values.seed ?? "1", 0, 2 ** 31 - 1),
    batch: whole("batch", values.batch ?? "64", 1, 4096),
  };
}
