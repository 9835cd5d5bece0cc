/** Before any test: the plain kernels that the sources load are up to date. HEBB_BUILD=0 takes them as they are. */
import { build } from "../scripts/build.mjs";

export default async function setup(): Promise<void> {
  if (process.env.HEBB_BUILD === "0") return;
  try {
    await build(["plain"], console.log);
  } catch (error) {
    throw new Error(`${(error as Error).message}\n(HEBB_BUILD=0 runs the tests that need no new kernels)`);
  }
}
