/** Lowers layer norm and RMS norm to shaders/norm.wgsl. */
import normText from "../../../shaders/norm.wgsl";
import type { OpKernel } from "../../compiler/kernel.ts";
import type { Dispatch } from "./dispatch.ts";
import { dispatchRows } from "./lanes.ts";
import type { Context } from "./operands.ts";

export function norm(kernel: OpKernel, context: Context): Dispatch[] {
  const epsilon = { f32: kernel.attrs["epsilon"] as number };
  const constants = { centred: Number(kernel.op === "layerNorm") };
  return dispatchRows(kernel, context, { text: normText, constants, numbers: { epsilon } });
}
