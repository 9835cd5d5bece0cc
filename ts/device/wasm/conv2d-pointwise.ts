/** Lowers pointwise convolutions of stride 1 without padding to `assembly/conv2d-pointwise.ts`. */
import { CONV2D_POINTWISE } from "../../../assembly/kernels.ts";
import type { Operand } from "../../compiler/kernel.ts";
import type { CommandWriter } from "./command.ts";
import type { Sizes } from "./conv2d-sizes.ts";
import { type TailedKernel, writeTail } from "./conv2d-tail.ts";
import { writeEpilogue } from "./map.ts";

/** Floats of a chunk of pixels: in the first-level cache where a group's weights are there too, else in the second. */
const NEAR = 4096;
const FAR = 24576;

const line = (bytes: number): number => (bytes + 63) & ~63;
const clamp = (value: number, low: number, high: number): number => Math.max(low, Math.min(high, value));

/** Is every output a sum over the channels of one pixel, with more than one of both? */
export function isPointwise({ x, w, stride, padding }: Sizes): boolean {
  const steps = stride[0] * stride[1] === 1 && padding.every((p) => p === 0);
  return steps && w[2] * w[3] === 1 && x[2] * x[3] > 1 && w[0] > 2;
}

/** Writes the command; `packed`: the weights are panels already. */
export function writePointwise(kernel: TailedKernel, out: CommandWriter, s: Sizes, packed: boolean): void {
  const [n, , h, w] = s.x;
  const c = s.w[1];
  const o = s.w[0] / s.groups;
  const pixels = h * w;
  const copied = o > 8 && c > 4;
  const most = o * c <= NEAR ? NEAR : o * c <= 4 * FAR ? FAR : 4 * FAR;
  const columns = copied ? clamp(8 * Math.floor(most / c / 8), 16, 512) : 512;
  out.begin(CONV2D_POINTWISE);
  out.operand(kernel.inputs[0] as Operand);
  out.operand(kernel.inputs[1] as Operand);
  out.operand(kernel.output);
  writeEpilogue(out, kernel.epilogue);
  out.int(n, s.groups, c, o, pixels, columns, packed ? 1 : 0, copied ? 1 : 0);
  writeTail(out, kernel);
  out.scratch((packed ? 0 : line(16 * Math.ceil(o / 4) * c)) + (copied ? 4 * c * columns : 0) + 64);
  out.end();
}
