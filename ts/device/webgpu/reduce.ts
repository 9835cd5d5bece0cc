/** Lowers reductions: sums, products and extremes to shaders/reduce.wgsl, positions of extremes to argreduce.wgsl. */
import argreduceText from "../../../shaders/argreduce.wgsl";
import reduceText from "../../../shaders/reduce.wgsl";
import type { ReduceKernel } from "../../compiler/kernel.ts";
import { dtypes } from "../../core/dtype.ts";
import { UnsupportedError } from "../../core/errors.ts";
import type { ElementwiseName } from "../../ops/elementwise.ts";
import { checkOutput, type Dispatch, lanesFor, spread } from "./dispatch.ts";
import { printElementwise, type Value } from "./elementwise.ts";
import { accessesOf, printValues } from "./map.ts";
import { bindOperands, type Context, register } from "./operands.ts";
import { specialize } from "./shader.ts";

/** What folds two totals, and what nothing amounts to. */
const folds: { readonly [op: string]: { readonly combine: ElementwiseName; readonly nothing: number } } = {
  sum: { combine: "add", nothing: 0 },
  prod: { combine: "mul", nothing: 1 },
  max: { combine: "maximum", nothing: 0 },
  min: { combine: "minimum", nothing: 0 },
};

/** Fewest elements that a thread takes before a further one helps it. */
const elementsPerThread = 8;

export function lowerReduce(kernel: ReduceKernel, context: Context): Dispatch[] {
  const { op, space, input, value, output } = kernel;
  const [outer, reduced, inner] = space;
  const count = outer * inner;
  if (count === 0) return [];
  checkOutput(op, output);
  const accesses = [...accessesOf(input), { name: "_y", operand: output, write: true }];
  const { text: operands, ...bound } = bindOperands(context, count, accesses);
  const { lines, values } = printValues(input, [value]);
  const result = values[value] as Value;
  const lanes = lanesFor(reduced / elementsPerThread);
  const groups = spread(count, 256 / lanes);
  const label = kernel.label ?? op;
  const fold = folds[op];
  if (fold !== undefined) {
    const a: Value = { text: "a", dtype: output.dtype };
    const type = register(output.dtype);
    const sections = {
      operands,
      value: `alias Value = ${type};\n\nfn value(i: i32) -> Value {\n  ${lines.join("\n  ")}\n  return ${result.text};\n}`,
      combine: `fn combine(a: Value, b: Value) -> Value {\n  return ${printElementwise(fold.combine, [a, { ...a, text: "b" }], output.dtype)};\n}`,
    };
    const constants = { reduced, inner, lanes, nothing: fold.nothing };
    return [{ label, code: specialize(reduceText, sections), constants, groups, ...bound }];
  }
  if (op !== "argmax" && op !== "argmin") {
    throw new UnsupportedError(`${op}: cannot run on the webgpu device: it has no such reduction yet`);
  }
  const rank = dtypes[result.dtype].float
    ? `rank_float(${op === "argmin" ? "-" : ""}${result.text})`
    : `${op === "argmin" ? "~" : ""}(bitcast<u32>(${result.text}) ^ 0x80000000u)`;
  const sections = { operands, rank: `fn rank(i: i32) -> u32 {\n  ${lines.join("\n  ")}\n  return ${rank};\n}` };
  return [{ label, code: specialize(argreduceText, sections), constants: { reduced, inner, lanes }, groups, ...bound }];
}
