/** Lowers softmax and its logarithm to shaders/softmax.wgsl. */
import softmaxText from "../../../shaders/softmax.wgsl";
import type { Operand, OpKernel } from "../../compiler/kernel.ts";
import { sizeOf } from "../../core/shape.ts";
import { checkOutput, type Dispatch, lanesFor, spread } from "./dispatch.ts";
import { bindOperands, type Context } from "./operands.ts";
import { specialize } from "./shader.ts";

/** Fewest elements of a row that a thread takes. */
const elementsPerThread = 4;

export function softmax(kernel: OpKernel, context: Context): Dispatch[] {
  const { op, output } = kernel;
  const x = kernel.inputs[0] as Operand;
  const size = x.shape[x.shape.length - 1] as number;
  const elements = sizeOf(x.shape);
  if (elements === 0) return [];
  checkOutput(op, output);
  const rows = elements / size;
  const { text: operands, ...bound } = bindOperands(context, rows, [
    { name: "_x", operand: x, write: false },
    { name: "_y", operand: output, write: true },
  ]);
  const lanes = lanesFor(size / elementsPerThread);
  const code = specialize(softmaxText, { operands, functions: "" });
  const constants = { size, lanes, logarithm: op === "logSoftmax" ? 1 : 0 };
  return [{ label: kernel.label ?? op, code, constants, groups: spread(rows, 256 / lanes), ...bound }];
}
