/** Writes the commands of `assembly/iota.ts`. */
import { IOTA } from "../../../assembly/kernels.ts";
import type { OpKernel } from "../../compiler/kernel.ts";
import { dtypes } from "../../core/dtype.ts";
import { sizeOf } from "../../core/shape.ts";
import type { CommandWriter } from "./command.ts";
import { writeEpilogue } from "./map.ts";

export function iota(kernel: OpKernel, out: CommandWriter): void {
  const { dtype, shape } = kernel.output;
  const { start, step } = kernel.attrs as { start: number; step: number };
  out.begin(IOTA);
  writeEpilogue(out, kernel.epilogue);
  out.operand(kernel.output);
  out.int(sizeOf(shape), dtypes[dtype].code);
  if (dtypes[dtype].float) out.float(start, step);
  else out.int(start, step);
  out.end();
}
