/** Lowers both gradients of a convolution: the commands of `assembly/conv2d-input.ts` and `conv2d-weight.ts`, and faster ways. */
import * as numbers from "../../../assembly/kernels.ts";
import type { Operand, OpKernel } from "../../compiler/kernel.ts";
import type { CommandWriter } from "./command.ts";
import { writeDepthwise } from "./conv2d-depthwise.ts";
import { writeProduct } from "./conv2d-product.ts";
import { backward, forward, routeOfInput } from "./conv2d-route.ts";
import type { Quad, Sizes } from "./conv2d-sizes.ts";
import { BAND, clamp, line, minimal, rowsThatFit, sizes, stageSize, write } from "./conv2d-stage.ts";
import { type TailedKernel, takeTail } from "./conv2d-tail.ts";
import { writeWinograd, writeWinogradInput, writeWinogradWeight } from "./conv2d-winograd.ts";

/** Bytes of packed weights. */
const PACKED = 2 * 1024 * 1024;

export function conv2dInput(kernel: OpKernel, out: CommandWriter, free = false): void {
  const [dy, w] = kernel.inputs as readonly [Operand, Operand];
  transposed(kernel, out, sizes(kernel, kernel.output, w.shape as Quad, dy), free, false);
}

/** The same on weights that `conv2d-pack.ts` laid out. */
export function conv2dInputPacked(kernel: OpKernel, out: CommandWriter, free = false): void {
  const weight = kernel.attrs["weight"] as Quad;
  transposed(kernel, out, sizes(kernel, kernel.output, weight, kernel.inputs[0] as Operand), free, true);
}

function transposed(kernel: OpKernel, out: CommandWriter, s: Sizes, free: boolean, packed: boolean): void {
  const route = routeOfInput(s, packed);
  const [dy, w] = kernel.inputs as readonly [Operand, Operand];
  if (route.way === "product" && writeProduct(kernel, out, s, [kernel.output, w, dy], "x")) return;
  if (route.way === "winograd5") {
    writeWinogradInput(kernel, out, forward(s));
    return;
  }
  const tailed = takeTail(kernel, free);
  if (route.way === "depthwise") writeDepthwise(tailed, out, route.turned, true);
  else if (route.way === "winograd") writeWinograd(tailed, out, backward(s), route.plan);
  else writeDirect(tailed, out, s, packed);
}

function writeDirect(kernel: TailedKernel, out: CommandWriter, s: Sizes, packed: boolean): void {
  const [o, cg, kh, kw] = s.w;
  const [, , h, w] = s.x;
  const og = o / s.groups;
  const taps = og * kh * kw;
  const [sh, sw] = s.stride;
  const bands = Math.floor((h - 1 + s.padding[0]) / sh) + 1;
  const hq = Math.floor(((kh - 1) * s.dilation[0]) / sh);
  const wq = Math.floor((w - 1 + s.padding[1]) / sw) + 1 + Math.floor(((kw - 1) * s.dilation[1]) / sw);
  const rows = rowsThatFit(bands, (rows) => og * (rows + hq) * wq);
  const chunk = packed ? 0 : clamp(PACKED / (16 * taps), 1, Math.ceil(cg / 4));
  out.scratch(line(4 * sh * bands) + line(4 * taps) + line(16 * chunk * taps) + 4 * og * (rows + hq) * wq + 64);
  write(out, numbers.CONV2D_INPUT, kernel, s, rows, chunk);
}

/** A pointwise convolution knows no rows: as one long row it has no vectors cut short. */
function flatten(s: Sizes): Sizes {
  const pointwise = s.w[2] * s.w[3] === 1 && s.stride[0] * s.stride[1] === 1 && s.padding.every((p) => p === 0);
  if (!pointwise) return s;
  const plane = s.x[2] * s.x[3];
  return { ...s, dilation: [1, 1], x: [s.x[0], s.x[1], 1, plane], y: [s.y[0], s.y[1], 1, plane] };
}

export function conv2dWeight(kernel: OpKernel, out: CommandWriter): void {
  const [x, dy] = kernel.inputs as readonly [Operand, Operand];
  const whole = sizes(kernel, x, kernel.output.shape as Quad, dy);
  if (writeProduct(kernel, out, whole, [x, kernel.output, dy], "w")) return;
  const taps = minimal(whole) ? 3 : 5;
  if (minimal(whole, taps)) {
    const [n, c, h, w] = whole.x;
    const [, o, oh, ow] = whole.y;
    const conv = { n, c, h, w, o, oh, ow, top: whole.padding[0], left: whole.padding[1], flipped: false };
    if (writeWinogradWeight(kernel, out, conv, taps)) return;
  }
  const s = flatten(whole);
  const [o, cg, kh, kw] = s.w;
  const [, , oh, ow] = s.y;
  const og = o / s.groups;
  const wide = Math.ceil(ow / 4);
  const floats = (rows: number): number => cg * stageSize(s, rows, 4 * wide) + og * rows * wide * 4;
  const rows = rowsThatFit(oh, floats);
  const images = rows < oh ? 1 : clamp(Math.min(BAND / 4 / floats(oh), 512 / (oh * wide)), 1, Math.max(s.x[0], 1));
  const band = images * rows * wide;
  out.scratch(
    line(4 * cg * kh * kw) +
      line(4 * band) +
      line(16 * og * band) +
      4 * images * cg * stageSize(s, rows, 4 * wide) +
      64,
  );
  write(out, numbers.CONV2D_WEIGHT, kernel, s, rows, images);
}
