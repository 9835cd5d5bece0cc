/** Lowers matrix products: the strides and batches that `product.ts` is told of. */
import type { Operand, OpKernel } from "../../compiler/kernel.ts";
import { sizeOf } from "../../core/shape.ts";
import type { Dispatch } from "./dispatch.ts";
import { printIndex } from "./map.ts";
import type { Context } from "./operands.ts";
import { lowerProduct } from "./product.ts";

export function matmul(kernel: OpKernel, context: Context): Dispatch[] {
  const [a, b] = kernel.inputs as readonly [Operand, Operand];
  const [m, k] = a.shape.slice(-2) as [number, number];
  const n = b.shape[b.shape.length - 1] as number;
  const shape = a.shape.slice(0, -2);
  const [am, ak] = a.strides.slice(-2) as [number, number];
  const [bk, bn] = b.strides.slice(-2) as [number, number];
  const { lines, places } = printIndex(shape, [a.strides.slice(0, -2), b.strides.slice(0, -2)]);
  const start = (name: string, place: string | undefined): string =>
    `fn batch_${name}(i: i32) -> i32 {\n  ${[...lines, `return ${place};`].join("\n  ")}\n}`;
  return lowerProduct(kernel, context, {
    batches: sizeOf(shape),
    m,
    n,
    k,
    a,
    b,
    numbers: { am, ak, bk, bn },
    sections: { batch: `${start("a", places[0])}\n\n${start("b", places[1])}` },
    aRows: ak === 1,
    bRows: bn === 1,
  });
}
