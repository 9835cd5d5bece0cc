/** Writes the commands of `assembly/gather.ts`. */
import { CHECK_INDEX, GATHER, SCATTER_ADD } from "../../../assembly/kernels.ts";
import type { Operand, OpKernel } from "../../compiler/kernel.ts";
import { dtypes } from "../../core/dtype.ts";
import { sizeOf } from "../../core/shape.ts";
import type { CommandWriter } from "./command.ts";
import { laneOf } from "./lane.ts";
import { writeEpilogue } from "./map.ts";

interface GatherAttrs {
  readonly axis: number;
  readonly mode: "take" | "elements";
}

/** o, n and i of the shape viewed as [o, n, i] around the axis. */
function split(shape: readonly number[], axis: number): [o: number, n: number, i: number] {
  return [sizeOf(shape.slice(0, axis)), shape[axis] as number, sizeOf(shape.slice(axis + 1))];
}

function write(out: CommandWriter, kernel: OpKernel, kind: number, target: readonly number[]): void {
  const { axis, mode } = kernel.attrs as unknown as GatherAttrs;
  const [input, index] = kernel.inputs as readonly [Operand, Operand];
  const [o, n, i] = split(target, axis);
  const j = mode === "take" ? sizeOf(index.shape) : (index.shape[axis] as number);
  writeEpilogue(out, kernel.epilogue);
  out.operand(kernel.output);
  out.operand(input);
  out.operand(index);
  out.int(mode === "take" ? 0 : 1, kind, o, n, j, i);
}

export function gather(kernel: OpKernel, out: CommandWriter): void {
  const input = kernel.inputs[0] as Operand;
  out.begin(GATHER);
  write(out, kernel, Math.log2(dtypes[input.dtype].bytes), input.shape);
  out.end();
}

export function scatterAdd(kernel: OpKernel, out: CommandWriter): void {
  const { dtype, shape } = kernel.output;
  out.begin(SCATTER_ADD);
  write(out, kernel, laneOf("scatterAdd", dtype), shape);
  out.end();
}

export function checkIndex(kernel: OpKernel, out: CommandWriter): void {
  const index = kernel.inputs[0] as Operand;
  out.begin(CHECK_INDEX);
  writeEpilogue(out, kernel.epilogue);
  out.operand(kernel.output);
  out.operand(index);
  out.int(sizeOf(index.shape), kernel.attrs.size as number);
  out.end();
}
