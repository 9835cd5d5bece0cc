/** Writes the commands of `assembly/conv2d.ts`, `conv2d-depthwise.ts`, `conv2d-input.ts` and `conv2d-weight.ts`; arguments in `conv2d-shape.ts`. */
import * as numbers from "../../../assembly/kernels.ts";
import type { Operand, OpKernel } from "../../compiler/kernel.ts";
import type { CommandWriter } from "./command.ts";
import { isPointwise, writePointwise } from "./conv2d-pointwise.ts";
import { writeProduct } from "./conv2d-product.ts";
import type { Attributes, Quad, Sizes } from "./conv2d-sizes.ts";
import { type TailedKernel, takeTail, writeTail } from "./conv2d-tail.ts";
import { writeWinograd, writeWinogradInput, writeWinogradWeight } from "./conv2d-winograd.ts";
import { writeEpilogue } from "./map.ts";

/** Bytes of a staged band: it stays in the second-level cache beside the weights. */
const BAND = 192 * 1024;
/** Bytes of packed weights. */
const PACKED = 2 * 1024 * 1024;

const line = (bytes: number): number => (bytes + 63) & ~63;
const clamp = (value: number, low: number, high: number): number => Math.max(low, Math.min(high, Math.floor(value)));

function sizes(kernel: OpKernel, x: Operand, w: Operand, y: Operand): Sizes {
  const attrs = kernel.attrs as unknown as Attributes;
  return { ...attrs, x: x.shape as Quad, w: w.shape as Quad, y: y.shape as Quad };
}

/** A pointwise convolution knows no rows: as one long row it has no vectors cut short. */
function flatten(s: Sizes): Sizes {
  const pointwise = s.w[2] * s.w[3] === 1 && s.stride[0] * s.stride[1] === 1 && s.padding.every((p) => p === 0);
  if (!pointwise) return s;
  const plane = s.x[2] * s.x[3];
  return { ...s, dilation: [1, 1], x: [s.x[0], s.x[1], 1, plane], y: [s.y[0], s.y[1], 1, plane] };
}

