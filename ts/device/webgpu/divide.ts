/** Where lowering finds what divides kernels (halves.ts), which itself is lowered by those that ask here. */
import type { MapProgram, OpKernel, ReduceKernel } from "../../compiler/kernel.ts";
import type { Context } from "./operands.ts";

/** What does a kernel's work, in order, and what it is lowered in. */
export interface Divided {
  readonly kernels: readonly (OpKernel | ReduceKernel)[];
  readonly context: Context;
}

/** What halves.ts does. */
export interface Halving {
  /** A kernel in parts; null where it has none. */
  halvesOf(kernel: OpKernel | ReduceKernel, context: Context): Divided | null;
  halvesOfMap(program: MapProgram): MapProgram[];
}

let fetched: Halving | null = null;

/** How kernels are divided; null before it is there. */
export const halving = (): Halving | null => fetched;

export function divideBy(halves: Halving): void {
  fetched = halves;
}
