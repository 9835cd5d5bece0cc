/** Lowers convolution to the commands of `assembly/conv2d.ts` and faster ways (`conv2d-route.ts`), on weights as they are or packed. */
import { CONV2D } from "../../../assembly/kernels.ts";
import type { Operand, OpKernel } from "../../compiler/kernel.ts";
import type { CommandWriter } from "./command.ts";
import { writeChannel, writeDepthwise } from "./conv2d-depthwise.ts";
import { writePointwise } from "./conv2d-pointwise.ts";
import { writeProduct } from "./conv2d-product.ts";
import { forward, routeOf } from "./conv2d-route.ts";
import type { Quad, Sizes } from "./conv2d-sizes.ts";
import { line, rowsThatFit, sizes, stageSize, write } from "./conv2d-stage.ts";
import { type TailedKernel, takeTail } from "./conv2d-tail.ts";
import { writeWinograd } from "./conv2d-winograd.ts";

export function conv2d(kernel: OpKernel, out: CommandWriter, free = false): void {
  const [x, w] = kernel.inputs as readonly [Operand, Operand];
  convolve(kernel, out, sizes(kernel, x, w.shape as Quad, kernel.output), free, false);
}

/** The same on weights that `conv2d-pack.ts` laid out. */
export function conv2dPacked(kernel: OpKernel, out: CommandWriter, free = false): void {
  const weight = kernel.attrs["weight"] as Quad;
  convolve(kernel, out, sizes(kernel, kernel.inputs[0] as Operand, weight, kernel.output), free, true);
}

function convolve(kernel: OpKernel, out: CommandWriter, s: Sizes, free: boolean, packed: boolean): void {
  const route = routeOf(s, packed);
  if (route.way === "product") {
    const [x, w] = kernel.inputs as readonly [Operand, Operand];
    writeProduct(kernel, out, s, [x, w, kernel.output], "y");
    return;
  }
  const tailed = takeTail(kernel, free);
  if (route.way === "pointwise") writePointwise(tailed, out, s, packed);
  else if (route.way === "depthwise") writeDepthwise(tailed, out, s, false);
  else if (route.way === "channel") writeChannel(tailed, out, s);
  else if (route.way === "winograd") writeWinograd(tailed, out, forward(s), route.plan);
  else writeDirect(tailed, out, s, route.points, packed);
}

function writeDirect(kernel: TailedKernel, out: CommandWriter, s: Sizes, points: boolean, packed: boolean): void {
  const [o, cg, kh, kw] = s.w;
  const [, , oh, ow] = s.y;
  const rows = rowsThatFit(oh, (rows) => cg * stageSize(s, rows, ow));
  const offsets = points ? line(4 * rows * ow) + 64 : 0;
  const panel = points ? 32 * Math.ceil(o / s.groups / 8) : 16 * Math.ceil(o / s.groups / 4);
  const taps = cg * kh * kw;
  out.scratch(line(4 * taps) + offsets + (packed ? 0 : line(panel * taps)) + 4 * cg * stageSize(s, rows, ow) + 64);
  write(out, CONV2D, kernel, s, rows, (points ? 1 : 0) + (packed ? 2 : 0));
}
