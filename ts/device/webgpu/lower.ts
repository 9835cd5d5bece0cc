/**
 * Lowering: one row a kernel, those of lower-model.ts fetched when a program first needs one, from the compiler's kernels to dispatches. An epilogue that does not run where the kernel
 * writes (`epilogue.ts`) is a dispatch of its own.
 */
import type { Kernel, OpKernel, ReduceKernel } from "../../compiler/kernel.ts";
import { UnsupportedError } from "../../core/errors.ts";
import { attention } from "./attention.ts";
import { lowerMap } from "./batch.ts";
import { conv2d, conv2dInput, conv2dWeight } from "./conv2d.ts";
import type { Dispatch, Rows } from "./dispatch.ts";
import { halving } from "./divide.ts";
import { iota, random } from "./fill.ts";
import { checkIndex, gather, scatterAdd } from "./gather.ts";
import { interpolate } from "./interpolate.ts";
import { dispatchMap } from "./map.ts";
import { matmul } from "./matmul.ts";
import { norm } from "./norm.ts";
import { type Context, unlessTooMany } from "./operands.ts";
import { pool2d } from "./pool2d.ts";
import { lowerReduce } from "./reduce.ts";
import { scan } from "./scan.ts";
import { scatter } from "./scatter.ts";
import { softmax } from "./softmax.ts";
import { topk } from "./topk.ts";

let rows: Rows = {
  attention,
  avgPool2d: pool2d,
  avgPool2dBackward: pool2d,
  checkIndex,
  conv2d,
  conv2dInput,
  conv2dWeight,
  cumprod: scan,
  cumsum: scan,
  gather,
  interpolate,
  iota,
  layerNorm: norm,
  logSoftmax: softmax,
  matmul,
  maxPool2d: pool2d,
  maxPool2dBackward: pool2d,
  maxPool2dGather: pool2d,
  random,
  rmsNorm: norm,
  scatter,
  scatterAdd,
  softmax,
  topk,
};

/** What few programs but imported models hold: rows of a file of their own. */
const modelOps: readonly string[] = [
  ...[
    "conv2dInteger",
    "fft",
    "gru",
    "lstm",
    "matmulInteger",
    "matmulNBits",
    "packInteger",
    "rnn",
    "roiAlign",
    "roiPool",
  ],
  "treeEnsemble",
];

/** Names of the kernel ops that this device runs. */
export const loweredOps: readonly string[] = [...Object.keys(rows), ...modelOps];

let fetching: Promise<void> | null = null;

/** Fetches the further rows. */
export function loadModelRows(): Promise<void> {
  fetching ??= import("./lower-model.ts").then(({ modelRows }) => {
    rows = { ...rows, ...modelRows };
  });
  return fetching;
}

/** The rows that ops lack, where any does. */
export async function missingRows(ops: Iterable<string>): Promise<void> {
  for (const op of ops) if (modelOps.includes(op)) return loadModelRows();
}

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
  const divided = halving()?.halvesOf(kernel, context) ?? null;
  if (divided === null) return lowerKernel(kernel, context);
  return divided.kernels.flatMap((half) => lower(half, divided.context));
}
