/** Lowers products by packed weights: `assembly/matmul-nbits.ts`. */
import { MATMUL_NBITS } from "../../../assembly/kernels.ts";
import type { Operand, OpKernel } from "../../compiler/kernel.ts";
import type { CommandWriter } from "./command.ts";
import { writeEpilogue } from "./map.ts";

/** Bytes of copied rows: they stay in the second-level cache beside a panel. */
const COPIES = 256 * 1024;

export function matmulNBits(kernel: OpKernel, out: CommandWriter): void {
  const { bits, block } = kernel.attrs as { bits: number; block: number };
  const [a] = kernel.inputs as readonly [Operand, ...Operand[]];
  const [m, k] = a.shape as [number, number];
  const [, n] = kernel.output.shape as [number, number];
  const blocks = Math.ceil(k / block);
  const pitch = 4 * blocks * block;
  const rows = Math.max(1, Math.min(m, Math.max(4, Math.floor(COPIES / Math.max(pitch, 1)))));
  out.begin(MATMUL_NBITS);
  for (const input of kernel.inputs) out.operand(input);
  out.operand(kernel.output);
  writeEpilogue(out, kernel.epilogue);
  out.int(m, n, k, bits, block, rows);
  out.scratch(rows * pitch + (m === 1 ? 4 * blocks : 64 * 256));
  out.end();
}
