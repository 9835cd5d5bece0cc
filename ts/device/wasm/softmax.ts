/** The SOFTMAX and LOG_SOFTMAX commands: see `assembly/softmax.ts`. */
import { LOG_SOFTMAX, SOFTMAX } from "../../../assembly/kernels.ts";
import type { Operand, OpKernel } from "../../compiler/kernel.ts";
import { sizeOf } from "../../core/shape.ts";
import type { CommandWriter } from "./command.ts";
import { writeEpilogue } from "./map.ts";

export function lowerSoftmax(kernel: OpKernel, out: CommandWriter): void {
  const input = kernel.inputs[0] as Operand;
  const n = input.shape.at(-1) ?? 1;
  const size = sizeOf(input.shape);
  if (size === 0) return;
  out.begin(kernel.op === "softmax" ? SOFTMAX : LOG_SOFTMAX);
  writeEpilogue(out, kernel.epilogue);
  out.operand(kernel.output);
  out.operand(input);
  out.int(size / n, n);
  out.end();
}
