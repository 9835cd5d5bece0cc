/** Writes the commands of `assembly/pool2d.ts` and `assembly/pool2d-backward.ts`. */
import * as numbers from "../../../assembly/kernels.ts";
import type { Operand, OpKernel } from "../../compiler/kernel.ts";
import { sizeOf } from "../../core/shape.ts";
import type { Pool2dAttrs } from "../../ops/pool2d.ts";
import type { CommandWriter } from "./command.ts";
import { writeEpilogue } from "./map.ts";

/** `x` and `y` are the shapes of the pooled tensor and of the pooling's result, whichever of them is read or written. */
function write(out: CommandWriter, number: number, kernel: OpKernel, x: readonly number[], y: readonly number[]): void {
  const attrs = kernel.attrs as unknown as Pool2dAttrs;
  const [h, w] = x.slice(-2) as [number, number];
  const [oh, ow] = y.slice(-2) as [number, number];
  const [top, left, bottom, right] = attrs.padding;
  const [kw, sw, dw] = [attrs.kernel[1], attrs.stride[1], attrs.dilation[1]];
  const vectors = (ow + 3) & ~3;
  const width = (Math.max(left + w, (vectors - 1) * sw + (kw - 1) * dw + 1) + 31) & ~15;
  const input = kernel.inputs[0] as Operand;
  out.begin(number);
  writeEpilogue(out, kernel.epilogue);
  out.operand(kernel.output);
  out.operand(input);
  out.operand(kernel.inputs[1] ?? input);
  out.int(sizeOf(x.slice(0, -2)), h, w, oh, ow, ...attrs.kernel, ...attrs.stride, top, left, bottom, right);
  out.int(...attrs.dilation, attrs.countIncludePad === true ? 1 : 0, width);
  out.scratch(4 * (width + 2 * (vectors + 4)));
  out.end();
}

const shapeOf = (operand: Operand | undefined): readonly number[] => (operand as Operand).shape;

export function maxPool2d(kernel: OpKernel, out: CommandWriter): void {
  write(out, numbers.MAX_POOL2D, kernel, shapeOf(kernel.inputs[0]), kernel.output.shape);
}

export function maxPool2dBackward(kernel: OpKernel, out: CommandWriter): void {
  write(out, numbers.MAX_POOL2D_BACKWARD, kernel, shapeOf(kernel.inputs[0]), shapeOf(kernel.inputs[1]));
}

export function maxPool2dGather(kernel: OpKernel, out: CommandWriter): void {
  write(out, numbers.MAX_POOL2D_GATHER, kernel, shapeOf(kernel.inputs[0]), kernel.output.shape);
}

export function avgPool2d(kernel: OpKernel, out: CommandWriter): void {
  write(out, numbers.AVG_POOL2D, kernel, shapeOf(kernel.inputs[0]), kernel.output.shape);
}

export function avgPool2dBackward(kernel: OpKernel, out: CommandWriter): void {
  write(out, numbers.AVG_POOL2D_BACKWARD, kernel, kernel.output.shape, shapeOf(kernel.inputs[0]));
}
