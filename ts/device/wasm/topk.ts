/** Writes the commands of `assembly/topk.ts`. */
import { TOPK } from "../../../assembly/kernels.ts";
import type { Operand, OpKernel } from "../../compiler/kernel.ts";
import { dtypes } from "../../core/dtype.ts";
import { sizeOf } from "../../core/shape.ts";
import type { CommandWriter } from "./command.ts";
import { laneOf } from "./lane.ts";

export function topk(kernel: OpKernel, out: CommandWriter): void {
  const [x] = kernel.inputs as readonly [Operand];
  const { axis, largest } = kernel.attrs as { axis: number; largest: boolean };
  const { shape } = x;
  const n = shape[axis] as number;
  out.begin(TOPK);
  out.operand(kernel.output);
  out.operand(x);
  out.int(laneOf(kernel.op, x.dtype), Number(largest));
  out.int(sizeOf(shape.slice(0, axis)), n, sizeOf(shape.slice(axis + 1)), kernel.output.shape[axis] as number);
  out.scratch((2 * n + 3) * 2 * dtypes[x.dtype].bytes);
  out.end();
}
