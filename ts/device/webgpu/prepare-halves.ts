/** Dividing kernels (halves.ts) is fetched when a program may bind more than the adapter allows: few ever do. */
import { divideBy, halving } from "./divide.ts";

/** Fetches it where `bytes` may be more than a dispatch binds: what fits one page always does. */
export async function prepareHalves(bytes: number, page: number): Promise<void> {
  if (bytes > page && halving() === null) divideBy(await import("./halves.ts"));
}
