/** The runtime: one device, its programs, and the step from a graph to values. */
import type { StagePlan } from "../compiler/explain.ts";
import type { TypedArray } from "../core/dtype.ts";
import { DeviceError, StaleError } from "../core/errors.ts";
import type { Destination, Device, DeviceBuffer } from "../device/device.ts";
import { type GraphKey, graphKey, keepKey, type Root } from "../graph/key.ts";
import { makeFirst, makeSource, type Node, type Source } from "../graph/node.ts";
import { ProgramCache } from "./cache.ts";
import type { InitOptions } from "./options.ts";
import { type Made, type Maker, type Runnable, type Value, whenMade } from "./runnable.ts";
import { startMaker } from "./start.ts";
import { fetchValue, isLost } from "./value.ts";

export type { InitOptions, Value };

/** Most threads; a command is never cut into more shares than twice as many. */
const mostThreads = 64;

let maker: Maker | null = null;
let starting: Promise<Maker> | null = null;
/** What {@link init} was last called with. */
let given: InitOptions = {};
const cache = new ProgramCache<Runnable>();

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
  const next = createMaker(options);
  starting = next;
  try {
    const made = await next;
    if (starting !== next) return;
    maker?.retire();
    cache.clear();
    maker = made;
    given = options;
  } finally {
    if (starting === next) starting = null;
  }
}

function createMaker(options: InitOptions): Promise<Maker> {
  return startMaker(options, (old, next) => {
    if (maker !== old) return;
    cache.clear();
    maker = next;
  });
}

/** Does work on a device of its own; the running one is the same afterwards. Values move as they are used. */
export async function onDevice<T>(options: InitOptions, work: () => Promise<T>): Promise<T> {
  if (starting !== null) await starting;
  const before = maker;
  const own = await createMaker({ ...given, ...options });
  cache.clear();
  maker = own;
  try {
    return await work();
  } finally {
    own.retire();
    cache.clear();
    maker = before;
  }
}

/** The device that runs on this thread; null before the first {@link init} or value, and where a worker has it. */
export function currentDevice(): Device | null {
  return maker === null ? null : maker.device;
}

/** A line that tells how many threads share large programs at the moment; empty where nobody on this thread knows. */
export function threadsAtWork(): string {
  const { threads } = maker?.holder ?? {};
  return threads === undefined ? "" : `\nthreads: ${threads}`;
}

/** What {@link init} was asked for; null before the first one or value. */
export function currentChoice(): NonNullable<InitOptions["device"]> | null {
  return maker === null ? null : (given.device ?? "wasm");
}

/** Starts another device under the options that the running one was started with. */
export async function initDevice(device: NonNullable<InitOptions["device"]>, kernels: "core" | "full"): Promise<void> {
  await init({ kernels, ...given, device });
}

async function started(): Promise<Maker> {
  if (starting !== null) await starting;
  if (maker === null || isLost(maker.holder)) await init(given);
  return maker as unknown as Maker;
}

/** Programs that are cached at the moment. */
export function programCount(): number {
  return cache.size;
}

/** Evaluations that wait for their program, and the start of the last of them. */
let waiting = 0;
let lastStart: Promise<void> = Promise.resolve();

/**
 * Computes the roots together. Updates take the place of their leaf's value and come back as null. Runs start in the order
 * in which they were asked for, however long their programs take to make: a value asked for before an update is the old one.
 */
export async function evaluate(roots: readonly Root[], destinations: readonly Destination[]): Promise<Value[]> {
  const before = lastStart;
  let start = (): void => {};
  lastStart = new Promise((resolve) => {
    start = resolve;
  });
  waiting++;
  let values: Made<Value[]>;
  try {
    const [made] = await Promise.allSettled([recordable(roots, destinations), before]);
    if (made.status === "rejected") throw made.reason;
    values = made.value.run();
  } finally {
    waiting--;
    start();
  }
  return values;
}

/** {@link evaluate} as something that can be run again: the same program on the same sources, whose values may be others. */
export async function recordable(roots: readonly Root[], destinations: readonly Destination[]): Promise<Evaluation> {
  const running = maker !== null && starting === null && !isLost(maker.holder) ? maker : await started();
  let key = graphKey(roots);
  const prepared = prepare(running, key.leaves);
  if (prepared !== null) {
    await prepared;
    key = graphKey(roots);
  }
  const { leaves } = key;
  const ready = cache.get(key) ?? make(running, roots, key);
  const runnable = ready instanceof Promise ? await ready : ready;
  return new Evaluation(running, runnable, leaves, destinations);
}

/** A program with the sources that it reads. */
export class Evaluation {
  readonly #maker: Maker;
  readonly #runnable: Runnable;
  readonly #sources: readonly Source[];
  readonly #destinations: readonly Destination[];

