/** Lowers running sums and products to shaders/scan.wgsl. */
import scanText from "../../../shaders/scan.wgsl";
import type { Operand, OpKernel } from "../../compiler/kernel.ts";
import { sizeOf } from "../../core/shape.ts";
import { checkOutput, type Dispatch, dispatchWork, lanesFor } from "./dispatch.ts";
import { printElementwise } from "./elementwise.ts";
import type { Context } from "./operands.ts";
import { register } from "./register.ts";

/** Fewest elements that a thread takes before a further one helps it. */
const elementsPerThread = 8;

export function scan(kernel: OpKernel, context: Context): Dispatch[] {
  const { op, output } = kernel;
  const x = kernel.inputs[0] as Operand;
  const { axis, exclusive, reverse } = kernel.attrs as { axis: number; exclusive: boolean; reverse: boolean };
  if (sizeOf(output.shape) === 0) return [];
  checkOutput(op, output);
  const { dtype } = output;
  const n = x.shape[axis] as number;
  const inner = sizeOf(x.shape.slice(axis + 1));
  const lanes = lanesFor(n / elementsPerThread);
  const combined = printElementwise(
    op === "cumprod" ? "mul" : "add",
    ["a", "b"].map((text) => ({ text, dtype })),
    dtype,
  );
  const work = {
    text: scanText,
    count: sizeOf(x.shape) / n,
    each: 256 / lanes,
    reads: { x },
    writes: { y: output },
    numbers: { n, inner, exclusive: Number(exclusive), reverse: Number(reverse) },
    constants: { lanes, nothing: op === "cumprod" ? 1 : 0 },
    sections: {
      value: `alias Value = ${register(dtype)};`,
      combine: `fn combine(a: Value, b: Value) -> Value { return ${combined}; }`,
    },
  };
  return [dispatchWork(kernel, context, work)];
}
