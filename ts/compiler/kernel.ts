/**
 * What the compiler hands to a device: a schedule of kernels over numbered buffers.
 *
 * Every device lowers the same kernels: wasm to command words, WebGPU to shaders and dispatches.
 */
import type { DType } from "../core/dtype.ts";

/** A strided window on a buffer. Offset and strides count elements; a stride may be 0 or negative. */
export interface Operand {
  readonly buffer: number;
  readonly dtype: DType;
  readonly offset: number;
  readonly shape: readonly number[];
  readonly strides: readonly number[];
}

/**
 * One elementwise step. Arguments and results are value numbers: `0 … operands.length - 1` are the map's operands in
 * order, later numbers the results of earlier instructions (instruction `i` defines value `operands.length + i`).
 */
export interface Instruction {
  /** An elementwise op's name, e.g. "add". */
  readonly op: string;
  /** Type of the result. */
  readonly dtype: DType;
  readonly args: readonly number[];
  /** How a cast rounds, where it says so. */
  readonly attrs?: Readonly<Record<string, unknown>>;
}

/** An elementwise DAG over an iteration space. */
export interface MapProgram {
  readonly shape: readonly number[];
  /** What is read; each operand's shape equals `shape`. */
  readonly inputs: readonly Operand[];
  /** What is written, and which value goes there. Operands number the inputs first, then the outputs. */
  readonly outputs: readonly { readonly to: Operand; readonly value: number }[];
  readonly instructions: readonly Instruction[];
}

/** What kernels have that no device needs. */
interface Account {
  /** The ops it computes, for people: "mul+add". */
  readonly label?: string;
  /** Which nodes of the graph that was asked for it computes, by their numbers: `passes/origins.ts`. */
  readonly origins?: readonly number[];
}

/** Elementwise work over one or more segments that share one program (e.g. an optimiser's update of every parameter). */
export interface MapKernel extends Account {
  readonly kind: "map";
  readonly programs: readonly MapProgram[];
}

/**
 * A reduction of a map's single value over a space viewed as [outer, reduced, inner] → [outer, inner]. `input.outputs`
 * is empty; the reduced value is `value` (a value number of `input`). `epilogue`, if there, runs over the finished output
 * and reads it as its input 0.
 */
export interface ReduceKernel extends Account {
  readonly kind: "reduce";
  readonly op: string;
  readonly space: readonly [outer: number, reduced: number, inner: number];
  readonly input: MapProgram;
  readonly value: number;
  readonly output: Operand;
  readonly epilogue: MapProgram | null;
}

/** Any other kernel: an op with a life of its own. `epilogue` as in {@link ReduceKernel}. */
export interface OpKernel extends Account {
  readonly kind: "op";
  readonly op: string;
  readonly inputs: readonly Operand[];
  readonly output: Operand;
  readonly attrs: Readonly<Record<string, unknown>>;
  readonly epilogue: MapProgram | null;
}

export type Kernel = MapKernel | ReduceKernel | OpKernel;

/** A buffer of a schedule, by what holds it. */
export interface Buffer {
  /** Elements. */
  readonly size: number;
  readonly dtype: DType;
  /**
   * temp: only this program sees it. leaf: input `index`; resident ones live on the device between runs, others are
   * uploaded for the run. output: result `index`. constants: the program's own numbers.
   */
  readonly place: "temp" | "leaf" | "output" | "constants";
  readonly index: number;
  readonly resident: boolean;
}

/** Everything a device needs to make a program. */
export interface Schedule {
  readonly buffers: readonly Buffer[];
  readonly kernels: readonly Kernel[];
  /** Buffer of every leaf, in canonical order. */
  readonly leaves: readonly number[];
  /** Buffer of every output, in the order of the roots; updates name the leaf's buffer. */
  readonly outputs: readonly number[];
  /** The constants buffer's words: numbers of 4 and of 8 bytes, by bits. */
  readonly constants: Int32Array;
}

/** The maps inside a kernel: its segments, or its prologue and epilogue. */
export function mapsOf(kernel: Kernel): readonly MapProgram[] {
  if (kernel.kind === "map") return kernel.programs;
  const epilogue = kernel.epilogue === null ? [] : [kernel.epilogue];
  return kernel.kind === "reduce" ? [kernel.input, ...epilogue] : epilogue;
}

/** Every operand that a kernel reads. */
export function readsOf(kernel: Kernel): readonly Operand[] {
  const maps = mapsOf(kernel).flatMap((program) => program.inputs);
  return kernel.kind === "op" ? [...kernel.inputs, ...maps] : maps;
}

/** Every operand that a kernel writes. */
export function writesOf(kernel: Kernel): readonly Operand[] {
  const maps = mapsOf(kernel).flatMap((program) => program.outputs.map((output) => output.to));
  return kernel.kind === "map" ? maps : [kernel.output, ...maps];
}

/** For every buffer how many kernels read it; a result of the program has a reader more. */
export function countReaders({ buffers, kernels, outputs }: Schedule): number[] {
  const readers = buffers.map(() => 0);
  const read = (buffer: number): void => {
    (readers[buffer] as number)++;
  };
  for (const kernel of kernels) new Set(readsOf(kernel).map(({ buffer }) => buffer)).forEach(read);
  outputs.forEach(read);
  return readers;
}
