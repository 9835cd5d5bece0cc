/** Shaders in which lanes share rows: the section of shaders/lanes.wgsl, and dispatches of one row after another. */
import lanesText from "../../../shaders/lanes.wgsl";
import type { Operand, OpKernel } from "../../compiler/kernel.ts";
import { sizeOf } from "../../core/shape.ts";
import { type Dispatch, lanesFor, type Work } from "./dispatch.ts";
import { dispatchKernel } from "./epilogue.ts";
import type { Context } from "./operands.ts";
import { replaceSections } from "./shader.ts";

/** Fewest elements of a row that a thread takes. */
const elementsPerThread = 4;

/** The section and the overrides of shaders in which so many lanes share a row. */
export function lanesOf({ subgroup }: Context, lanes: number): { lanes: string; constants: Record<string, number> } {
  const shuffle = "fn shuffle(x: f32, distance: u32) -> f32 { return subgroupShuffleXor(x, distance); }";
  const text = replaceSections(lanesText, subgroup > 1 ? { shuffle } : {});
  return { lanes: text, constants: { lanes, ...(subgroup > 1 ? { subgroup } : {}) } };
}

/** A dispatch of `own` for the rows of a kernel's input, the last axis. */
export function dispatchRows(
  kernel: OpKernel,
  context: Context,
  own: Pick<Work, "text" | "constants" | "numbers" | "sections">,
): Dispatch[] {
  const x = kernel.inputs[0] as Operand;
  const size = x.shape[x.shape.length - 1] as number;
  const elements = sizeOf(x.shape);
  if (elements === 0) return [];
  const { lanes, constants } = lanesOf(context, lanesFor(size / elementsPerThread));
  const work = {
    text: own.text,
    count: elements / size,
    each: 256 / (constants["lanes"] as number),
    reads: { x },
    numbers: { size, ...own.numbers },
    constants: { ...constants, ...own.constants },
    sections: { lanes, ...own.sections },
  };
  return [dispatchKernel(kernel, context, work)];
}
