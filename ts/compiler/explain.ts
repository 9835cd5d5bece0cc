/** A compiled graph in words: what was fused, where copies were made, how memory is used. */
import { dtypes } from "../core/dtype.ts";
import { formatShape, sizeOf } from "../core/shape.ts";
import type { Node, Op } from "../graph/node.ts";
import type { Compiled } from "./compile.ts";
import { type Kernel, mapsOf, type Operand, readsOf, type Schedule, writesOf } from "./kernel.ts";
import { isContiguous } from "./view.ts";

/** Which of several ways a device takes to compute a kernel, in a word; null where it has one. */
export type WayOf = (kernel: Kernel) => string | null;

/**
 * The account: one line a kernel with its fused ops (`matmul+add+relu`), what it reads and writes and where views are folded
 * in, then the memory plan.
 */
export function explainCompiled({ schedule, memory }: Compiled, wayOf?: WayOf): string {
  const { buffers, kernels } = schedule;
  const copies = kernels.filter((kernel) => isCopy(kernel)).length;
  const fused = kernels.reduce((count, kernel) => count + fusedOps(kernel), 0);
  const lines = [`schedule: ${kernels.length} kernels, ${fused} elementwise ops fused into them, ${copies} copies`];
  for (const [k, kernel] of kernels.entries())
    lines.push(`  ${String(k).padStart(3)}  ${titleOf(kernel, wayOf)}: ${describe(kernel, schedule)}`);
  lines.push(`memory: arena ${formatBytes(memory.bytes)} for ${formatBytes(memory.total)} of buffers`);
  buffers.forEach((buffer, b) => {
    if ((memory.offsets[b] as number) < 0) return;
    const bytes = buffer.size * dtypes[buffer.dtype].bytes;
    const donor = memory.inPlaceOf[b] as number;
    const how = donor >= 0 ? `, in place of ${nameOf(schedule, donor)}` : "";
    lines.push(`  ${nameOf(schedule, b)}: ${formatBytes(bytes)} at ${memory.offsets[b]}${how}`);
  });
  return lines.join("\n");
}

/** A value that comes to a stage from the other device. */
export interface Crossing {
  readonly node: Pick<Node, "dtype" | "shape"> & { readonly op: Pick<Op, "name"> };
  /** Number of the stage that computes it; null for a leaf that lives there. */
  readonly from: number | null;
}

/** A part of a program that one device runs. */
export interface StagePlan {
  /** The device's name. */
  readonly device: string;
  readonly compiled: Compiled;
  /** Why it is not with the device that was asked for: names of ops by reason. */
  readonly reasons: ReadonlyMap<string, ReadonlySet<string>>;
  readonly crossings: readonly Crossing[];
  readonly wayOf?: WayOf | undefined;
  /** How its kernels are timed; see `Program`. */
  readonly clock?: "timestamps" | "fences" | undefined;
}

/** The account of a program: of its stages one after another, with what crosses between devices, where there are several. */
export function explainStages(stages: readonly StagePlan[]): string {
  const [first] = stages;
  if (first !== undefined && stages.length === 1 && first.reasons.size === 0)
    return explainCompiled(first.compiled, first.wayOf);
  const crossings = stages.flatMap((stage) => stage.crossings);
  const bytes = crossings.reduce((sum, { node }) => sum + bytesOf(node), 0);
  const lines = [`stages: ${stages.length}, ${crossings.length} values cross between devices (${formatBytes(bytes)})`];
  stages.forEach(({ device, compiled, wayOf, reasons, crossings: reads }, i) => {
    lines.push(`stage ${i} on ${device}`);
    for (const [why, ops] of reasons) lines.push(`  runs ${[...ops].join(", ")}: ${why}`);
    for (const { node, from } of reads) {
      const what = from === null ? "a leaf" : `${node.op.name} of stage ${from}`;
      lines.push(`  takes ${what}: ${node.dtype} ${formatShape(node.shape)}, ${formatBytes(bytesOf(node))}`);
    }
    lines.push(explainCompiled(compiled, wayOf).replace(/^/gm, "  "));
  });
  return lines.join("\n");
}

const bytesOf = ({ shape, dtype }: Crossing["node"]): number => sizeOf(shape) * dtypes[dtype].bytes;

/** A map that only moves elements. */
export function isCopy(kernel: Kernel): boolean {
  return kernel.kind === "map" && kernel.programs.every((program) => program.instructions.length === 0);
}

function fusedOps(kernel: Kernel): number {
  const count = mapsOf(kernel).reduce((sum, map) => sum + map.instructions.length, 0);
  return kernel.kind === "map" ? Math.max(0, count - kernel.programs.length) : count;
}

function describe(kernel: Kernel, schedule: Schedule): string {
  const own = kernel.kind === "map" ? null : kernel.output.buffer;
  const reads = unique(
    readsOf(kernel).filter((operand) => operand.buffer !== own),
    schedule,
  );
  const writes = unique(writesOf(kernel), schedule);
  return `${reads.join(", ")} → ${writes.join(", ")}`;
}

/** What a kernel computes: "conv2d+maximum (winograd)", "mul+add × 12 tensors". */
export function titleOf(kernel: Kernel, wayOf?: WayOf): string {
  const way = wayOf?.(kernel) ?? null;
  const segments = kernel.kind === "map" && kernel.programs.length > 1 ? ` × ${kernel.programs.length} tensors` : "";
  return `${kernel.label ?? kernel.kind}${way === null ? "" : ` (${way})`}${segments}`;
}

function unique(operands: readonly Operand[], schedule: Schedule): string[] {
  return [...new Set(operands.map((operand) => operandText(operand, schedule)))];
}

function operandText(operand: Operand, schedule: Schedule): string {
  const plain = isContiguous(operand) && operand.offset === 0;
  const window = plain ? "" : ` view(${operand.offset}; ${operand.strides.join(", ")})`;
  return `${nameOf(schedule, operand.buffer)} ${formatShape(operand.shape)}${window}`;
}

function nameOf({ buffers }: Schedule, b: number): string {
  const buffer = buffers[b] as Schedule["buffers"][number];
  if (buffer.place === "constants") return "constant";
  return buffer.place === "temp" ? `temp${b}` : `${buffer.place}${buffer.index}`;
}

function formatBytes(bytes: number): string {
  if (bytes < 1024) return `${bytes} B`;
  return bytes < 1024 * 1024 ? `${(bytes / 1024).toFixed(1)} KiB` : `${(bytes / 1024 / 1024).toFixed(1)} MiB`;
}
