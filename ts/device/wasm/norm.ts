/** The LAYER_NORM and RMS_NORM commands: see `assembly/norm.ts`. */
import { LAYER_NORM, RMS_NORM } from "../../../assembly/kernels.ts";
import type { Operand, OpKernel } from "../../compiler/kernel.ts";
import type { CommandWriter } from "./command.ts";
import { writeEpilogue } from "./map.ts";

export function norm(kernel: OpKernel, out: CommandWriter): void {
  const input = kernel.inputs[0] as Operand;
  const [rows, n] = input.shape as [number, number];
  if (rows * n === 0) return;
  out.begin(kernel.op === "layerNorm" ? LAYER_NORM : RMS_NORM);
  writeEpilogue(out, kernel.epilogue);
  out.operand(kernel.output);
  out.operand(input);
  out.int(rows, n);
  out.float(kernel.attrs["epsilon"] as number);
  out.end();
}
