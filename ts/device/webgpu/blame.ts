/** Names for what the GPU could not hold or run. */
import { type Kernel, type Operand, readsOf, type Schedule, writesOf } from "../../compiler/kernel.ts";
import { dtypes } from "../../core/dtype.ts";

const labelOf = (kernel: Kernel): string => kernel.label ?? kernel.kind;

/** The first kernel that touches a buffer, by its label. */
function toucher(
  kernels: readonly Kernel[],
  operandsOf: (kernel: Kernel) => readonly Operand[],
  buffer: number,
): string {
  const found = kernels.find((kernel) => operandsOf(kernel).some((operand) => operand.buffer === buffer));
  return found === undefined ? "the program" : labelOf(found);
}

const bytesOf = ({ buffers }: Schedule, index: number): number => {
  const { size, dtype } = buffers[index] as Schedule["buffers"][number];
  return size * dtypes[dtype].bytes;
};

/** A leaf: `0.weight (4096 bytes of float32), read by matmul`. */
export function nameLeaf(schedule: Schedule, buffer: number, owner: string | undefined): string {
  const { dtype, index } = schedule.buffers[buffer] as Schedule["buffers"][number];
  const reader = toucher(schedule.kernels, readsOf, buffer);
  return `${owner ?? `input ${index}`} (${bytesOf(schedule, buffer)} bytes of ${dtype}), read by ${reader}`;
}

/** A result: `result 0 (4096 bytes of float32), written by matmul`. */
export function nameResult(schedule: Schedule, buffer: number): string {
  const { dtype, index } = schedule.buffers[buffer] as Schedule["buffers"][number];
  const writer = toucher(schedule.kernels, writesOf, buffer);
  return `result ${index} (${bytesOf(schedule, buffer)} bytes of ${dtype}), written by ${writer}`;
}

/** The arena, by the largest of what lies in it. */
export function nameArena(schedule: Schedule, bytes: number): string {
  const planned = schedule.buffers.map((_, i) => i).filter((i) => schedule.buffers[i]?.resident !== true);
  if (planned.length === 0) return `${bytes} bytes of values on the way`;
  const largest = planned.reduce((a, b) => (bytesOf(schedule, b) > bytesOf(schedule, a) ? b : a));
  const { place } = schedule.buffers[largest] as Schedule["buffers"][number];
  const [verb, operandsOf] = place === "leaf" ? (["read", readsOf] as const) : (["written", writesOf] as const);
  const kernel = toucher(schedule.kernels, operandsOf, largest);
  return `${bytes} bytes of values on the way, the largest of ${bytesOf(schedule, largest)} bytes ${verb} by ${kernel}`;
}
