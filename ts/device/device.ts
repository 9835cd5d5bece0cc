/** The whole contract of a device. wasm and WebGPU implement it and never import each other. */

import type { ClusterLimits } from "../compiler/cluster.ts";
import type { Compiled, Target } from "../compiler/compile.ts";
import type { WayOf } from "../compiler/explain.ts";
import type { Cannot } from "../compiler/partition.ts";
import type { DType, TypedArray } from "../core/dtype.ts";
import type { Node, Source } from "../graph/node.ts";

/** Who holds values between runs: a device of this thread, or a worker with devices of its own. */
export interface Holder {
  readonly name: "wasm" | "webgpu";
  /** What it runs on, for people: "nvidia ampere". */
  readonly adapter?: string;
  /** Why nothing can be run any more and what only it held is gone, in words; null while it works. */
  readonly lost?: string | null;
  /** How many threads share large programs at the moment, for a device that has threads. */
  readonly threads?: number | undefined;

  /** Reads a buffer back; `like` gives the type and number of elements. */
  download(buffer: DeviceBuffer, dtype: DType, size: number): TypedArray | Promise<TypedArray>;

  /** Frees a buffer now. Using it afterwards is an error of the caller. */
  free(buffer: DeviceBuffer): void;

  /** Gives everything back. */
  dispose(): void;
}

/** Memory that is held between runs. It is freed when the object is collected, or at once by `free`. */
export interface DeviceBuffer {
  readonly device: Holder;
  readonly bytes: number;
}

/** A compiled schedule, ready to run. */
export interface Program {
  /** What it was made from. */
  readonly compiled: Compiled;
  /** Which of several ways a kernel takes, in a word for people ("winograd"); null where it has one. */
  readonly wayOf?: WayOf;
  /** How its kernels are timed: see `Device.run`; by the host's clock where it does not say. */
  readonly clock?: "timestamps" | "fences";
  /** Gives back all that the device holds for it. */
  dispose(): void;
}

/** Where an output goes: to the host as a typed array, or to a buffer of its own on the device. */
export type Destination = "host" | "device";

export interface Device extends Target, Holder {
  readonly limits: ClusterLimits;
  /** Whether `run` returns values, and `compile` programs once all kernels are loaded, never promises. */
  readonly immediate: boolean;
  /** Fetches what it takes to answer {@link cannot} for a graph. */
  prepare?(nodes: readonly Node[]): Promise<void>;
  /** Why a node cannot run here, for a device beside which another runs what it cannot; the others run all there is. */
  readonly cannot?: Cannot;

  /** Makes a program. Throws {@link UnsupportedError} for what the device cannot do. */
  compile(compiled: Compiled): Program | Promise<Program>;

  /**
   * Runs a program. `leaves` are its inputs in canonical order: host values are uploaded, resident ones kept on the device
   * from then on. Outputs come back in order, updates as null. Promises are returned only where the device is asynchronous.
   * To `times` the milliseconds of every kernel of the schedule are added, by a device that can measure them; it runs slower.
   */
  run(
    program: Program,
    leaves: readonly Source[],
    outputs: readonly Destination[],
    times?: Float64Array,
  ): (TypedArray | DeviceBuffer | null)[] | Promise<(TypedArray | DeviceBuffer | null)[]>;

  /** Ends what runs beside the host's own thread and can start again; values stay. */
  retire?(): void;

  /** What the device holds at the moment. */
  memory(): DeviceMemory;

  /** Ends when all that was submitted is done; for a device whose runs may be over before their work is. */
  settled?(): Promise<unknown>;
}

export interface DeviceMemory {
  /** Bytes the device has taken from the system. */
  readonly reserved: number;
  /** Bytes in use, programs and arena included. */
  readonly used: number;
  /** Live buffers: parameters, optimiser state, realised tensors. */
  readonly buffers: number;
}
