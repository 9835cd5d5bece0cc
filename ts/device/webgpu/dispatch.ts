/** A dispatch: a finished shader, what it binds, and how many groups run it. */
import type { Operand } from "../../compiler/kernel.ts";
import { isContiguous } from "../../compiler/view.ts";
import type { Bound } from "./operands.ts";

export interface Dispatch extends Omit<Bound, "text"> {
  readonly label: string;
  readonly code: string;
  /** Values of the shader's overrides. */
  readonly constants: Readonly<Record<string, number>>;
  readonly groups: readonly [x: number, y: number, z: number];
}

/** Groups of `each` for `count` items; a second axis takes over where the first is full. */
export function spread(count: number, each: number): [number, number, number] {
  const groups = Math.ceil(count / each);
  const x = Math.min(groups, 65535);
  return [x, Math.ceil(groups / x), 1];
}

/** The greatest power of two that is at most `limit`, from 1 to 256: how many threads share an output. */
export function lanesFor(limit: number): number {
  let lanes = 1;
  while (lanes * 2 <= Math.min(limit, 256)) lanes *= 2;
  return lanes;
}

/** Kernels write whole outputs, one element after another. */
export function checkOutput(op: string, output: Operand): void {
  if (!isContiguous(output))
    throw new Error(`${op}: cannot write a window with strides [${output.strides.join(", ")}]`);
}
