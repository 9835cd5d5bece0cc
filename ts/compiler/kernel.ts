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

/** Elementwise work over one or more segments that share one program (e.g. an optimiser's update of every parameter). */
export interface MapKernel {
  readonly kind: "map";
  readonly programs: readonly MapProgram[];
}

/**
 * A reduction of a map's single value over a space viewed as [outer, reduced, inner] → [outer, inner]. `input.outputs`
 * is empty; the reduced value is `value` (a value number of `input`). `epilogue`, if there, runs over the finished output
 * and reads it as its input 0.
 */
export interface ReduceKernel {
  readonly kind: "reduce";
  readonly op: string;
  readonly space: readonly [outer: number, reduced: number, inner: number];
  readonly input: MapProgram;
  readonly value: number;
  readonly output: Operand;
  readonly epilogue: MapProgram | null;
}

/** Any other kernel: an op with a life of its own. `epilogue` as in {@link ReduceKernel}. */
export interface OpKernel {
  readonly kind: "op";
  readonly op: string;
  readonly inputs: readonly Operand[];
  readonly output: Operand;
  readonly attrs: Readonly<Record<string, unknown>>;
  readonly epilogue: MapProgram | null;
}

export type Kernel = MapKernel | ReduceKernel | OpKernel;
