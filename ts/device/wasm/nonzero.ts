/** Writes the command of `assembly/nonzero.ts`. */
import { NONZERO } from "../../../assembly/kernels.ts";
import type { Operand, OpKernel } from "../../compiler/kernel.ts";
import { sizeOf } from "../../core/shape.ts";
import type { CommandWriter } from "./command.ts";

export function nonzero(kernel: OpKernel, out: CommandWriter): void {
  const [x] = kernel.inputs as readonly [Operand];
  out.begin(NONZERO);
  out.operand(kernel.output);
  out.operand(x);
  out.int(sizeOf(x.shape));
  out.end();
}
