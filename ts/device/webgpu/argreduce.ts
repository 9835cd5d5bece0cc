/** Lowers positions of extremes to shaders/argreduce.wgsl. */
import argreduceText from "../../../shaders/argreduce.wgsl";
import type { Operand, ReduceKernel } from "../../compiler/kernel.ts";
import { dtypes } from "../../core/dtype.ts";
import { type Dispatch, dispatchWork, spread, type Work } from "./dispatch.ts";
import type { Value } from "./elementwise.ts";
import { dispatchKernel } from "./epilogue.ts";
import { type Context, scratch } from "./operands.ts";
import { printKey } from "./topk.ts";

/** A search of some of what is to be searched. */
export interface Search extends ReduceKernel {
  /** Position of the first element. */
  readonly start?: number;
  /** Positions of all elements, where these are what other searches found. */
  readonly found?: Operand | undefined;
  /** Where ranks go, beside the positions in the output. */
  readonly ranks?: Operand | undefined;
}

interface Searches {
  readonly context: Context;
  readonly ranks: Operand;
  readonly places: Operand;
  readonly last: Search;
}

/** Room for what `parts` searches find: their ranks and positions, and the search among these. */
export function searches(context: Context, kernel: Search, parts: number): Searches {
  const length = parts * kernel.space[0] * kernel.space[2];
  const room = scratch(context, ["uint32", length], ["int32", length]);
  const [ranks, places] = room.parts;
  const last: Search = {
    ...kernel,
    op: "argmax",
    label: `${kernel.label ?? kernel.op}: of ${parts} parts`,
    space: [1, parts, length / parts],
    input: { shape: ranks.shape, inputs: [ranks], outputs: [], instructions: [] },
    value: 0,
    start: 0,
    found: places,
  };
  return { context: room.context, ranks, places, last };
}

/** A search by `parts` parts of each space: `work` without what is peculiar to searching. */
export function lowerSearch(
  kernel: Search,
  context: Context,
  work: Omit<Work, "text" | "writes">,
  { lines, result, parts }: { readonly lines: readonly string[]; readonly result: Value; readonly parts: number },
): { readonly dispatches: Dispatch[]; readonly context: Context; readonly last: Search | null } {
  const { op, output, start = 0, found } = kernel;
  const least = op === "argmin";
  // Zeros of either sign are one, NaN is above all numbers both ways.
  const rank = dtypes[result.dtype].float
    ? `rank_float(${least ? "-" : ""}${result.text})`
    : `${least ? "~" : ""}${printKey(result.text, result.dtype)}`;
  const place = found === undefined ? `r + ${start}` : "read_found(i)";
  const own = parts === 1 ? null : searches(context, kernel, parts);
  const ranks = own?.ranks ?? kernel.ranks;
  const sections = {
    rank: `fn rank(i: i32) -> u32 {\n  ${[...lines, `return ${rank};`].join("\n  ")}\n}`,
    finish: `fn finish(y: i32, best: u32, i: i32, r: i32) {
  ${ranks === undefined ? "" : "write_ranks(y, bitcast<i32>(best)); "}write_y(y, ${place});\n}`,
  };
  const whole = { ...work, text: argreduceText, reads: { ...work.reads, found }, sections };
  if (ranks === undefined) return { dispatches: [dispatchKernel(kernel, context, whole)], context, last: null };
  const room = own?.context ?? context;
  const dispatch = dispatchWork(kernel, room, { ...whole, writes: { y: own?.places ?? output, ranks } });
  const groups = spread(parts * work.count, work.each ?? 1);
  return { dispatches: [{ ...dispatch, groups }], context: room, last: own?.last ?? null };
}
