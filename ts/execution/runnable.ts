/** What can be run: the program of one device, or stages on two (mixed.ts). */
import type { StagePlan } from "../compiler/explain.ts";
import type { TypedArray } from "../core/dtype.ts";
import type { Destination, Device, DeviceBuffer, Holder, Program } from "../device/device.ts";
import type { Root } from "../graph/key.ts";
import type { Node, Source } from "../graph/node.ts";

/** A value that comes at once, where the device works at once. */
export type Made<T> = T | Promise<T>;

export const whenMade = <A, B>(made: Made<A>, next: (value: A) => Made<B>): Made<B> =>
  made instanceof Promise ? made.then(next) : next(made);

export type Value = TypedArray | DeviceBuffer | null;

export interface Runnable {
  /** What it consists of: one stage, unless two devices share the work. */
  readonly stages: readonly StagePlan[];
  /** Constant leaves that it reads besides the graph's own. */
  readonly constants: readonly Source[];
  readonly disposed: boolean;
  /** Computes the outputs from the graph's leaves and {@link constants}; see `Device.run`. */
  run(sources: readonly Source[], outputs: readonly Destination[], times?: Float64Array): Made<Value[]>;
  dispose(): void;
}

/** What makes programs: for a device of this thread (build.ts), or in a worker (worker/maker.ts). */
export interface Maker {
  /** The device of this thread that runs them; null where a worker does. */
  readonly device: Device | null;
  /** Who holds what they compute. */
  readonly holder: Holder;
  /** Whether its programs give values, never promises. */
  readonly immediate: boolean;
  /** Whether its programs can read what is held there. */
  reaches(holder: Holder): boolean;
  /** Called when another takes its place: it does no more on its own account. */
  retire(): void;
  /** Makes a program. `leaves` are those whose values change, in canonical order. */
  build(roots: readonly Root[], leaves: readonly Node[]): Made<Runnable>;
  /** What {@link build} would make. Values that would be computed ahead stand as leaves; nothing is computed. */
  describe(roots: readonly Root[], leaves: readonly Node[]): Made<StagePlan[]>;
}

/** Puts one maker in the place of another, whose programs nobody shall start any more. */
export type Renew = (old: Maker, next: Maker) => void;

/** A program of one device. */
export class Single implements Runnable {
  readonly device: Device;
  readonly stages: readonly [StagePlan];
  readonly constants: readonly Source[];
  /** What it reads, constants last. */
  readonly leaves: readonly Node[];
  readonly #program: Program;
  disposed = false;

  constructor(device: Device, program: Program, leaves: readonly Node[], constants: readonly Source[]) {
    this.device = device;
    const { compiled, wayOf, clock } = program;
    this.stages = [{ device: device.name, compiled, reasons: new Map(), crossings: [], wayOf, clock }];
    this.constants = constants;
    this.leaves = leaves;
    this.#program = program;
  }

  run(sources: readonly Source[], outputs: readonly Destination[], times?: Float64Array): Made<Value[]> {
    return this.device.run(this.#program, sources, outputs, times);
  }

  dispose(): void {
    this.disposed = true;
    this.#program.dispose();
  }
}
