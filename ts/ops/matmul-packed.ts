/**
 * Products by a factor laid out beforehand. Nobody writes these: a device puts them in the place of `matmul` where the factor
 * never changes (`compiler/passes/pack-weights.ts`), and knows the layout.
 */
import { sizeOf } from "../core/shape.ts";
import { Node, noAttrs, type Op } from "../graph/node.ts";

const matmulPackOp: Op = { name: "matmulPack", kind: "kernel", strided: [true], gradient: null };

const matmulPackedOp: Op = {
  name: "matmulPacked",
  kind: "kernel",
  strided: [true, false],
  epilogue: true,
  gradient: null,
};

/** The ops of this family; made after gradients were taken, so they have none. */
export const ops: readonly Op[] = [matmulPackOp, matmulPackedOp];

/** Matrices [..., k, n] in panels of `width` columns, what is left in panels of 8. */
export function matmulPack(b: Node, width: number): Node {
  const [k, n] = b.shape.slice(-2) as [number, number];
  const size = sizeOf(b.shape.slice(0, -2)) * Math.ceil(n / 8) * 8 * k;
  return new Node(matmulPackOp, [b], { width }, [size], "float32");
}

/** `node`, a product of two matrices, by a packed right factor. */
export function matmulPacked({ inputs: [a], shape }: Node, packed: Node): Node {
  return new Node(matmulPackedOp, [a as Node, packed], noAttrs, shape, "float32");
}
