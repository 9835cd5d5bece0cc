/** Lowers what makes numbers from nothing: arithmetic progressions and random bits. */
import iotaText from "../../../shaders/iota.wgsl";
import randomText from "../../../shaders/random.wgsl";
import type { OpKernel } from "../../compiler/kernel.ts";
import { sizeOf } from "../../core/shape.ts";
import type { Dispatch } from "./dispatch.ts";
import { dispatchKernel } from "./epilogue.ts";
import type { Context } from "./operands.ts";
import { register } from "./register.ts";

export function iota(kernel: OpKernel, context: Context): Dispatch[] {
  const { output, attrs } = kernel;
  const count = sizeOf(output.shape);
  if (count === 0) return [];
  const { start, step } = attrs as { start: number; step: number };
  const sections = { value: `alias Value = ${register(output.dtype)};` };
  return [dispatchKernel(kernel, context, { text: iotaText, count, reads: {}, constants: { start, step }, sections })];
}

export function random(kernel: OpKernel, context: Context): Dispatch[] {
  const count = sizeOf(kernel.output.shape);
  if (count === 0) return [];
  return [dispatchKernel(kernel, context, { text: randomText, count, each: 512, reads: { key: kernel.inputs[0] } })];
}
