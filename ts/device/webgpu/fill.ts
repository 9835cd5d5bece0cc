/** Lowers what makes numbers from nothing: arithmetic progressions and random bits. */
import iotaText from "../../../shaders/iota.wgsl";
import randomText from "../../../shaders/random.wgsl";
import type { Operand, OpKernel } from "../../compiler/kernel.ts";
import { sizeOf } from "../../core/shape.ts";
import { checkOutput, type Dispatch, spread } from "./dispatch.ts";
import { bindOperands, type Context, register } from "./operands.ts";
import { specialize } from "./shader.ts";

export function iota(kernel: OpKernel, context: Context): Dispatch[] {
  const { output } = kernel;
  const count = sizeOf(output.shape);
  if (count === 0) return [];
  checkOutput("iota", output);
  const { start, step } = kernel.attrs as { start: number; step: number };
  const { text: operands, ...bound } = bindOperands(context, count, [{ name: "_y", operand: output, write: true }]);
  const code = specialize(iotaText, { operands, value: `alias Value = ${register(output.dtype)};` });
  return [{ label: kernel.label ?? "iota", code, constants: { start, step }, groups: spread(count, 256), ...bound }];
}

export function random(kernel: OpKernel, context: Context): Dispatch[] {
  const { output } = kernel;
  const count = sizeOf(output.shape);
  if (count === 0) return [];
  checkOutput("random", output);
  const { text: operands, ...bound } = bindOperands(context, count, [
    { name: "_key", operand: kernel.inputs[0] as Operand, write: false },
    { name: "_y", operand: output, write: true },
  ]);
  const code = specialize(randomText, { operands });
  return [{ label: kernel.label ?? "random", code, constants: {}, groups: spread(count, 512), ...bound }];
}
