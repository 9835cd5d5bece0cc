/** Lowers reading and adding by index. */
import checkIndexText from "../../../shaders/check-index.wgsl";
import gatherText from "../../../shaders/gather.wgsl";
import scatterAddText from "../../../shaders/scatter-add.wgsl";
import type { Operand, OpKernel } from "../../compiler/kernel.ts";
import { UnsupportedError } from "../../core/errors.ts";
import { sizeOf } from "../../core/shape.ts";
import { checkOutput, type Dispatch, spread } from "./dispatch.ts";
import { bindOperands, type Context, register } from "./operands.ts";
import { specialize } from "./shader.ts";

/** What a run's failure words name: number `i + 1` is the kernel here. */
export const failures = ["checkIndex", "gather", "scatterAdd"] as const;

const numberOf = (name: (typeof failures)[number]): number => failures.indexOf(name) + 1;

/** Sizes of the shape viewed as [o, n, inner] around the axis, and how many indices a slice has. */
function sizes(kernel: OpKernel, shape: readonly number[]): { n: number; j: number; inner: number; elements: number } {
  const { axis, mode } = kernel.attrs as { axis: number; mode: "take" | "elements" };
  const index = kernel.inputs[1] as Operand;
  const elements = mode === "elements";
  const j = elements ? (index.shape[axis] as number) : sizeOf(index.shape);
  return { n: shape[axis] as number, j, inner: sizeOf(shape.slice(axis + 1)), elements: elements ? 1 : 0 };
}

function indexed(
  kernel: OpKernel,
  context: Context,
  text: string,
  shape: readonly number[],
  fails: number,
  value = "",
): Dispatch[] {
  const { op, output } = kernel;
  const count = sizeOf(output.shape);
  if (count === 0) return [];
  checkOutput(op, output);
  const [x, index] = kernel.inputs as readonly [Operand, Operand];
  const { text: operands, ...bound } = bindOperands(
    context,
    count,
    [
      { name: "_x", operand: x, write: false },
      { name: "_index", operand: index, write: false },
      { name: "_y", operand: output, write: true },
    ],
    [],
    fails,
  );
  const code = specialize(text, value === "" ? { operands } : { operands, value });
  return [{ label: kernel.label ?? op, code, constants: sizes(kernel, shape), groups: spread(count, 256), ...bound }];
}

export function gather(kernel: OpKernel, context: Context): Dispatch[] {
  return indexed(kernel, context, gatherText, kernel.inputs[0]?.shape as readonly number[], numberOf("gather"));
}

export function scatterAdd(kernel: OpKernel, context: Context): Dispatch[] {
  const { dtype, shape } = kernel.output;
  if (dtype !== "float32" && dtype !== "int32") {
    throw new UnsupportedError(`scatterAdd: cannot add ${dtype} on the webgpu device: wanted float32 or int32`);
  }
  return indexed(kernel, context, scatterAddText, shape, numberOf("scatterAdd"), `alias Value = ${register(dtype)};`);
}

export function checkIndex(kernel: OpKernel, context: Context): Dispatch[] {
  const { output } = kernel;
  const count = sizeOf(output.shape);
  if (count === 0) return [];
  checkOutput("index", output);
  const { text: operands, ...bound } = bindOperands(
    context,
    count,
    [
      { name: "_index", operand: kernel.inputs[0] as Operand, write: false },
      { name: "_y", operand: output, write: true },
    ],
    [],
    numberOf("checkIndex"),
  );
  const code = specialize(checkIndexText, { operands });
  const constants = { size: kernel.attrs["size"] as number };
  return [{ label: kernel.label ?? "index", code, constants, groups: spread(count, 256), ...bound }];
}
