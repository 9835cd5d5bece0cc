/** Lowering: one row a kernel, from the compiler's kernels to command words. */

import type { Kernel, OpKernel } from "../../compiler/kernel.ts";
import type { DType } from "../../core/dtype.ts";
import { UnsupportedError } from "../../core/errors.ts";
import { attention } from "./attention.ts";
import type { CommandWriter } from "./command.ts";
import { conv2d, conv2dPacked } from "./conv2d.ts";
import { conv2dInput, conv2dInputPacked, conv2dWeight } from "./conv2d-backward.ts";
import { conv2dPack } from "./conv2d-pack.ts";
import { nms, roiAlign, roiPool } from "./detection.ts";
import { fft } from "./fft.ts";
import { checkIndex, gather, scatterAdd } from "./gather.ts";
import { conv2dInteger, matmulInteger, packInteger } from "./integer.ts";
import { interpolate, interpolateInput } from "./interpolate.ts";
import { iota } from "./iota.ts";
import { lowerMap } from "./map.ts";
import { matmul, matmulPacked } from "./matmul.ts";
import { matmulNBits } from "./matmul-nbits.ts";
import { matmulPack } from "./matmul-pack.ts";
import { nonzero } from "./nonzero.ts";
import { norm } from "./norm.ts";
import { avgPool2d, avgPool2dBackward, maxPool2d, maxPool2dBackward, maxPool2dGather } from "./pool2d.ts";
import { random } from "./random.ts";
import { recurrent } from "./recurrent.ts";
import { lowerReduce } from "./reduce.ts";
import { scan } from "./scan.ts";
import { scatter } from "./scatter.ts";
import { lowerSoftmax } from "./softmax.ts";
import { topk } from "./topk.ts";
import { treeEnsemble } from "./tree-ensemble.ts";

type Lower = (kernel: OpKernel, out: CommandWriter, free: boolean) => void;

const rows: { readonly [op: string]: Lower } = {
  attention,
  avgPool2d,
  avgPool2dBackward,
  checkIndex,
  conv2d,
  conv2dInput,
  conv2dInputPacked,
  conv2dPack,
  conv2dPacked,
  conv2dInteger,
  conv2dWeight,
  cumprod: scan,
  cumsum: scan,
  fft,
  gather,
  gru: recurrent,
  interpolate,
  interpolateInput,
  iota,
  layerNorm: norm,
  logSoftmax: lowerSoftmax,
  lstm: recurrent,
  matmul,
  matmulPack,
  matmulPacked,
  matmulInteger,
  matmulNBits,
  maxPool2d,
  maxPool2dBackward,
  maxPool2dGather,
  nms,
  nonzero,
  packInteger,
  random,
  rmsNorm: norm,
  rnn: recurrent,
  roiAlign,
  roiPool,
  scatter,
  scatterAdd,
  softmax: lowerSoftmax,
  topk,
  treeEnsemble,
};

/** Names of the kernel ops that this device runs. */
export const loweredOps: readonly string[] = Object.keys(rows);

/** Writes the commands of a kernel; `free`: nothing but its own epilogue reads what it computes. */
export function lower(kernel: Kernel, out: CommandWriter, free = false): void {
  if (kernel.kind === "map") lowerMap(kernel, out);
  else if (kernel.kind === "reduce") lowerReduce(kernel, out);
  else {
    if (!anyDType.has(kernel.op)) for (const { dtype } of [...kernel.inputs, kernel.output]) check(kernel.op, dtype);
    rowOf(kernel.op)(kernel, out, free);
  }
}

/** Kernels that ask for the dtypes of their operands; the others compute float32 and integers of 4 bytes and less. */
const anyDType: ReadonlySet<string> = new Set([
  "conv2dInteger",
  "cumprod",
  "cumsum",
  "gather",
  "matmulInteger",
  "packInteger",
  "scatter",
  "scatterAdd",
  "topk",
  "treeEnsemble",
]);
const computed: ReadonlySet<DType> = new Set(["float32", "int32", "uint8", "bool"]);

function check(op: string, dtype: DType): void {
  if (computed.has(dtype)) return;
  throw new UnsupportedError(`${op}: cannot compute ${dtype} on the wasm device: wanted ${[...computed].join(", ")}`);
}

function rowOf(op: string): Lower {
  const row = rows[op];
  if (row === undefined) throw new UnsupportedError(`${op}: cannot run on the wasm device: it has no kernel there`);
  return row;
}
