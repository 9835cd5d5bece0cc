/** Lowers products of 8-bit integers: `assembly/pack-integer.ts`, `matmul-integer.ts` and `conv2d-integer.ts`. */
import { GROUPS, ROWS } from "../../../assembly/integer-blocks.ts";
import { CONV2D_INTEGER, MATMUL_INTEGER, PACK_INTEGER } from "../../../assembly/kernels.ts";
import type { Operand, OpKernel } from "../../compiler/kernel.ts";
import { dtypes } from "../../core/dtype.ts";
import type { CommandWriter } from "./command.ts";
import type { Attributes, Quad, Sizes } from "./conv2d-sizes.ts";
import { BAND, line, stageSize } from "./conv2d-stage.ts";
import { writeEpilogue } from "./map.ts";

/**
 * Appends an operand that is read by bytes, its offset in bytes, or that it is not there. A number of the program is a word, of
 * which the first byte is read.
 */
function bytesOf(out: CommandWriter, operand: Operand | undefined): void {
  if (operand === undefined) out.int(-1, 0);
  else out.int(operand.buffer, operand.offset * dtypes[operand.dtype].bytes);
}

/** Appends batch axes: rank, sizes, then each operand's strides (0s for one that is not there). */
function batch(out: CommandWriter, shape: readonly number[], ...operands: readonly (Operand | undefined)[]): void {
  const rank = shape.length;
  out.int(rank, ...shape);
  for (const operand of operands) out.int(...(operand?.strides.slice(0, rank) ?? shape.map(() => 0)));
}

const last = (values: readonly number[] | undefined, i: number): number => values?.[values.length - i] ?? 0;

const unsigned = ({ attrs }: OpKernel): number => (attrs["unsigned"] === true ? 1 : 0);

export function packInteger(kernel: OpKernel, out: CommandWriter): void {
  const [from, zero] = kernel.inputs as readonly [Operand, Operand | undefined];
  const lines = last(from.shape, 2);
  out.begin(PACK_INTEGER);
  bytesOf(out, from);
  bytesOf(out, kernel.output);
  bytesOf(out, zero);
  out.int(last(zero?.strides, 1), lines, last(from.shape, 1), last(from.strides, 2), last(from.strides, 1));
  out.int(kernel.attrs["width"] as number, unsigned(kernel), last(kernel.output.shape, 1));
  batch(out, from.shape.slice(0, -2), from, zero);
  out.scratch(Math.max(384, 4 * (lines + 16)));
  out.end();
}

export function matmulInteger(kernel: OpKernel, out: CommandWriter): void {
  const [a, b, zero] = kernel.inputs as readonly [Operand, Operand, Operand | undefined];
  const k = last(a.shape, 1);
  out.begin(MATMUL_INTEGER);
  bytesOf(out, a);
  bytesOf(out, b);
  out.operand(kernel.output);
  writeEpilogue(out, kernel.epilogue);
  bytesOf(out, zero);
  out.int(last(a.shape, 2), last(kernel.output.shape, 1), k, last(a.strides, 2), last(a.strides, 1), unsigned(kernel));
  batch(out, a.shape.slice(0, -2), a, b, zero);
  out.int(last(zero?.strides, 1));
  out.scratch(12 * (ROWS + 8) + 4 * ROWS * Math.min(GROUPS, Math.ceil(k / 2)));
  out.end();
}

export function conv2dInteger(kernel: OpKernel, out: CommandWriter): void {
  const [x, weights, zero] = kernel.inputs as readonly [Operand, Operand, Operand | undefined];
  const attrs = kernel.attrs as unknown as Attributes & { window: readonly [number, number] };
  const [kh, kw] = attrs.window;
  const y = kernel.output.shape as Quad;
  const [n, o, oh, ow] = y;
  const { stride, padding, dilation, groups } = attrs;
  const cg = (x.shape[1] as number) / groups;
  const s: Sizes = { ...attrs, x: x.shape as Quad, w: [o, cg, kh, kw], y };
  const taps = cg * kh * kw;
  const bytes = (rows: number): number => Math.max(cg * stageSize(s, rows, ow), (4 * o * rows * ow) / groups);
  // At least four units of work, for threads to share; a staged band and its outputs stay in the second-level cache.
  let rows = Math.ceil(oh / Math.max(1, Math.ceil(4 / (n * groups))));
  while (rows > 1 && bytes(rows) > BAND) rows = Math.ceil(rows / 2);
  out.begin(CONV2D_INTEGER);
  bytesOf(out, x);
  bytesOf(out, weights);
  out.operand(kernel.output);
  writeEpilogue(out, kernel.epilogue);
  out.int(...(x.shape as Quad), o, kh, kw, oh, ow);
  out.int(...stride, padding[0], padding[1], ...dilation, groups, rows, unsigned(kernel));
  bytesOf(out, zero);
  out.int(last(weights.shape, 1));
  const packed = 4 * ROWS * Math.min(GROUPS, Math.ceil(taps / 2));
  const stage = line(cg * stageSize(s, rows, ow)) + 16;
  const widened = cg === 1 ? 2 * stage : 0;
  out.scratch(line(4 * (taps + 1)) + 8 * (ROWS + 8) + 64 + packed + 64 + stage + widened + 64);
  out.end();
}
