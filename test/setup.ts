/** Before any test: the kernels that the sources load are up to date. */
import { build, kernelParts } from "../scripts/build.mjs";

export default async function setup(): Promise<void> {
  try {
    await build(kernelParts, console.log);
  } catch (error) {
    throw new Error(`${(error as Error).message}\n(HEBB_BUILD=0 runs the tests that need no new kernels)`);
  }
}
