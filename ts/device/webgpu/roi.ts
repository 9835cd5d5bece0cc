/** Lowers pooling over boxes to shaders/roi.wgsl. */
import roiText from "../../../shaders/roi.wgsl";
import type { Operand, OpKernel } from "../../compiler/kernel.ts";
import { sizeOf } from "../../core/shape.ts";
import { checkOutput, type Dispatch, dispatchWork } from "./dispatch.ts";
import { failureOf } from "./failures.ts";
import type { Context } from "./operands.ts";

/** Below any size of a box. */
const lowest = -3.4e38;

export function roi(kernel: OpKernel, context: Context): Dispatch[] {
  const { op, output } = kernel;
  const [x, boxes, image] = kernel.inputs as readonly [Operand, Operand, Operand];
  const count = sizeOf(output.shape);
  if (count === 0) return [];
  checkOutput(op, output);
  const { scale, points = 0, maximum = false, halfPixel = false } = kernel.attrs as Record<string, number | boolean>;
  const [n, c, height, width] = x.shape as [number, number, number, number];
  const [, , h, w] = output.shape as [number, number, number, number];
  const work = {
    text: roiText,
    count,
    reads: { x, boxes, image },
    writes: { y: output },
    numbers: {
      ...{ n, c, height, width, h, w },
      points: Number(points),
      greatest: Number(maximum),
      scale: { f32: Number(scale) },
      shift: { f32: halfPixel === true ? 0.5 : 0 },
      least: { f32: halfPixel === true ? lowest : 1 },
    },
    constants: { align: Number(op === "roiAlign") },
    sections: { functions: "" },
    fails: failureOf(op),
  };
  return [dispatchWork(kernel, context, work)];
}
