/** Lowers what makes numbers from nothing: arithmetic progressions and random bits. */
import iotaText from "../../../shaders/iota.wgsl";
import randomText from "../../../shaders/random.wgsl";
import type { OpKernel } from "../../compiler/kernel.ts";
import { sizeOf } from "../../core/shape.ts";
import type { Dispatch } from "./dispatch.ts";
import { dispatchKernel } from "./epilogue.ts";
import type { Context } from "./operands.ts";
import { register } from "./register.ts";

/** Where a part begins. */
const placeOf = ({ attrs }: OpKernel): number => (attrs["place"] as number | undefined) ?? 0;

export function iota(kernel: OpKernel, context: Context): Dispatch[] {
  const { output, attrs } = kernel;
  const count = sizeOf(output.shape);
  if (count === 0) return [];
  const { start, step } = attrs as { start: number; step: number };
  const numbers = { first: placeOf(kernel) };
  const sections = { value: `alias Value = ${register(output.dtype)};` };
  const constants = { start, step };
  return [dispatchKernel(kernel, context, { text: iotaText, count, reads: {}, numbers, constants, sections })];
}

export function random(kernel: OpKernel, context: Context): Dispatch[] {
  const count = sizeOf(kernel.output.shape);
  if (count === 0) return [];
  const work = { text: randomText, count, each: 512, reads: { key: kernel.inputs[0] } };
  return [dispatchKernel(kernel, context, { ...work, numbers: { first: placeOf(kernel) } })];
}
