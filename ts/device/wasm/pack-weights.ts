/** The kernels that read constant weights in a layout of their own, by op. */
import type { Node } from "../../graph/node.ts";
import { packConv2d, packConv2dInput } from "./conv2d-pack.ts";
import { packMatmul, packRecurrent } from "./matmul-pack.ts";

const rows: { readonly [op: string]: (node: Node) => Node | null } = {
  conv2d: packConv2d,
  conv2dInput: packConv2dInput,
  gru: packRecurrent,
  lstm: packRecurrent,
  matmul: packMatmul,
  rnn: packRecurrent,
};

export function packWeights(node: Node): Node | null {
  return rows[node.op.name]?.(node) ?? null;
}
