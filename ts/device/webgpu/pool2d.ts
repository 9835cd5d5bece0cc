/** Lowers pooling and its gradients to shaders/pool2d.wgsl. */
import pool2dText from "../../../shaders/pool2d.wgsl";
import type { Operand, OpKernel } from "../../compiler/kernel.ts";
import { sizeOf } from "../../core/shape.ts";
import type { Pool2dAttrs } from "../../ops/pool2d.ts";
import type { Dispatch } from "./dispatch.ts";
import { dispatchKernel } from "./epilogue.ts";
import type { Context } from "./operands.ts";

/** In the order of the shader's kinds. */
const kinds = ["maxPool2d", "maxPool2dGather", "maxPool2dBackward", "avgPool2d", "avgPool2dBackward"];

export function pool2d(kernel: OpKernel, context: Context): Dispatch[] {
  const { op, inputs, output, attrs } = kernel;
  const { kernel: window, stride, padding, dilation, countIncludePad } = attrs as unknown as Pool2dAttrs;
  const count = sizeOf(output.shape);
  if (count === 0) return [];
  const x = inputs[0] as Operand;
  const g = inputs[1] ?? x;
  // The pooled tensor and the result of the pooling, whichever of them is read.
  const [wide, narrow] = op === "maxPool2dBackward" ? [x, g] : op === "avgPool2dBackward" ? [output, x] : [x, output];
  const [h, w] = wide.shape.slice(-2) as [number, number];
  const [oh, ow] = narrow.shape.slice(-2) as [number, number];
  const [stride_h, stride_w] = stride;
  const [dilation_h, dilation_w] = dilation;
  const [top, left, bottom, right] = padding;
  const work = {
    text: pool2dText,
    count,
    reads: { x, g },
    numbers: { h, w, oh, ow, stride_h, stride_w, dilation_h, dilation_w, top, left, bottom, right },
    constants: {
      kind: kinds.indexOf(op),
      window_h: window[0],
      window_w: window[1],
      padded: countIncludePad === true ? 1 : 0,
    },
  };
  return [dispatchKernel(kernel, context, work)];
}
