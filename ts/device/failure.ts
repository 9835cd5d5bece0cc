/** What a program's failure means, in words. */
import type { OpKernel, Schedule } from "../compiler/kernel.ts";
import { ShapeError } from "../core/errors.ts";

/** An index that a kernel of this op refused; the schedule tells what it wanted. */
export function indexError({ kernels }: Schedule, op: string, index: number): ShapeError {
  for (const kernel of kernels) {
    if (kernel.kind !== "op" || kernel.op !== op) continue;
    const [low, high] = rangeOf(kernel);
    if (index < low || index > high) {
      return new ShapeError(`${op}: cannot read index ${index}: it is out of range, wanted ${low} to ${high}`);
    }
  }
  return new ShapeError(`${op}: cannot read index ${index}: it is out of range`);
}

/** The lowest and the highest index that a kernel takes. Gathers and scatters count from the end as well. */
function rangeOf({ inputs, attrs }: OpKernel): [low: number, high: number] {
  const axis = attrs["axis"] as number | undefined;
  const size = (attrs["size"] as number | undefined) ?? (inputs[0]?.shape[axis as number] as number);
  return [axis === undefined ? 0 : -size, size - 1];
}
