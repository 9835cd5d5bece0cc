/** Lowers reductions: sums, products and extremes to shaders/reduce.wgsl, positions of extremes by argreduce.ts. */
import reduceText from "../../../shaders/reduce.wgsl";
import type { ReduceKernel } from "../../compiler/kernel.ts";
import { UnsupportedError } from "../../core/errors.ts";
import { lowerSearch } from "./argreduce.ts";
import { type Dispatch, lanesFor, spread } from "./dispatch.ts";
import { printElementwise, type Value } from "./elementwise.ts";
import { dispatchKernel } from "./epilogue.ts";
import { printValues } from "./map.ts";
import { type Context, scratch } from "./operands.ts";
import { folds, totalOf } from "./reduce-folds.ts";
import { register } from "./register.ts";

/** Of the names of what is reduced, as `dispatchWork` makes them. */
const prefix = "_";

/** Fewest elements that a thread takes before a further one helps it. */
const elementsPerThread = 8;
/** Groups that keep a GPU busy, and the fewest elements of an output that are worth one. */
const enough = 64;
const leastPart = 4096;

export function lowerReduce(kernel: ReduceKernel, context: Context): Dispatch[] {
  const { op, space, input, value, output } = kernel;
  const [outer, reduced, inner] = space;
  const count = outer * inner;
  if (count === 0) return [];
  const { lines, values } = printValues(input, [value], prefix);
  const result = values[value] as Value;
  const lanes = lanesFor(reduced / elementsPerThread);
  const busy = Math.ceil((count * lanes) / 256);
  const parts = Math.max(1, Math.min(Math.ceil(enough / busy), Math.floor(reduced / leastPart)));
  const all = parts * count;
  const work = {
    count,
    each: 256 / lanes,
    reads: Object.fromEntries(input.inputs.map((operand, i) => [String(i), operand])),
    numbers: { reduced, inner, part: Math.floor(reduced / parts), extra: reduced % parts, all },
  };
  const fold = folds[op];
  if (fold === undefined) {
    if (op !== "argmax" && op !== "argmin") {
      throw new UnsupportedError(`${op}: cannot run on the webgpu device: it has no such reduction yet`);
    }
    const how = { lines, result, parts };
    const { dispatches, context: own, last } = lowerSearch(kernel, context, { ...work, constants: { lanes } }, how);
    return last === null ? dispatches : [...dispatches, ...lowerReduce(last, own)];
  }
  const dtype = totalOf(output.dtype);
  const [a, b] = ["a", "b"].map((text) => ({ text, dtype })) as [Value, Value];
  const body = [...lines, `return ${result.text};`].join("\n  ");
  const sections = {
    value: `alias Value = ${register(output.dtype)};\n\nfn value(i: i32) -> Value {\n  ${body}\n}`,
    combine: `fn combine(a: Value, b: Value) -> Value {\n  return ${printElementwise(fold.combine, [a, b], dtype)};\n}`,
  };
  const subgroup = inner === 1 && lanes > 1 ? context.subgroup : 1;
  const shuffle = "fn shuffle(x: Value, distance: u32) -> Value { return subgroupShuffleXor(x, distance); }";
  const whole = {
    ...work,
    text: reduceText,
    sections: subgroup > 1 ? { ...sections, shuffle } : sections,
    constants: { lanes, subgroup, nothing: fold.nothing },
  };
  if (parts === 1) return [dispatchKernel(kernel, context, whole)];
  const room = scratch(context, [dtype, all]);
  const [totals] = room.parts;
  const first = dispatchKernel({ ...kernel, output: totals, epilogue: null }, room.context, whole);
  const last: ReduceKernel = {
    ...kernel,
    label: `${kernel.label ?? op}: of ${parts} parts`,
    space: [1, parts, count],
    input: { shape: totals.shape, inputs: [totals], outputs: [], instructions: [] },
    value: 0,
  };
  return [{ ...first, groups: spread(all, work.each) }, ...lowerReduce(last, room.context)];
}
