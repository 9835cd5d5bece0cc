/** Lowers weighted sums of a few elements along an axis to shaders/interpolate.wgsl. */
import interpolateText from "../../../shaders/interpolate.wgsl";
import type { Operand, OpKernel } from "../../compiler/kernel.ts";
import { sizeOf } from "../../core/shape.ts";
import type { Dispatch } from "./dispatch.ts";
import { dispatchKernel } from "./epilogue.ts";
import type { Context } from "./operands.ts";

export function interpolate(kernel: OpKernel, context: Context): Dispatch[] {
  const [x, index, weight] = kernel.inputs as readonly [Operand, Operand, Operand];
  const count = sizeOf(kernel.output.shape);
  if (count === 0) return [];
  const [o, n, inner] = x.shape as [number, number, number];
  const [b, p, k] = index.shape as [number, number, number];
  const work = {
    text: interpolateText,
    count,
    reads: { x, index, weight },
    numbers: { n, p, k, inner, share: o / b },
  };
  return [dispatchKernel(kernel, context, work)];
}