function write(out: CommandWriter, number: number, kernel: TailedKernel, s: Sizes, rows: number, choice: number): void {
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

/** Floats of the stage of `rows` output rows of `ow` columns, one channel: `conv2d-shape.ts`. */
function stageSize({ stride: [sh, sw], dilation: [dh, dw], w: [, , kh, kw] }: Sizes, rows: number, ow: number): number {
  const hq = rows + Math.floor(((kh - 1) * dh) / sh);
  return sh * sw * hq * (ow + Math.floor(((kw - 1) * dw) / sw));
}

/** The most rows of a band, of at most `limit`, whose `floats(rows)` fit. */
function rowsThatFit(limit: number, floats: (rows: number) => number): number {
  const one = floats(1);
  const more = floats(2) - one;
  return clamp(1 + (BAND / 4 - one) / Math.max(more, 1), 1, Math.max(limit, 1));
}

/** Is it a convolution of stride 1 with a kernel of `k` × `k`? */
function minimal({ w, stride, dilation, groups }: Sizes, k: 3 | 5 = 3): boolean {
  return groups === 1 && w[2] === k && w[3] === k && [...stride, ...dilation].every((v) => v === 1);
}

/**
 * Writes a depthwise 3 × 3 convolution that needs no copy of its input (`assembly/conv2d-depthwise.ts`); false where this is
 * not the way. The bounds on padding keep what is read within reach of the planes.
 */
function writeDepthwise(kernel: TailedKernel, out: CommandWriter, s: Sizes, backwards: boolean): boolean {
  const { stride, dilation, groups, padding } = s;
  const [, c, h] = s.x;
  const [, , oh, ow] = s.y;
  const [top, left] = padding;
  const shape = groups === c && groups === s.w[0] && s.w[1] === 1 && s.w[2] === 3 && s.w[3] === 3 && ow >= 4;
  const steps = stride[0] === stride[1] && stride[0] <= 2 && dilation[0] === 1 && dilation[1] === 1;
  const rows = top >= 0 && top <= 2 && (stride[0] === 2 || oh <= h + top);
  const columns = left >= 0 && left <= 2 && (ow - 1) * stride[1] + 3 - left <= s.x[3] + 2;
  if (!(shape && steps && rows && columns)) return false;
  out.scratch(48);
  write(out, numbers.CONV2D_DEPTHWISE, kernel, s, oh, backwards ? 1 : 0);
  return true;
}

export function conv2d(plain: OpKernel, out: CommandWriter, free = false): void {
  const [x, weights] = plain.inputs as readonly [Operand, Operand];
  const s = sizes(plain, x, weights, plain.output);
  if (isPointwise(s)) {
    writePointwise(takeTail(plain, free), out, s, false);
    return;
  }
  if (writeProduct(plain, out, s, [x, weights, plain.output], "y")) return;
  const kernel = takeTail(plain, free);
  if (writeDepthwise(kernel, out, s, false)) return;
  const [n, c, h, w] = s.x;
  if (minimal(s)) {
    const conv = {
      n,
      c,
      h,
      w,
      o: s.w[0],
      oh: s.y[2],
      ow: s.y[3],
      top: s.padding[0],
      left: s.padding[1],
      flipped: false,
    };
    if (writeWinograd(kernel, out, conv)) return;
  }
  const [o, cg, kh, kw] = s.w;
  const [, , oh, ow] = s.y;
  const rows = rowsThatFit(oh, (rows) => cg * stageSize(s, rows, ow));
  const points = suitsPoints(s);
  const offsets = points ? line(4 * rows * ow) + 64 : 0;
  const packed = points ? 32 * Math.ceil(o / s.groups / 8) : 16 * Math.ceil(o / s.groups / 4);
  const taps = cg * kh * kw;
  out.scratch(line(4 * taps) + offsets + line(packed * taps) + 4 * cg * stageSize(s, rows, ow) + 64);
  write(out, numbers.CONV2D, kernel, s, rows, points ? 1 : 0);
}

/**
 * Tiles of 4 points × 8 channels waste nothing at a row's end and up to 7 channels; tiles of 4 channels × vectors of a row
 * the other way round.
 */
function suitsPoints({ y, groups }: Sizes): boolean {
  const [, o, oh, ow] = y;
  const points = Math.ceil((oh * ow) / 4) * 8 * Math.ceil(o / groups / 8);
  return points < 0.96 * oh * Math.ceil(ow / 4) * 4 * Math.ceil(o / groups / 4);
}

export function conv2dInput(plain: OpKernel, out: CommandWriter, free = false): void {
  const [dy, weights] = plain.inputs as readonly [Operand, Operand];
  const s = sizes(plain, plain.output, weights, dy);
  if (writeProduct(plain, out, s, [plain.output, weights, dy], "x")) return;
  const kernel = takeTail(plain, free);
  const [top, left] = s.padding;
  const turned: Sizes = { ...s, x: s.y, y: s.x, padding: [2 - top, 2 - left, 0, 0] };
  if (s.stride[0] === 1 && writeDepthwise(kernel, out, turned, true)) return;
  const [o, cg, kh, kw] = s.w;
  const [n, c, h, w] = s.x;
  if (minimal(s) && s.padding[0] <= 2 && s.padding[1] <= 2) {
    const [top, left] = [2 - s.padding[0], 2 - s.padding[1]];
    const conv = { n, c: o, h: s.y[2], w: s.y[3], o: c, oh: h, ow: w, top, left, flipped: true };
    if (writeWinograd(kernel, out, conv)) return;
  }
  if (minimal(s, 5)) {
    const conv = { n, c, h, w, o, oh: s.y[2], ow: s.y[3], top: s.padding[0], left: s.padding[1] };
    if (writeWinogradInput(plain, out, conv)) return;
  }
  const og = o / s.groups;
  const taps = og * kh * kw;
  const [sh, sw] = s.stride;
  const bands = Math.floor((h - 1 + s.padding[0]) / sh) + 1;
  const hq = Math.floor(((kh - 1) * s.dilation[0]) / sh);
  const wq = Math.floor((w - 1 + s.padding[1]) / sw) + 1 + Math.floor(((kw - 1) * s.dilation[1]) / sw);
  const rows = rowsThatFit(bands, (rows) => og * (rows + hq) * wq);
  const chunk = clamp(PACKED / (16 * taps), 1, Math.ceil(cg / 4));
  out.scratch(line(4 * sh * bands) + line(4 * taps) + line(16 * chunk * taps) + 4 * og * (rows + hq) * wq + 64);
  write(out, numbers.CONV2D_INPUT, kernel, s, rows, chunk);
}

export function conv2dWeight(kernel: OpKernel, out: CommandWriter): void {
  const [x, dy] = kernel.inputs as readonly [Operand, Operand];
  const whole = sizes(kernel, x, kernel.output, dy);
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
