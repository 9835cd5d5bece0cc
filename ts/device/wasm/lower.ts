/**
 * Lowering: one row a kernel, from the compiler's kernels to command words. Rows of kernels that are in the full build alone
 * are a module of their own (lower-full.ts), fetched with that build when a program first needs one.
 */

import type { Kernel } from "../../compiler/kernel.ts";
import type { DType } from "../../core/dtype.ts";
import { UnsupportedError } from "../../core/errors.ts";
import type { CommandWriter, Lower, Rows } from "./command.ts";
import { conv2d } from "./conv2d.ts";
import { conv2dInput, conv2dWeight } from "./conv2d-backward.ts";
import { checkIndex, gather, scatterAdd } from "./gather.ts";
import { iota } from "./iota.ts";
import { lowerMap } from "./map.ts";
import { matmul } from "./matmul.ts";
import { avgPool2d, avgPool2dBackward, maxPool2d, maxPool2dBackward, maxPool2dGather } from "./pool2d.ts";
import { random } from "./random.ts";
import { lowerReduce } from "./reduce.ts";
import { lowerSoftmax } from "./softmax.ts";

const coreRows: Rows = {
  avgPool2d,
  avgPool2dBackward,
  checkIndex,
  conv2d,
  conv2dInput,
  conv2dWeight,
  gather,
  iota,
  logSoftmax: lowerSoftmax,
  matmul,
  maxPool2d,
  maxPool2dBackward,
  maxPool2dGather,
  random,
  scatterAdd,
  softmax: lowerSoftmax,
};

let rows = coreRows;
let loading: Promise<void> | null = null;

/** Fetches the rows of the full build's kernels. */
export function loadFullRows(): Promise<void> {
  loading ??= import("./lower-full.ts").then(({ fullRows }) => {
    rows = { ...coreRows, ...fullRows };
  });
  return loading;
}

/** Whether every kernel's row is there. */
export function hasRows(kernels: readonly Kernel[]): boolean {
  return rows !== coreRows || kernels.every((kernel) => kernel.kind !== "op" || kernel.op in coreRows);
}

/** Names of the kernel ops that this device runs. */
export async function loweredOps(): Promise<string[]> {
  await loadFullRows();
  return Object.keys(rows);
}

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
