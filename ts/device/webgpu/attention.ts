/** Lowers attention to shaders/attention.wgsl: many lanes a query where there are few queries, else 32. */
import attentionText from "../../../shaders/attention.wgsl";
import type { Operand, OpKernel } from "../../compiler/kernel.ts";
import { sizeOf } from "../../core/shape.ts";
import type { AttentionAttrs } from "../../ops/attention.ts";
import { checkOutput, type Dispatch, dispatchWork, lanesFor } from "./dispatch.ts";
import { lanesOf } from "./lanes.ts";
import type { Context, Numbers } from "./operands.ts";

/** Columns of the output that a thread makes, as the shader has it. */
const columns = 8;
/** Most queries of a group. */
const mostQueries = 8;

/** What stands for inputs that are not given. */
const absent = {
  mask: "fn read_mask(i: i32) -> f32 { return 0.0; }",
  lengths: "fn read_lengths(i: i32) -> i32 { return run.tk; }",
};

const strides = (name: string, operand: Operand | undefined): Numbers =>
  Object.fromEntries([0, 1, 2, 3].map((axis) => [name + axis, operand?.strides[axis] ?? 0]));

export function attention(kernel: OpKernel, context: Context): Dispatch[] {
  const { op, output } = kernel;
  const [q, k, v, ...rest] = kernel.inputs as [Operand, Operand, Operand, ...Operand[]];
  if (sizeOf(output.shape) === 0) return [];
  checkOutput(op, output);
  const { scale, softcap, offset, left, right, given, blank } = kernel.attrs as unknown as AttentionAttrs;
  const names = given.split(",");
  const mask = rest[names.indexOf("mask")];
  const lengths = rest[names.indexOf("lengths")];
  const [b, hq, tq, d] = q.shape as [number, number, number, number];
  const [, hk, tk] = k.shape as [number, number, number];
  const dv = v.shape[3] as number;
  const high = lanesFor(Math.min(tq, mostQueries));
  const { lanes, constants } = lanesOf(context, 256 / high);
  const work = {
    text: attentionText,
    count: b * hq * Math.ceil(tq / high) * Math.ceil((dv * high) / (256 * columns)),
    each: 1,
    reads: { q, k, v, mask, lengths },
    writes: { y: output },
    numbers: {
      ...{ hq, hk, tq, tk, d, dv },
      offset: offset,
      left: left,
      right: right,
      scale: { f32: scale },
      softcap: { f32: softcap },
      blank: { f32: blank === "nan" ? Number.NaN : 0 },
      ...strides("q", q),
      ...strides("k", k),
      ...strides("v", v),
      ...strides("mask", mask),
    },
    constants,
    sections: {
      absent: [mask === undefined ? absent.mask : "", lengths === undefined ? absent.lengths : ""].join("\n"),
      functions: "",
      lanes,
    },
  };
  return [dispatchWork(kernel, context, work)];
}
