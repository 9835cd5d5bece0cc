/** Dividing kernels (halves.ts), which is fetched when a program may bind more than the adapter allows: few ever do. */
import type { Halving } from "./halves.ts";

let fetched: Halving | null = null;

/** How kernels are divided; null before it is there. */
export const halving = (): Halving | null => fetched;

/** Fetches it where `bytes` may be more than a dispatch binds: what fits one page always does. */
export async function prepareHalves(bytes: number, page: number): Promise<void> {
  if (bytes > page) fetched ??= await import("./halves.ts");
}
