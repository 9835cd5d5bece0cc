/** Lays out right factors that never change (`assembly/matmul-pack.ts`), and those of the recurrent cells' steps. */
import { NR } from "../../../assembly/gemm-blocks.ts";
import { MATMUL_PACK } from "../../../assembly/kernels.ts";
import type { Operand, OpKernel } from "../../compiler/kernel.ts";
import { sizeOf } from "../../core/shape.ts";
import { Node } from "../../graph/node.ts";
import * as ops from "../../ops/matmul-packed.ts";
import { permute, reshape } from "../../ops/movement.ts";
import type { CommandWriter } from "./command.ts";
import { singleRows } from "./matmul.ts";

/** Columns of a panel: one row of the left factor walks straight lines, more rows take the register tiles. */
const widthFor = (rows: number): number => (rows <= singleRows ? 32 : NR);

/** A product by a packed factor, where the last panel is not most of it. */
export function packMatmul(node: Node): Node | null {
  const b = node.inputs[1] as Node;
  const [k = 0, n = 0] = b.shape;
  return b.shape.length === 2 && n >= 2 * NR && k >= NR
    ? ops.matmulPacked(node, ops.matmulPack(b, widthFor(node.shape[0] as number)))
    : null;
}

/** A cell whose recurrent weights are packed gate by gate, transposed. */
export function packRecurrent(node: Node): Node | null {
  const [x, r, ...rest] = node.inputs as [Node, Node, ...Node[]];
  const [directions, wide, h] = r.shape as [number, number, number];
  if (h < NR) return null;
  const gates = permute(reshape(r, [(directions * wide) / h, h, h]), [0, 2, 1]);
  const attrs = { ...node.attrs, packed: true };
  return new Node(
    node.op,
    [x, ops.matmulPack(gates, x.shape[1] === 1 ? 32 : NR), ...rest],
    attrs,
    node.shape,
    node.dtype,
  );
}

export function matmulPack({ inputs: [input], output, attrs }: OpKernel, out: CommandWriter): void {
  const b = input as Operand;
  const [k, n] = b.shape.slice(-2) as [number, number];
  out.begin(MATMUL_PACK);
  out.operand(b);
  out.operand(output);
  out.int(sizeOf(b.shape.slice(0, -2)), k, n, b.strides.at(-3) ?? 0, ...b.strides.slice(-2));
  out.int(attrs["width"] as number);
  out.end();
}
