/** The ATTENTION command: see `assembly/attention.ts`. */
import { COLUMNS, COPY, ROWS } from "../../../assembly/attention-routes.ts";
import { ATTENTION } from "../../../assembly/kernels.ts";
import type { Operand, OpKernel } from "../../compiler/kernel.ts";
import { sizeOf } from "../../core/shape.ts";
import type { AttentionAttrs } from "../../ops/attention.ts";
import type { CommandWriter } from "./command.ts";

/** Scores that a block holds, for the second-level cache, and the most rows of one. */
const BLOCK_SCORES = 32768;
const BLOCK_ROWS = 64;

export function attention(kernel: OpKernel, out: CommandWriter): void {
  const [q, k, v, ...rest] = kernel.inputs as [Operand, Operand, Operand, ...Operand[]];
  if (sizeOf(kernel.output.shape) === 0) return;
  const { scale, softcap, offset, left, right, given, blank } = kernel.attrs as unknown as AttentionAttrs;
  const names = given.split(",");
  const mask = rest[names.indexOf("mask")];
  const lengths = rest[names.indexOf("lengths")];
  const [b, hq, tq, d] = q.shape as [number, number, number, number];
  const [, hk, tk] = k.shape as [number, number, number];
  const dv = v.shape[3] as number;
  const rows = Math.max(1, Math.min(tq, BLOCK_ROWS, Math.floor(BLOCK_SCORES / Math.max(1, tk)) & ~3 || 4));
  const kRoute = contiguous(k, 3) ? ROWS : contiguous(k, 2) ? COLUMNS : COPY;
  const vRoute = contiguous(v, 3) ? ROWS : COPY;
  const optional = (operand: Operand | undefined): void => {
    if (operand === undefined) out.int(-1, 0);
    else out.operand(operand);
  };
  out.begin(ATTENTION);
  for (const operand of [kernel.output, q, k, v]) out.operand(operand);
  optional(mask);
  out.int(b, hq, hk, tq, tk, d, dv, rows, offset, left, right);
  out.int(...q.strides, ...(mask?.strides ?? [0, 0, 0, 0]), kRoute, vRoute);
  out.float(scale, softcap);
  out.int(...k.strides, ...v.strides);
  optional(lengths);
  out.float(blank === "nan" ? Number.NaN : 0);
  const padded = (n: number): number => (n + 3) & ~3;
  const copies = (kRoute === COPY ? padded(d) * tk : 0) + (vRoute === COPY ? padded(dv) * tk : 0);
  out.scratch(4 * (rows * (padded(d) + padded(tk)) + copies) + 64);
  out.end();
}

const contiguous = (x: Operand, axis: number): boolean => x.strides[axis] === 1 || x.shape[axis] === 1;
