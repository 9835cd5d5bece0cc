/** What a kernel costs: arithmetic and memory, counted from its operands. */
import { dtypes } from "../core/dtype.ts";
import { sizeOf } from "../core/shape.ts";
import { type Kernel, mapsOf, type Operand, type OpKernel, readsOf, writesOf } from "./kernel.ts";

export interface Cost {
  /** Additions and multiplications; an instruction of a map counts as one an element. */
  readonly flops: number;
  /** Bytes of everything read and written, each once. */
  readonly bytes: number;
}

type Depth = (inputs: readonly Operand[], output: Operand, attrs: OpKernel["attrs"]) => number;

const table = (ops: readonly string[], depth: Depth): Record<string, Depth> =>
  Object.fromEntries(ops.map((op) => [op, depth]));

/** How many products every output of a kernel sums, by op; others count as one operation an output. */
const depths: Readonly<Record<string, Depth>> = {
  ...table(["matmul", "matmulPacked", "matmulInteger", "matmulNBits"], ([a]) => a?.shape.at(-1) ?? 1),
  // Every step multiplies the state by the recurrent weights, directions · gates · units · units in any layout.
  ...table(
    ["rnn", "gru", "lstm"],
    ([, r], { shape }) => sizeOf(r?.shape ?? []) / ((shape[1] as number) * (shape[3] as number)),
  ),
  // A score and its part of the sum for every key: q [b, h, t, d], k [b, h, s, d], v [b, h, s, dv].
  attention: ([q, k], output) =>
    ((k?.shape[2] ?? 1) * ((q?.shape[3] ?? 0) + (output.shape[3] ?? 0))) / (output.shape[3] ?? 1),
  conv2d: ([, w]) => sizeOf(w?.shape.slice(1) ?? []),
  conv2dInteger: ([, w]) => sizeOf(w?.shape.slice(1) ?? []),
  conv2dInput: ([dy, w], output) => (sizeOf(dy?.shape ?? []) * sizeOf(w?.shape.slice(1) ?? [])) / sizeOf(output.shape),
  conv2dPacked: (_inputs, _output, attrs) => sizeOf((attrs["weight"] as readonly number[]).slice(1)),
  conv2dInputPacked: ([dy], output, attrs) =>
    (sizeOf(dy?.shape ?? []) * sizeOf((attrs["weight"] as readonly number[]).slice(1))) / sizeOf(output.shape),
  conv2dWeight: ([, dy], output) => sizeOf(dy?.shape ?? []) / (output.shape[0] ?? 1),
};

export function costOf(kernel: Kernel): Cost {
  let flops = 0;
  for (const map of mapsOf(kernel)) flops += map.instructions.length * sizeOf(map.shape);
  if (kernel.kind === "reduce") flops += sizeOf(kernel.space);
  if (kernel.kind === "op") {
    const depth = depths[kernel.op]?.(kernel.inputs, kernel.output, kernel.attrs);
    flops += sizeOf(kernel.output.shape) * (depth === undefined ? 1 : 2 * depth);
  }
  let bytes = 0;
  for (const operand of [...readsOf(kernel), ...writesOf(kernel)]) bytes += touched(operand);
  return { flops, bytes };
}

/** Bytes of the elements that a window shows, repeated ones once. */
function touched({ shape, strides, dtype }: Operand): number {
  return shape.reduce((count, size, i) => (strides[i] === 0 ? count : count * size), dtypes[dtype].bytes);
}