  constructor(by: Maker, runnable: Runnable, leaves: readonly Node[], destinations: readonly Destination[]) {
    this.#maker = by;
    this.#runnable = runnable;
    this.#sources = [...leaves.map((leaf) => leaf.source as Source), ...runnable.constants];
    this.#destinations = destinations;
  }

  /** Whether the program is still there and its device the running one. */
  get valid(): boolean {
    return !this.#runnable.disposed && this.#maker === maker;
  }

  /** What it runs, on any values. */
  get program(): Runnable {
    return this.#runnable;
  }

  /** What it runs. */
  get stages(): readonly StagePlan[] {
    return this.#runnable.stages;
  }

  /** Throws a {@link StaleError} where a value was overwritten since the program was asked for. */
  run(times?: Float64Array): Made<Value[]> {
    for (const { stale } of this.#sources) if (stale !== null) throw new StaleError(stale);
    return this.#runnable.run(this.#sources, this.#destinations, times);
  }
}

/** {@link evaluate} without waiting; null where the device, or what the graph still needs, is not at hand. */
export function evaluateNow(roots: readonly Root[], destinations: readonly Destination[]): Value[] | null {
  if (maker === null || starting !== null || waiting > 0 || !maker.immediate) return null;
  const key = graphKey(roots);
  if (prepare(maker, key.leaves) !== null) return null;
  const runnable = cache.get(key) ?? make(maker, roots, key);
  if (runnable instanceof Promise) {
    runnable.catch(() => {}); // Whoever asks again and waits gets the error.
    return null;
  }
  const values = new Evaluation(maker, runnable, key.leaves, destinations).run();
  return values instanceof Promise ? null : values;
}

/** What the compiler makes of the roots, without running it. */
export async function described(roots: readonly Root[]): Promise<StagePlan[]> {
  return (await started()).describe(roots, graphKey(roots).leaves);
}

/** Makes the program of a key and keeps it. */
function make(on: Maker, roots: readonly Root[], key: GraphKey): Made<Runnable> {
  const words = keepKey(key);
  const { hash, leaves } = key;
  const constants = constantLeaves(key.nodes);
  const keep = (runnable: Runnable): Runnable => {
    if (on === maker) cache.set(hash, words, runnable);
    if (constants.length > 0) bound.add(runnable);
    return runnable;
  };
  const moving = prepare(on, constants);
  const made = moving === null ? on.build(roots, leaves) : moving.then(() => on.build(roots, leaves));
  return whenMade(made, keep);
}

/** Programs that hold constants. */
const bound = new WeakSet<Runnable>();
let collected: FinalizationRegistry<Set<Runnable>> | null = null;

/**
 * Notes programs for an owner of constants. Nobody else can ask for a program that holds them, so the cache lets it go once the
 * owner is collected.
 */
export function programsOf(owner: object): (evaluation: Evaluation) => void {
  const programs = new Set<Runnable>();
  collected ??= new FinalizationRegistry((gone) => {
    for (const program of gone) cache.delete(program);
  });
  collected.register(owner, programs);
  return ({ program }) => {
    if (!bound.has(program)) return;
    if (programs.size >= cache.capacity) for (const each of programs) if (each.disposed) programs.delete(each);
    programs.add(program);
  };
}

const constantLeaves = (nodes: readonly Node[]): Node[] =>
  nodes.filter(({ source }) => source !== null && source.constant !== 0);

/** Gives leaves what they lack before they can be read: a first value, or a place within reach. Null when nothing is to do. */
function prepare(on: Maker, leaves: readonly Node[]): Promise<void> | null {
  let work: Promise<void> | null = null;
  for (const { source } of leaves) makeFirst(source as Source);
  for (const leaf of leaves) {
    const source = leaf.source as Source;
    const buffer = source.buffer as DeviceBuffer | null;
    if (source.pending === null && (buffer === null || on.reaches(buffer.device))) continue;
    work ??= settle(on, leaves);
  }
  return work;
}

async function settle(on: Maker, leaves: readonly Node[]): Promise<void> {
  const pending = leaves.filter((leaf) => (leaf.source as Source).pending !== null);
  if (pending.length > 0) {
    const roots = pending.map((leaf) => ({ node: (leaf.source as Source).pending as Node }));
    // What waits for its leaves has its place already.
    const values = await (
      await recordable(
        roots,
        pending.map(() => "device"),
      )
    ).run();
    pending.forEach((leaf, i) => {
      const source = leaf.source as Source;
      source.pending = null;
      source.buffer = values[i];
    });
  }
  for (const leaf of leaves) {
    const source = leaf.source as Source;
    const buffer = source.buffer as DeviceBuffer | null;
    if (buffer === null || on.reaches(buffer.device)) continue;
    source.host = await fetchValue(source, leaf);
    source.buffer = null;
  }
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
