/** Parts of tensors, and tensors of parts. */
import { FormatError } from "../../../core/errors.ts";
import { normalizeAxis } from "../../../core/shape.ts";
import type { Node } from "../../../graph/node.ts";
import { concat, slice } from "../../../ops/movement.ts";
import { tile } from "../../../ops/tile.ts";
import type { Call, Operators, Outputs } from "../call.ts";
import { joinValues, move, shapeOf } from "../value.ts";

/** A window by clamped starts and ends; lists are attributes at first and inputs from opset 10 on. */
async function sliced(call: Call): Promise<Outputs> {
  const starts = call.ints("starts") ?? (await call.numbers(1));
  const ends = call.ints("ends") ?? (await call.numbers(2));
  const named = call.ints("axes") ?? (await call.optionalNumbers(3));
  const steps = await call.optionalNumbers(4);
  if (ends.length !== starts.length || (named ?? starts).length !== starts.length) {
    throw new FormatError(`${starts.length} starts, ${ends.length} ends and ${named?.length} axes differ in number`);
  }
  return move(call.value(0), (x) => {
    const window = { starts: x.shape.map(() => 0), sizes: [...x.shape], steps: x.shape.map(() => 1) };
    starts.forEach((start, i) => {
      const axis = normalizeAxis("Slice", named?.[i] ?? i, x.shape.length);
      const range = clampedRange(x.shape[axis] as number, start, ends[i] as number, steps?.[i] ?? 1);
      window.starts[axis] = range.start;
      window.sizes[axis] = range.count;
      window.steps[axis] = range.step;
    });
    return slice(x, window.starts, window.sizes, window.steps);
  });
}

/** Going forward positions lie in 0 … size, going backward in -1 … size - 1. */
function clampedRange(
  size: number,
  start: number,
  end: number,
  step: number,
): { start: number; count: number; step: number } {
  if (step === 0) throw new FormatError("cannot slice by steps of 0");
  const [low, high] = step > 0 ? [0, size] : [-1, size - 1];
  const clamp = (at: number): number => Math.min(Math.max(at < 0 ? at + size : at, low), high);
  const from = step > 0 ? clamp(start) : Math.max(clamp(start), 0);
  const count = Math.max(0, Math.ceil((clamp(end) - from) / step));
  return count === 0 ? { start: 0, count, step: 1 } : { start: from, count, step };
}

/** Sizes from an attribute or an input, else as equal as can be with the smaller ones last. */
async function split(call: Call): Promise<Outputs> {
  const value = call.value(0);
  const shape = shapeOf(value);
  const axis = normalizeAxis("Split", call.int("axis", 0), shape.length);
  const whole = shape[axis] as number;
  const given = call.ints("split") ?? (await call.optionalNumbers(1));
  const parts = call.int("num_outputs", call.outputCount);
  const each = Math.ceil(whole / parts);
  const sizes = given ?? Array.from({ length: parts }, (_, i) => Math.max(0, Math.min(each, whole - i * each)));
  const total = sizes.reduce((sum, size) => sum + size, 0);
  if (total !== whole)
    throw new FormatError(`parts of [${sizes.join(", ")}] do not make up the ${whole} of axis ${axis}`);
  let at = 0;
  return sizes.map((size) => {
    const starts = shape.map((_, i) => (i === axis ? at : 0));
    at += size;
    return move(value, (x) => slice(x, starts, shape.with(axis, size)));
  });
}

const joined = (call: Call): Outputs => {
  const values = call.inputs.map((_, i) => call.value(i));
  return joinValues(values, (xs) => concat(xs, call.opset < 4 ? call.int("axis", 1) : call.int("axis")));
};

/** Opset 1 repeats one axis, later ones each by its number. */
async function tiled(call: Call): Promise<Outputs> {
  const given = await call.numbers(1);
  const axis = call.opset < 6 ? await call.number(2) : null;
  return move(call.value(0), (x: Node) => {
    if (axis === null) return tile(x, given);
    const at = normalizeAxis("Tile", axis, x.shape.length);
    return tile(
      x,
      x.shape.map((_, i) => (i === at ? (given[0] as number) : 1)),
    );
  });
}

export const operators: Operators = { Concat: joined, Slice: sliced, Split: split, Tile: tiled };
