/** Lowers products by packed weights: products (product.ts) of the matrices that shaders/matmul-nbits.wgsl reads. */
import nbitsText from "../../../shaders/matmul-nbits.wgsl";
import type { Operand, OpKernel } from "../../compiler/kernel.ts";
import type { NBitsOptions } from "../../ops/matmul-nbits.ts";
import type { Dispatch } from "./dispatch.ts";
import type { Context } from "./operands.ts";
import { lowerProduct } from "./product.ts";
import { sectionOf } from "./shader.ts";

export function matmulNBits(kernel: OpKernel, context: Context): Dispatch[] {
  const [a, b, scales, shifts] = kernel.inputs as readonly [Operand, Operand, Operand, Operand];
  const { bits, block } = kernel.attrs as unknown as NBitsOptions;
  const [m, k] = a.shape as [number, number];
  const [n, blocks] = scales.shape as [number, number];
  return lowerProduct(kernel, context, {
    ...{ batches: 1, m, n, k, a, b },
    reads: { scales, shifts },
    numbers: { bits, block, blocks },
    sections: { matrices: sectionOf(nbitsText, "matrices"), batch: "" },
    aRows: true,
    bRows: false,
  });
}
