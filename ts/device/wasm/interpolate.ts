/** Writes the commands of `assembly/interpolate.ts`. */
import { INTERPOLATE, INTERPOLATE_INPUT } from "../../../assembly/kernels.ts";
import type { Operand, OpKernel } from "../../compiler/kernel.ts";
import type { CommandWriter } from "./command.ts";
import { writeEpilogue } from "./map.ts";

/** Most groups of four outputs, and bytes of scratch, whose taps are read at a time. */
const most = { groups: 128, bytes: 32768 };

function write(out: CommandWriter, number: number, kernel: OpKernel, n: number): void {
  const [input, index, weight] = kernel.inputs as readonly [Operand, Operand, Operand];
  const [planes, , i] = input.shape as [number, number, number];
  const [batch, p, k] = index.shape as [number, number, number];
  const bytes = 16 + 32 * k;
  const groups = Math.max(1, Math.min(most.groups, Math.floor(most.bytes / bytes)));
  out.begin(number);
  writeEpilogue(out, kernel.epilogue);
  out.operand(kernel.output);
  out.operand(input);
  out.operand(index);
  out.operand(weight);
  out.int(planes, planes / batch, n, p, k, i, groups);
  out.scratch(groups * bytes);
  out.end();
}

export function interpolate(kernel: OpKernel, out: CommandWriter): void {
  write(out, INTERPOLATE, kernel, (kernel.inputs[0] as Operand).shape[1] as number);
}

export function interpolateInput(kernel: OpKernel, out: CommandWriter): void {
  write(out, INTERPOLATE_INPUT, kernel, kernel.output.shape[1] as number);
}
