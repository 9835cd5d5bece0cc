/** Lowers the order along an axis: runs sorted by counting, shaders/topk-rank.wgsl, and merged two by two, topk-merge.wgsl. */
import mergeText from "../../../shaders/topk-merge.wgsl";
import rankText from "../../../shaders/topk-rank.wgsl";
import type { Operand, OpKernel } from "../../compiler/kernel.ts";
import { type DType, dtypes } from "../../core/dtype.ts";
import { sizeOf } from "../../core/shape.ts";
import { checkOutput, type Dispatch, dispatchWork } from "./dispatch.ts";
import { type Context, scratch } from "./operands.ts";
import { register } from "./register.ts";

/** Longest run that is sorted by counting. */
const longest = 256;

/** An unsigned number that orders as a value does, NaN above all. */
export function printKey(text: string, dtype: DType): string {
  if (dtypes[dtype].float) return `rank_float(${text})`;
  return dtype === "uint32" ? `bitcast<u32>(${text})` : `(bitcast<u32>(${text}) ^ 0x80000000u)`;
}

export function topk(kernel: OpKernel, context: Context): Dispatch[] {
  const { op, output } = kernel;
  const x = kernel.inputs[0] as Operand;
  const { axis, largest } = kernel.attrs as { axis: number; largest: boolean };
  const n = x.shape[axis] as number;
  const k = output.shape[axis] as number;
  if (sizeOf(output.shape) === 0) return [];
  checkOutput(op, output);
  const inner = sizeOf(x.shape.slice(axis + 1));
  const columns = sizeOf(x.shape) / n;
  const sign = largest ? "~" : "";
  const key = `fn key(x: ${register(x.dtype)}) -> u32 { return ${sign}${printKey("x", x.dtype)}; }`;
  const sections = { key };
  let width = Math.min(n, longest);
  let kept = Math.min(width, k);
  const placesOf = (): number => columns * Math.ceil(n / width) * kept;
  const whole = width === n;
  // Merging leaves as many places, or those of one more run where their number is odd.
  const room = whole ? 0 : placesOf() + columns * kept;
  const { context: own, parts } = scratch(context, ["int32", room], ["int32", room]);
  let [from, to] = parts;
  const dispatches = [
    dispatchWork(kernel, own, {
      text: rankText,
      count: sizeOf(x.shape),
      reads: { x },
      writes: { place: whole ? output : from },
      numbers: { n, inner, width, kept },
      constants: { whole: Number(whole) },
      sections,
    }),
  ];
  while (width < n) {
    const wanted = Math.min(2 * width, k);
    const last = 2 * width >= n;
    dispatches.push(
      dispatchWork(kernel, own, {
        text: mergeText,
        count: placesOf(),
        reads: { x, from },
        writes: { to: last ? output : to },
        numbers: { n, inner, width, kept, wanted },
        constants: { last: Number(last) },
        sections,
      }),
    );
    [from, to] = [to, from];
    width *= 2;
    kept = wanted;
  }
  return dispatches;
}
