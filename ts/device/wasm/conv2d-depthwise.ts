/**
 * Lowers depthwise convolutions: to `assembly/conv2d-depthwise.ts` where they are 3 × 3 and need no copy of their input, else
 * to `assembly/conv2d-channel.ts` where they have one output channel for every channel.
 */
import { CONV2D_CHANNEL, CONV2D_DEPTHWISE } from "../../../assembly/kernels.ts";
import type { CommandWriter } from "./command.ts";
import type { Sizes } from "./conv2d-sizes.ts";
import { line, stageSize, write } from "./conv2d-stage.ts";
import type { TailedKernel } from "./conv2d-tail.ts";

/** Most bytes of a staged plane. */
const MOST = 1024 * 1024;

/** Is this the way? The bounds on padding keep what is read within reach of the planes. */
export function suitsDepthwise(s: Sizes): boolean {
  const { stride, dilation, groups, padding } = s;
  const [, c, h] = s.x;
  const [, , oh, ow] = s.y;
  const [top, left] = padding;
  const shape = groups === c && s.w[1] === 1 && s.w[2] === 3 && s.w[3] === 3 && ow >= 4;
  const steps = stride[0] === stride[1] && stride[0] <= 2 && dilation[0] === 1 && dilation[1] === 1;
  const rows = top >= 0 && top <= 2 && (stride[0] === 2 || oh <= h + top);
  const columns = left >= 0 && left <= 2 && (ow - 1) * stride[1] + 3 - left <= s.x[3] + 2;
  return shape && steps && rows && columns;
}

/** Writes the command; `backwards`: the weights are read from the last to the first. */
export function writeDepthwise(kernel: TailedKernel, out: CommandWriter, s: Sizes, backwards: boolean): void {
  out.scratch(48);
  write(out, CONV2D_DEPTHWISE, kernel, s, s.y[2], backwards ? 1 : 0);
}

/** Is this the way? Planes that are staged whole stay near. */
export function suitsChannel(s: Sizes): boolean {
  const [, , oh, ow] = s.y;
  return s.groups === s.x[1] && s.groups === s.w[0] && ow >= 4 && 4 * stageSize(s, oh, ow) <= MOST;
}

export function writeChannel(kernel: TailedKernel, out: CommandWriter, s: Sizes): void {
  const [, , kh, kw] = s.w;
  const [, , oh, ow] = s.y;
  out.scratch(line(4 * kh * kw) + 4 * stageSize(s, oh, ow) + 128);
  write(out, CONV2D_CHANNEL, kernel, s, oh, 0);
}
