/** What the lowerings of the direct convolutions share: the size of their stage, and their arguments (`assembly/conv2d-shape.ts`). */
import type { Operand, OpKernel } from "../../compiler/kernel.ts";
import type { CommandWriter } from "./command.ts";
import type { Attributes, Quad, Sizes } from "./conv2d-sizes.ts";
import { type TailedKernel, writeTail } from "./conv2d-tail.ts";
import { writeEpilogue } from "./map.ts";

/** Bytes of a staged band: it stays in the second-level cache beside the weights. */
export const BAND: number = 192 * 1024;

export const line = (bytes: number): number => (bytes + 63) & ~63;
export const clamp = (value: number, low: number, high: number): number =>
  Math.max(low, Math.min(high, Math.floor(value)));

export function sizes(kernel: OpKernel, x: Operand, w: Quad, y: Operand): Sizes {
  const attrs = kernel.attrs as unknown as Attributes;
  return { ...attrs, x: x.shape as Quad, w, y: y.shape as Quad };
}

/** Writes a command of `assembly/conv2d*.ts` whose arguments are those of `conv2d-shape.ts`. */
export function write(
  out: CommandWriter,
  number: number,
  kernel: TailedKernel,
  s: Sizes,
  rows: number,
  choice: number,
): void {
  out.begin(number);
  out.operand(kernel.inputs[0] as Operand);
  out.operand(kernel.inputs[1] as Operand);
  out.operand(kernel.output);
  writeEpilogue(out, kernel.epilogue);
  out.int(...s.x, s.w[0], s.w[2], s.w[3], s.y[2], s.y[3]);
  out.int(...s.stride, s.padding[0], s.padding[1], ...s.dilation, s.groups, rows, choice);
  writeTail(out, kernel);
  out.end();
}

/** Pixels of the stage of `rows` output rows of `ow` columns, one channel: `conv2d-shape.ts`. */
export function stageSize(
  { stride: [sh, sw], dilation: [dh, dw], w: [, , kh, kw] }: Sizes,
  rows: number,
  ow: number,
): number {
  const hq = rows + Math.floor(((kh - 1) * dh) / sh);
  return sh * sw * hq * (ow + Math.floor(((kw - 1) * dw) / sw));
}

/** The most rows of a band, of at most `limit`, whose `floats(rows)` fit. */
export function rowsThatFit(limit: number, floats: (rows: number) => number): number {
  const one = floats(1);
  const more = floats(2) - one;
  return clamp(1 + (BAND / 4 - one) / Math.max(more, 1), 1, Math.max(limit, 1));
}

/** Is it a convolution of stride 1 with a kernel of `k` × `k`? */
export function minimal({ w, stride, dilation, groups }: Sizes, k: 3 | 5 = 3): boolean {
  return groups === 1 && w[2] === k && w[3] === k && [...stride, ...dilation].every((v) => v === 1);
}
