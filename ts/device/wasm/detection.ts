/** Writes the commands of `assembly/nms.ts` and `assembly/roi.ts`. */
import { NMS, ROI_ALIGN, ROI_POOL } from "../../../assembly/kernels.ts";
import type { Operand, OpKernel } from "../../compiler/kernel.ts";
import type { CommandWriter } from "./command.ts";

export function nms(kernel: OpKernel, out: CommandWriter): void {
  const [boxes, scores] = kernel.inputs as readonly [Operand, Operand];
  const { overlap, score, centred } = kernel.attrs as { overlap: number; score: number; centred: boolean };
  const [b, c, n] = scores.shape as [number, number, number];
  const k = kernel.output.shape[2] as number;
  out.begin(NMS);
  out.operand(kernel.output);
  out.operand(boxes);
  out.operand(scores);
  out.int(b, c, n, k, Number(centred));
  out.float(score, overlap);
  out.scratch(8 * (n + 2) + 20 * k);
  out.end();
}

interface RoiAttrs {
  readonly scale: number;
  readonly points: number;
  readonly maximum: boolean;
  readonly halfPixel: boolean;
}

function write(kernel: OpKernel, number: number, out: CommandWriter): void {
  const [x, boxes, image] = kernel.inputs as readonly [Operand, Operand, Operand];
  const [r, , h, w] = kernel.output.shape as [number, number, number, number];
  const { scale } = kernel.attrs as unknown as RoiAttrs;
  out.begin(number);
  out.operand(kernel.output);
  out.operand(x);
  out.operand(boxes);
  out.operand(image);
  out.int(...x.shape, r, h, w);
  out.float(scale);
}

export function roiAlign(kernel: OpKernel, out: CommandWriter): void {
  const { points, maximum, halfPixel } = kernel.attrs as unknown as RoiAttrs;
  write(kernel, ROI_ALIGN, out);
  out.float(halfPixel ? 0.5 : 0);
  out.int(points, Number(maximum));
  out.float(halfPixel ? Number.NEGATIVE_INFINITY : 1);
  out.end();
}

export function roiPool(kernel: OpKernel, out: CommandWriter): void {
  write(kernel, ROI_POOL, out);
  out.end();
}
