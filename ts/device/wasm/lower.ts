/**
 * Lowering: one row a kernel, from the compiler's kernels to command words. Rows that many programs do without are modules of
 * their own, fetched when a program first needs one: convolutions, and with the full build of the kernels those that are in
 * it alone.
 */

import type { Kernel, OpKernel } from "../../compiler/kernel.ts";
import type { PackWeights } from "../../compiler/passes/pack-weights.ts";
import type { DType } from "../../core/dtype.ts";
import { UnsupportedError } from "../../core/errors.ts";
import type { CommandWriter, Lower, Rows } from "./command.ts";
import { checkIndex, gather, scatterAdd } from "./gather.ts";
import { iota } from "./iota.ts";
import { lowerMap } from "./map.ts";
import { matmul } from "./matmul.ts";
import { avgPool2d, avgPool2dBackward, maxPool2d, maxPool2dBackward, maxPool2dGather } from "./pool2d.ts";
import { random } from "./random.ts";
import { lowerReduce } from "./reduce.ts";
import { lowerSoftmax } from "./softmax.ts";

let rows: Rows = {
  avgPool2d,
  avgPool2dBackward,
  checkIndex,
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

/** Ops whose rows are in lower-conv2d.ts. */
const convolutions: readonly string[] = ["conv2d", "conv2dInput", "conv2dWeight"];

let ways: Readonly<Record<string, (kernel: OpKernel) => string>> = {};
let fetching: Promise<PackWeights> | null = null;
let pack: PackWeights | null = null;

/** Fetches the rows of the full build's kernels, and with them how weights are laid out for these. */
export function loadFullRows(): Promise<PackWeights> {
  fetching ??= Promise.all([import("./lower-full.ts"), loadConvolutions()]).then(([{ fullRows, packWeights }]) => {
    rows = { ...rows, ...fullRows };
    pack = packWeights;
    return packWeights;
  });
  return fetching;
}

/** How weights that never change are laid out; at once where the full build's rows are there. */
export function packing(): PackWeights | Promise<PackWeights> {
  return pack ?? loadFullRows();
}

async function loadConvolutions(): Promise<void> {
  const { conv2dRows, conv2dWays } = await import("./lower-conv2d.ts");
  rows = { ...rows, ...conv2dRows };
  ways = conv2dWays;
}

/** Fetches the rows of kernels that every build has; "full" where others are missing, null where none is. */
export function missingRows(kernels: readonly Kernel[]): Promise<void> | "full" | null {
  if (pack !== null) return null;
  const ops = kernels.flatMap((kernel) => (kernel.kind === "op" && !(kernel.op in rows) ? [kernel.op] : []));
  if (ops.some((op) => !convolutions.includes(op))) return "full";
  return ops.length === 0 ? null : loadConvolutions();
}

/** Names of the kernel ops that this device runs. */
export async function loweredOps(): Promise<string[]> {
  await loadFullRows();
  return Object.keys(rows);
}

/** Which of its ways a kernel takes, in a word for people; null for a kernel that has one way only. */
export function wayOf(kernel: Kernel): string | null {
  return kernel.kind === "op" ? (ways[kernel.op]?.(kernel) ?? null) : null;
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
