/** Writes the commands of `assembly/scan.ts`. */
import { SCAN } from "../../../assembly/kernels.ts";
import type { Operand, OpKernel } from "../../compiler/kernel.ts";
import { sizeOf } from "../../core/shape.ts";
import type { CommandWriter } from "./command.ts";
import { laneOf } from "./lane.ts";

export function scan(kernel: OpKernel, out: CommandWriter): void {
  const [x] = kernel.inputs as readonly [Operand];
  const { axis, exclusive, reverse } = kernel.attrs as { axis: number; exclusive: boolean; reverse: boolean };
  const { shape } = x;
  out.begin(SCAN);
  out.operand(kernel.output);
  out.operand(x);
  out.int(laneOf(kernel.op, x.dtype), Number(kernel.op === "cumprod"), Number(exclusive), Number(reverse));
  out.int(sizeOf(shape.slice(0, axis)), shape[axis] as number, sizeOf(shape.slice(axis + 1)));
  out.end();
}
