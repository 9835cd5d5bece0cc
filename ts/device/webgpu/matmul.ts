/** Lowers matrix products to shaders/matmul.wgsl. */
import matmulText from "../../../shaders/matmul.wgsl";
import type { Operand, OpKernel } from "../../compiler/kernel.ts";
import { sizeOf } from "../../core/shape.ts";
import { checkOutput, type Dispatch } from "./dispatch.ts";
import { printIndex } from "./map.ts";
import { bindOperands, type Context } from "./operands.ts";
import { specialize } from "./shader.ts";

const tile = 64;

export function matmul(kernel: OpKernel, context: Context): Dispatch[] {
  const [a, b] = kernel.inputs as readonly [Operand, Operand];
  const { output } = kernel;
  const [m, k] = a.shape.slice(-2) as [number, number];
  const n = b.shape[b.shape.length - 1] as number;
  const shape = a.shape.slice(0, -2);
  const batches = sizeOf(shape);
  if (sizeOf(output.shape) === 0) return [];
  checkOutput("matmul", output);
  const [am, ak] = a.strides.slice(-2) as [number, number];
  const [bk, bn] = b.strides.slice(-2) as [number, number];
  const sizes = [m, n, k, am, ak, bk, bn];
  const { text: operands, ...bound } = bindOperands(
    context,
    batches,
    [
      { name: "_a", operand: a, write: false },
      { name: "_b", operand: b, write: false },
      { name: "_y", operand: output, write: true },
    ],
    sizes,
  );
  const { lines, places } = printIndex(shape, [a.strides.slice(0, -2), b.strides.slice(0, -2)]);
  const start = (name: string, place: string | undefined) =>
    `fn batch_${name}(i: i32) -> i32 {\n  ${[...lines, `return ${place};`].join("\n  ")}\n}`;
  const code = specialize(matmulText, { operands, batch: `${start("a", places[0])}\n\n${start("b", places[1])}` });
  const groups = [Math.ceil(n / tile), Math.ceil(m / tile), Math.min(batches, 65535)] as const;
  const constants = { a_rows: ak === 1 ? 1 : 0, b_rows: bn === 1 ? 1 : 0 };
  return [{ label: kernel.label ?? "matmul", code, constants, groups, ...bound }];
}
