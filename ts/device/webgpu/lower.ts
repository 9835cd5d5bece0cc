/**
 * Lowering: one row a kernel, from the compiler's kernels to dispatches. An epilogue that does not run where the kernel
 * writes (`epilogue.ts`) is a dispatch of its own.
 */
import type { Kernel, OpKernel, ReduceKernel } from "../../compiler/kernel.ts";
import { UnsupportedError } from "../../core/errors.ts";
import { attention } from "./attention.ts";
import { lowerMap } from "./batch.ts";
import { conv2d, conv2dInput, conv2dWeight } from "./conv2d.ts";
import type { Dispatch } from "./dispatch.ts";
import { fft } from "./fft.ts";
import { iota, random } from "./fill.ts";
import { checkIndex, gather, scatterAdd } from "./gather.ts";
import { halvesOf } from "./halves.ts";
import { conv2dInteger, matmulInteger, packInteger } from "./integer.ts";
import { interpolate } from "./interpolate.ts";
import { dispatchMap } from "./map.ts";
import { matmul } from "./matmul.ts";
import { matmulNBits } from "./matmul-nbits.ts";
import { norm } from "./norm.ts";
import { type Context, unlessTooMany } from "./operands.ts";
import { pool2d } from "./pool2d.ts";
import { recurrent } from "./recurrent.ts";
import { lowerReduce } from "./reduce.ts";
import { roi } from "./roi.ts";
import { scan } from "./scan.ts";
import { scatter } from "./scatter.ts";
import { softmax } from "./softmax.ts";
import { topk } from "./topk.ts";
import { treeEnsemble } from "./tree-ensemble.ts";

type Lower = (kernel: OpKernel, context: Context) => Dispatch[];

const rows: { readonly [op: string]: Lower } = {
  attention,
  avgPool2d: pool2d,
  avgPool2dBackward: pool2d,
  checkIndex,
  conv2d,
  conv2dInput,
  conv2dWeight,
  conv2dInteger,
  cumprod: scan,
  cumsum: scan,
  fft,
  gather,
  gru: recurrent,
  interpolate,
  iota,
  layerNorm: norm,
  logSoftmax: softmax,
  lstm: recurrent,
  matmul,
  maxPool2d: pool2d,
  maxPool2dBackward: pool2d,
  maxPool2dGather: pool2d,
  matmulInteger,
  matmulNBits,
  packInteger,
  random,
  rmsNorm: norm,
  rnn: recurrent,
  roiAlign: roi,
  roiPool: roi,
  scatter,
  scatterAdd,
  softmax,
  topk,
  treeEnsemble,
};

/** Names of the kernel ops that this device runs. */
export const loweredOps: readonly string[] = Object.keys(rows);

function lowerKernel(kernel: OpKernel | ReduceKernel, context: Context): Dispatch[] {
  if (kernel.kind === "reduce") return lowerReduce(kernel, context);
  const row = rows[kernel.op];
  if (row === undefined) {
    throw new UnsupportedError(
      `${kernel.op}: cannot run on the webgpu device: it has no kernel there yet, wanted the wasm device`,
    );
  }
  return row(kernel, context);
}

/** The dispatches of a kernel; in parts where it would bind more than the adapter allows. @throws UnsupportedError */
export function lower(kernel: Kernel, context: Context): Dispatch[] {
  if (kernel.kind === "map") return lowerMap(kernel, context);
  const { epilogue } = kernel;
  const own = unlessTooMany(() => lowerKernel(kernel, context)) ?? lowerParts(kernel, context);
  if (epilogue === null || own.some(({ fused }) => fused === true)) return own;
  return [...own, ...dispatchMap(context, epilogue, `${kernel.label ?? kernel.op}: epilogue`)];
}

/** Halves, or halves of halves, without the epilogue. Where there are none, what the whole would bind is thrown. */
function lowerParts(kernel: OpKernel | ReduceKernel, context: Context): Dispatch[] {
  const divided = halvesOf(kernel, context);
  if (divided === null) return lowerKernel(kernel, context);
  return divided.kernels.flatMap((half) => lower(half, divided.context));
}
