/** Lowers writing by rows, and adding by rows: lists of what goes to each row, then the rows. */
import scatterText from "../../../shaders/scatter.wgsl";
import listText from "../../../shaders/scatter-list.wgsl";
import type { Operand, OpKernel } from "../../compiler/kernel.ts";
import { sizeOf } from "../../core/shape.ts";
import type { ElementwiseName } from "../../ops/elementwise.ts";
import type { ScatterReduction } from "../../ops/scatter.ts";
import { type Dispatch, dispatchWork } from "./dispatch.ts";
import { printElementwise } from "./elementwise.ts";
import { dispatchKernel } from "./epilogue.ts";
import { failureOf } from "./failures.ts";
import { withinOf } from "./halves-index.ts";
import { type Context, scratch } from "./operands.ts";
import { register } from "./register.ts";

const combines: { readonly [R in Exclude<ScatterReduction, "none">]: ElementwiseName } = {
  add: "add",
  mul: "mul",
  min: "minimum",
  max: "maximum",
};

interface Rows {
  /** What was there; undefined: zeros. */
  readonly x: Operand | undefined;
  readonly index: Operand;
  readonly updates: Operand;
  /** Rows of y, and elements of one. */
  readonly own: number;
  readonly inner: number;
}

export function scatter(kernel: OpKernel, context: Context): Dispatch[] {
  const [x, index, updates] = kernel.inputs as readonly [Operand, Operand, Operand];
  const [own, inner] = x.shape as [number, number];
  return scatterRows(kernel, context, { x, index, updates, own, inner }, kernel.attrs["reduction"] as ScatterReduction);
}

export function scatterRows(kernel: OpKernel, context: Context, rows: Rows, reduction: ScatterReduction): Dispatch[] {
  const { op, output } = kernel;
  const { x, index, updates, own, inner } = rows;
  const within = { ...withinOf(kernel, own), own };
  const count = sizeOf(output.shape);
  if (count === 0) return [];
  const j = sizeOf(index.shape);
  const { context: room, parts } = scratch(context, ["int32", own], ["int32", Math.max(1, j)]);
  const [head, next] = parts;
  const list = { text: listText, reads: { index }, writes: { next }, swaps: { head }, numbers: within };
  const fails = failureOf(op);
  const { dtype } = output;
  const type = register(dtype);
  const last = reduction === "none";
  const combined = last
    ? "b"
    : printElementwise(
        combines[reduction],
        ["a", "b"].map((text) => ({ text, dtype })),
        dtype,
      );
  const nothing = x === undefined ? `\nfn read_x(i: i32) -> Value { return Value(0); }` : "";
  const write = {
    text: scatterText,
    count,
    reads: { x, index, updates, head, next },
    numbers: { j, inner, ...within },
    constants: { last: Number(last) },
    sections: {
      value: `alias Value = ${type};${nothing}`,
      combine: `fn combine(a: Value, b: Value) -> Value { return ${combined}; }`,
    },
  };
  return [
    dispatchWork(kernel, room, { ...list, count: own, constants: { clear: 1 }, fails }),
    ...(j === 0 ? [] : [dispatchWork(kernel, room, { ...list, count: j, fails })]),
    dispatchKernel(kernel, room, write),
  ];
}
