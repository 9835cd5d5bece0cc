/** Iteration spaces: what a map and a copy walk. */
import type { Operand } from "../../compiler/kernel.ts";

/** The iteration space with as few dimensions as its operands allow. */
export interface Space {
  readonly shape: readonly number[];
  /** Strides of each operand. */
  readonly strides: readonly (readonly number[])[];
}

/** Merges neighbouring dimensions that every operand walks as one. */
export function collapse(shape: readonly number[], operands: readonly Operand[]): Space {
  const out: number[] = [];
  const strides: number[][] = operands.map(() => []);
  for (let d = 0; d < shape.length; d++) {
    const extent = shape[d] as number;
    if (extent === 1) continue;
    const last = out.length - 1;
    const merges =
      last >= 0 && operands.every((x, i) => (strides[i] as number[])[last] === (x.strides[d] as number) * extent);
    if (merges) out[last] = (out[last] as number) * extent;
    else out.push(extent);
    operands.forEach((x, i) => {
      (strides[i] as number[])[merges ? last : out.length - 1] = x.strides[d] as number;
    });
  }
  return { shape: out, strides };
}
