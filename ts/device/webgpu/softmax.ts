/** Lowers softmax and its logarithm to shaders/softmax.wgsl. */
import softmaxText from "../../../shaders/softmax.wgsl";
import type { OpKernel } from "../../compiler/kernel.ts";
import type { Dispatch } from "./dispatch.ts";
import { dispatchRows } from "./lanes.ts";
import type { Context } from "./operands.ts";

export function softmax(kernel: OpKernel, context: Context): Dispatch[] {
  const constants = { logarithm: Number(kernel.op === "logSoftmax") };
  return dispatchRows(kernel, context, { text: softmaxText, constants, sections: { functions: "" } });
}
