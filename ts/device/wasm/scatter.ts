/** Writes the commands of `assembly/scatter.ts`. */
import { SCATTER } from "../../../assembly/kernels.ts";
import type { Operand, OpKernel } from "../../compiler/kernel.ts";
import { dtypes } from "../../core/dtype.ts";
import { reductions, type ScatterReduction } from "../../ops/scatter.ts";
import type { CommandWriter } from "./command.ts";
import { laneOf } from "./lane.ts";
import { writeEpilogue } from "./map.ts";

export function scatter(kernel: OpKernel, out: CommandWriter): void {
  const [x, index, updates] = kernel.inputs as readonly [Operand, Operand, Operand];
  const reduction = reductions.indexOf(kernel.attrs.reduction as ScatterReduction);
  out.begin(SCATTER);
  writeEpilogue(out, kernel.epilogue);
  out.operand(kernel.output);
  out.operand(x);
  out.operand(index);
  out.operand(updates);
  out.int(reduction, reduction === 0 ? 0 : laneOf("scatter", x.dtype), Math.log2(dtypes[x.dtype].bytes));
  out.int(x.shape[0] as number, index.shape[0] as number, x.shape[1] as number);
  out.end();
}
