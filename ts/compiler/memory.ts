/**
 * Memory planning: offsets in one arena for every buffer that lives only while the program runs.
 *
 * A buffer lives from the kernel that first writes it to the one that last reads it; places are reused first-fit. A map's
 * output takes over the place of an input that it reads element by element and nobody reads after it.
 */
import { dtypes } from "../core/dtype.ts";
import { type Kernel, type MapProgram, mapsOf, type Operand, readsOf, type Schedule, writesOf } from "./kernel.ts";
import { isContiguous } from "./view.ts";

export interface MemoryPlan {
  /** Byte offset of every buffer in the arena; -1 for those that live elsewhere. */
  readonly offsets: readonly number[];
  /** Bytes of the arena. */
  readonly bytes: number;
  /** Bytes that all these buffers would take without reuse. */
  readonly total: number;
  /** For every buffer the one whose place it took over in place, or -1. */
  readonly inPlaceOf: readonly number[];
}

const alignment = 64;

export function planMemory({ buffers, kernels }: Schedule): MemoryPlan {
  const first = new Array<number>(buffers.length).fill(Number.POSITIVE_INFINITY);
  const last = new Array<number>(buffers.length).fill(-1);
  kernels.forEach((kernel, k) => {
    for (const { buffer } of writesOf(kernel)) first[buffer] = Math.min(first[buffer] as number, k);
    for (const { buffer } of [...readsOf(kernel), ...writesOf(kernel)]) last[buffer] = k;
  });
  const planned = buffers.map(
    ({ place, resident }) => place === "temp" || place === "output" || (place === "leaf" && !resident),
  );
  buffers.forEach(({ place }, b) => {
    if (place === "leaf") first[b] = -1;
    if (place === "output") last[b] = kernels.length;
    if (place === "output" && first[b] === Number.POSITIVE_INFINITY) first[b] = -1;
  });

  const offsets = new Array<number>(buffers.length).fill(-1);
  const inPlaceOf = new Array<number>(buffers.length).fill(-1);
  const arena = new Arena();
  let total = 0;
  const bytesOf = (b: number) => {
    const buffer = buffers[b] as Schedule["buffers"][number];
    return roundUp(Math.max(1, buffer.size * dtypes[buffer.dtype].bytes) + alignment);
  };
  const elementBytes = (b: number) => dtypes[(buffers[b] as Schedule["buffers"][number]).dtype].bytes;
  const place = (b: number) => {
    total += bytesOf(b);
    offsets[b] = arena.take(bytesOf(b));
  };
  buffers.forEach((_, b) => {
    if (planned[b] && first[b] === -1 && (last[b] as number) >= 0) place(b);
  });
  const released = new Set<number>();
  kernels.forEach((kernel, k) => {
    // A kernel's own output comes first, so that its epilogue can take the place over.
    for (const { buffer } of writesOf(kernel)) {
      if (!planned[buffer] || offsets[buffer] !== -1) continue;
      const donor = findDonor(
        kernel,
        buffer,
        (b) =>
          planned[b] === true &&
          last[b] === k &&
          !released.has(b) &&
          offsets[b] !== -1 &&
          bytesOf(b) === bytesOf(buffer) &&
          elementBytes(b) === elementBytes(buffer) &&
          buffers[b]?.place !== "output",
      );
      if (donor === -1) place(buffer);
      else {
        total += bytesOf(buffer);
        offsets[buffer] = offsets[donor] as number;
        inPlaceOf[buffer] = donor;
        released.add(donor);
      }
    }
    for (const { buffer } of [...readsOf(kernel), ...writesOf(kernel)]) {
      if (!planned[buffer] || last[buffer] !== k || released.has(buffer)) continue;
      released.add(buffer);
      arena.release(offsets[buffer] as number, bytesOf(buffer));
    }
  });
  return { offsets, bytes: arena.bytes, total, inPlaceOf };
}

/** A buffer whose place the map output `target` may take: read in that map element by element, and nowhere else in the kernel. */
function findDonor(kernel: Kernel, target: number, free: (buffer: number) => boolean): number {
  const maps = mapsOf(kernel);
  const program = maps.find(({ outputs }) =>
    outputs.some(({ to }) => to.buffer === target && isContiguous(to) && to.offset === 0),
  );
  if (program === undefined || (kernel.kind === "reduce" && program === kernel.input)) return -1;
  for (const { buffer } of program.inputs) {
    if (!free(buffer) || buffer === target) continue;
    if (usesElsewhere(kernel, program, buffer)) continue;
    if (program.inputs.every((input) => input.buffer !== buffer || (isContiguous(input) && input.offset === 0)))
      return buffer;
  }
  return -1;
}

/** Whether the kernel touches the buffer outside this map's inputs (its own raw output, which the map follows, aside). */
function usesElsewhere(kernel: Kernel, program: MapProgram, buffer: number): boolean {
  const inMap = new Set<Operand>(program.inputs);
  if (readsOf(kernel).some((operand) => operand.buffer === buffer && !inMap.has(operand))) return true;
  return mapsOf(kernel).some(({ outputs }) => outputs.some(({ to }) => to.buffer === buffer));
}

const roundUp = (bytes: number): number => Math.ceil(bytes / alignment) * alignment;

/** First-fit places in one growing block. */
class Arena {
  bytes = 0;
  /** Free ranges by offset, neighbours joined. */
  #free: { offset: number; bytes: number }[] = [];

  take(bytes: number): number {
    const at = this.#free.findIndex((range) => range.bytes >= bytes);
    const range = this.#free[at];
    if (range === undefined) {
      const offset = this.bytes;
      const tail = this.#free[this.#free.length - 1];
      if (tail !== undefined && tail.offset + tail.bytes === this.bytes) {
        this.#free.pop();
        this.bytes = tail.offset + bytes;
        return tail.offset;
      }
      this.bytes += bytes;
      return offset;
    }
    const { offset } = range;
    if (range.bytes === bytes) this.#free.splice(at, 1);
    else {
      range.offset += bytes;
      range.bytes -= bytes;
    }
    return offset;
  }

  release(offset: number, bytes: number): void {
    let at = this.#free.findIndex((range) => range.offset > offset);
    if (at < 0) at = this.#free.length;
    this.#free.splice(at, 0, { offset, bytes });
    for (let i = Math.min(at + 1, this.#free.length - 1); i > 0 && i >= at; i--) {
      const left = this.#free[i - 1] as { offset: number; bytes: number };
      const right = this.#free[i] as { offset: number; bytes: number };
      if (left.offset + left.bytes !== right.offset) continue;
      left.bytes += right.bytes;
      this.#free.splice(i, 1);
    }
  }
}
