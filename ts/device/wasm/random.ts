/** Writes the command of `assembly/random.ts`. */
import { RANDOM } from "../../../assembly/kernels.ts";
import type { Operand, OpKernel } from "../../compiler/kernel.ts";
import { sizeOf } from "../../core/shape.ts";
import type { CommandWriter } from "./command.ts";
import { writeEpilogue } from "./map.ts";

export function random(kernel: OpKernel, out: CommandWriter): void {
  out.begin(RANDOM);
  writeEpilogue(out, kernel.epilogue);
  out.operand(kernel.output);
  out.operand(kernel.inputs[0] as Operand);
  out.int(sizeOf(kernel.output.shape));
  out.scratch(32);
  out.end();
}
