/** The device that runs, those that models run on beside it, and values as everybody asks for them. */
import type { StagePlan } from "../compiler/explain.ts";
import type { TypedArray } from "../core/dtype.ts";
import { DeviceError } from "../core/errors.ts";
import type { Device, DeviceBuffer } from "../device/device.ts";
import { graphKey, type Root } from "../graph/key.ts";
import { makeSource, type Node, type Source } from "../graph/node.ts";
import type { Evaluation } from "./evaluation.ts";
import type { InitOptions } from "./options.ts";
import type { Runnable, Value } from "./runnable.ts";
import { bound, type DeviceChoice, Runtime } from "./runtime.ts";
import { fetchValue } from "./value.ts";

export type { Evaluation, InitOptions, Runtime, Value };

type Kernels = NonNullable<InitOptions["kernels"]>;

/** Most threads; a command is never cut into more shares than twice as many. */
const mostThreads = 64;

/** The runtime of everything but models that were given a device of their own. */
const running = new Runtime();
/**
 * Starts the device. Optional: the first value that is asked for starts the default device by itself. Called again, it
 * changes to another device; tensors and parameters move when they are next used. Throws {@link UnsupportedError} for what
 * this runtime or its policy does not allow, {@link DeviceError} for a GPU that cannot be had, `FormatError` for kernels that
 * cannot be read. The device that ran before goes on then.
 *
 * @example
 * await init({ device: "wasm", deterministic: true });
 */
export async function init(options: InitOptions = {}): Promise<void> {
  const { threads = 1 } = options;
  if (!(Number.isInteger(threads) && threads >= 1 && threads <= mostThreads)) {
    throw new RangeError(`init: cannot start ${threads} threads: wanted a whole number from 1 to ${mostThreads}`);
  }
  await running.start(options);
}

/** The runtimes of such models, and the options of the running one that they took over. */
const beside = new Map<DeviceChoice, { readonly runtime: Runtime; readonly options: InitOptions }>();

/**
 * The runtime of a model. Without a device of its own that is everybody's; so it is where that is the device asked for, or
 * where nothing runs yet.
 */
export function runtimeOn(device: DeviceChoice | undefined, kernels: Kernels = "core"): Runtime {
  if (device === undefined || device === (running.choice ?? device)) return running;
  const { options } = running;
  const known = beside.get(device);
  if (known?.options === options) return known.runtime;
  known?.runtime.retire();
  const runtime = new Runtime({ kernels, ...options, device });
  beside.set(device, { runtime, options });
  return runtime;
}

/** Starts what a model runs on, unless it does run. One that is `trained` is computed by whoever asks, so by everybody's device. */
export async function startFor(device: DeviceChoice | undefined, kernels: Kernels, trained: boolean): Promise<void> {
  const { choice, options } = running;
  const wanted = device ?? choice ?? options.device ?? "wasm";
  if (choice === null || (trained && wanted !== choice)) await init({ kernels, ...options, device: wanted });
  else await runtimeOn(device, kernels).started();
}

/** Does work on a device of its own, with the options of the running one but for those given. */
export async function onDevice<T>(options: InitOptions, work: (runtime: Runtime) => Promise<T>): Promise<T> {
  const runtime = new Runtime({ ...running.options, ...options });
  try {
    return await work(runtime);
  } finally {
    runtime.retire();
  }
}

/** The device that runs on this thread; null before the first {@link init} or value, and where a worker has it. */
export const currentDevice = (): Device | null => running.maker?.device ?? null;

/** Programs that are cached at the moment. */
export const programCount = (): number => running.programs.size;

/** A line that tells how many threads share large programs at the moment; empty where nobody on this thread knows. */
export function threadsAtWork({ maker }: Runtime = running): string {
  const { threads } = maker?.holder ?? {};
  return threads === undefined ? "" : `\nthreads: ${threads}`;
}

/** What the compiler makes of the roots, without running it. */
export async function described(roots: readonly Root[]): Promise<StagePlan[]> {
  return (await running.started()).describe(roots, graphKey(roots).leaves);
}

/** {@link Runtime.evaluate} on the running device. */
export const evaluate: Runtime["evaluate"] = (roots, destinations) => running.evaluate(roots, destinations);

/** {@link Runtime.evaluateNow} on the running device. */
export const evaluateNow: Runtime["evaluateNow"] = (roots, destinations) => running.evaluateNow(roots, destinations);

let collected: FinalizationRegistry<Set<Runnable>> | null = null;

/**
 * Notes programs for an owner of constants. Nobody else can ask for a program that holds them, so the cache lets it go once the
 * owner is collected.
 */
export function programsOf(owner: object): (evaluation: Evaluation) => void {
  const programs = new Set<Runnable>();
  collected ??= new FinalizationRegistry((gone) => {
    for (const program of gone) bound.get(program)?.programs.delete(program);
  });
  collected.register(owner, programs);
  return ({ program }) => {
    const runtime = bound.get(program);
    if (runtime === undefined) return;
    if (programs.size >= runtime.programs.capacity) {
      for (const each of programs) if (each.disposed) programs.delete(each);
    }
    programs.add(program);
  };
}

/** Makes a node the leaf of a value that was computed for it. */
export function settleNode(node: Node, value: Value): void {
  const isHost = ArrayBuffer.isView(value);
  node.source = makeSource(isHost ? value : null, isHost ? null : value, false);
  if (!node.requiresGrad) node.inputs = [];
}

/** The values of a leaf on the host. */
export async function download(node: Node): Promise<TypedArray | number> {
  const source = node.source as Source;
  if (source.stale !== null) throw new DeviceError(source.stale);
  if (source.host !== null) return source.host;
  const buffer = source.buffer as DeviceBuffer | null;
  if (buffer === null) throw new DeviceError("tensor: cannot read a tensor: it was disposed");
  return fetchValue(source, node);
}
