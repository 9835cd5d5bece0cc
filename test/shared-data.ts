/**
 * Real files for tests, which live beside the checkout and not in it.
 *
 * Where the folder is missing, tests on it are skipped and their titles say so; in CI it must be there.
 */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { root } from "../scripts/build.mjs";

const folder = join(root, "../shared/data/");

export interface SharedData {
  readonly path: string;
  /** For `test.skipIf`. Never true in CI. */
  readonly missing: boolean;
  /** Goes at the end of the test's title: the reason why it is skipped, or nothing. */
  readonly reason: string;
}

/**
 * A file or folder of the shared data.
 *
 * @example
 * const mnist = sharedData("datasets/mnist");
 * test.skipIf(mnist.missing)(`reads MNIST${mnist.reason}`, () => readFile(`${mnist.path}/t10k-labels-idx1-ubyte.gz`));
 */
export function sharedData(path: string): SharedData {
  const missing = !existsSync(folder + path) && !process.env.CI;
  return { path: folder + path, missing, reason: missing ? ` (skipped: no ../shared/data/${path})` : "" };
}
