/** What can be run: the program of one device, or stages on two (mixed.ts). */
import type { StagePlan } from "../compiler/explain.ts";
import type { DType, TypedArray } from "../core/dtype.ts";
import { sizeOf } from "../core/shape.ts";
import type { Destination, Device, DeviceBuffer, Program } from "../device/device.ts";
import { makeConstant, makeSource, type Node, type Source } from "../graph/node.ts";

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

/** A program of one device. */
export class Single implements Runnable {
  readonly device: Device;
  readonly stages: readonly [StagePlan];
  readonly constants: readonly Source[];
  readonly #program: Program;
  readonly #leaves: readonly Node[];
  disposed = false;

  /** `leaves` are those of the program, constants last. */
  constructor(device: Device, program: Program, leaves: readonly Node[], constants: readonly Source[]) {
    this.device = device;
    this.stages = [{ device: device.name, compiled: program.compiled, reasons: new Map(), crossings: [] }];
    this.constants = constants;
    this.#program = program;
    this.#leaves = leaves;
  }

  run(sources: readonly Source[], outputs: readonly Destination[], times?: Float64Array): Made<Value[]> {
    const { device } = this;
    if (sources.every((source) => isOn(source, device))) return device.run(this.#program, sources, outputs, times);
    return bringAll(sources, this.#leaves, device).then((here) => device.run(this.#program, here, outputs, times));
  }

  dispose(): void {
    this.disposed = true;
    this.#program.dispose();
  }
}

const isOn = ({ buffer }: Source, device: Device): boolean =>
  buffer === null || (buffer as DeviceBuffer).device === device;

function bringAll(sources: readonly Source[], leaves: readonly Node[], to: Device): Promise<Source[]> {
  return Promise.all(
    sources.map((source, i) => bring(source, (leaves[i] as Node).dtype, sizeOf((leaves[i] as Node).shape), to)),
  );
}

/** Values that never change, where a second device has them too. */
const twins = new WeakMap<Source, Map<Device, Promise<Source>>>();

/** A source that a device can read: values that change move there, others come as a second source. */
async function bring(source: Source, dtype: DType, size: number, to: Device): Promise<Source> {
  if (isOn(source, to)) return source;
  const from = source.buffer as DeviceBuffer;
  if (source.constant === 0) {
    const host = await from.device.download(from, dtype, size);
    if (source.buffer === from) {
      source.host = host;
      source.buffer = null;
    }
    return source;
  }
  const known = twins.get(source) ?? new Map<Device, Promise<Source>>();
  twins.set(source, known);
  const copy = async (): Promise<Source> =>
    makeConstant(makeSource(await from.device.download(from, dtype, size), null, true));
  const twin = known.get(to) ?? copy();
  known.set(to, twin);
  return twin;
}
