/** Lowers reading and adding by index. */
import checkIndexText from "../../../shaders/check-index.wgsl";
import gatherText from "../../../shaders/gather.wgsl";
import scatterAddText from "../../../shaders/scatter-add.wgsl";
import type { Operand, OpKernel } from "../../compiler/kernel.ts";
import { dtypes } from "../../core/dtype.ts";
import { UnsupportedError } from "../../core/errors.ts";
import { sizeOf } from "../../core/shape.ts";
import type { Dispatch } from "./dispatch.ts";
import { dispatchKernel } from "./epilogue.ts";
import { failureOf } from "./failures.ts";
import { withinOf } from "./halves-index.ts";
import type { Context, Numbers } from "./operands.ts";
import { register } from "./register.ts";
import { scatterRows } from "./scatter.ts";
import type { Sections } from "./shader.ts";

/** The shape viewed as [o, n, inner] around the axis, and how many indices a slice has. */
function sizes(kernel: OpKernel, shape: readonly number[]) {
  const axis = kernel.attrs["axis"] as number;
  const index = kernel.inputs[1] as Operand;
  const j = isElements(kernel) ? (index.shape[axis] as number) : sizeOf(index.shape);
  const own = shape[axis] as number;
  return { ...withinOf(kernel, own), own, j, inner: sizeOf(shape.slice(axis + 1)) };
}

const isElements = ({ attrs }: OpKernel): boolean => attrs["mode"] === "elements";

function indexed(
  kernel: OpKernel,
  context: Context,
  text: string,
  shape: readonly number[],
  own: Sections,
  numbers: Numbers = {},
  before?: Operand,
): Dispatch[] {
  const { op, output } = kernel;
  const count = sizeOf(output.shape);
  if (count === 0) return [];
  const [x, index] = kernel.inputs as readonly [Operand, Operand];
  const work = {
    text,
    count,
    reads: { x, index, before },
    numbers: { ...sizes(kernel, shape), ...numbers },
    sections: own,
    fails: failureOf(op),
  };
  return [dispatchKernel(kernel, context, work)];
}

export function gather(kernel: OpKernel, context: Context): Dispatch[] {
  return indexed(
    kernel,
    context,
    gatherText,
    kernel.inputs[0]?.shape as readonly number[],
    {},
    {
      elements: Number(isElements(kernel)),
    },
  );
}

export function scatterAdd(kernel: OpKernel, context: Context): Dispatch[] {
  const { dtype, shape } = kernel.output;
  if (dtypes[dtype].bits !== 32) {
    throw new UnsupportedError(`scatterAdd: cannot add ${dtype} on the webgpu device: wanted numbers of 32 bits`);
  }
  const before = kernel.attrs["onto"] === true ? kernel.output : undefined;
  if (isElements(kernel)) {
    const sections = { value: `alias Value = ${register(dtype)};`, ...(before === undefined ? {} : { before: "" }) };
    return indexed(kernel, context, scatterAddText, shape, sections, {}, before);
  }
  const [updates, index] = kernel.inputs as readonly [Operand, Operand];
  const { own, inner } = sizes(kernel, shape);
  return scatterRows(kernel, context, { x: before, index, updates, own, inner }, "add");
}

export function checkIndex(kernel: OpKernel, context: Context): Dispatch[] {
  const count = sizeOf(kernel.output.shape);
  if (count === 0) return [];
  const work = {
    text: checkIndexText,
    count,
    reads: { index: kernel.inputs[0] },
    numbers: { size: kernel.attrs["size"] as number },
    fails: failureOf("checkIndex"),
  };
  return [dispatchKernel(kernel, context, work)];
}
