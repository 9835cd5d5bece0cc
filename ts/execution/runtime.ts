/** A device, its programs, and the step from a graph to values. */
import type { Destination, DeviceBuffer } from "../device/device.ts";
import { type GraphKey, graphKey, keepKey, type Root } from "../graph/key.ts";
import { makeFirst, type Node, type Source } from "../graph/node.ts";
import { ProgramCache } from "./cache.ts";
import { Evaluation } from "./evaluation.ts";
import type { InitOptions } from "./options.ts";
import { type Made, type Maker, type Runnable, type Value, whenMade } from "./runnable.ts";
import { startMaker } from "./start.ts";
import { fetchValue, isLost } from "./value.ts";

export type DeviceChoice = NonNullable<InitOptions["device"]>;

/** Evaluations of all runtimes that wait for their program, and the start of the last of them. */
let waiting = 0;
let lastStart: Promise<void> = Promise.resolve();

/** Programs that hold constants, and whose they are. */
export const bound: WeakMap<Runnable, Runtime> = new WeakMap();

/** A device that is started when it is first needed, and the programs that were made for it. */
export class Runtime {
  #maker: Maker | null = null;
  /** The start that is under way. */
  #starting: { readonly options: InitOptions; readonly made: Promise<Maker> } | null = null;
  #options: InitOptions;
  /** Programs that were made for it and may be asked for again. */
  readonly programs: ProgramCache<Runnable> = new ProgramCache();

  constructor(options: InitOptions = {}) {
    this.#options = options;
  }

  /** What makes its programs at the moment; null before the first start. */
  get maker(): Maker | null {
    return this.#maker;
  }

  /** What it was started with, or will be. */
  get options(): InitOptions {
    return this.#starting?.options ?? this.#options;
  }

  /** Which device it was asked for; null before the first start. */
  get choice(): DeviceChoice | null {
    return this.#maker === null && this.#starting === null ? null : (this.options.device ?? "wasm");
  }

  /** Starts a device, in the place of the one before. That one goes on where the start fails. */
  async start(options: InitOptions): Promise<void> {
    const starting = { options, made: this.#make(options) };
    this.#starting = starting;
    try {
      const made = await starting.made;
      if (this.#starting !== starting) return made.retire(); // Another start came later.
      this.retire();
      this.#maker = made;
      this.#options = options;
    } finally {
      if (this.#starting === starting) this.#starting = null;
    }
  }

  /** Lets the device and its programs go; values on it can still be read. */
  retire(): void {
    this.#maker?.retire();
    this.#maker = null;
    this.programs.clear();
  }

  /** The device, started where it has not been or was lost. */
  async started(): Promise<Maker> {
    await this.#untilStarted();
    if (this.#ready() === null) {
      await this.start(this.#options);
      await this.#untilStarted(); // Another may have come later.
    }
    return this.#maker as unknown as Maker;
  }

  /**
   * Computes the roots together. Updates take the place of their leaf's value and come back as null. Runs start in the order
   * in which they were asked for, however long their programs take to make: a value asked for before an update is the old one.
   */
  async evaluate(roots: readonly Root[], destinations: readonly Destination[]): Promise<Value[]> {
    const before = lastStart;
    let start = (): void => {};
    lastStart = new Promise((resolve) => {
      start = resolve;
    });
    waiting++;
    let values: Made<Value[]>;
    try {
      const [made] = await Promise.allSettled([this.recordable(roots, destinations), before]);
      if (made.status === "rejected") throw made.reason;
      values = made.value.run();
    } finally {
      waiting--;
      start();
    }
    return values;
  }

  /** {@link evaluate} as something that can be run again: the same program on the same sources, whose values may be others. */
  async recordable(roots: readonly Root[], destinations: readonly Destination[]): Promise<Evaluation> {
    const maker = this.#ready() ?? (await this.started());
    let key = graphKey(roots);
    const prepared = this.#prepare(maker, key.leaves);
    if (prepared !== null) {
      await prepared;
      key = graphKey(roots);
    }
    const { leaves } = key;
    const made = this.programs.get(key) ?? this.#build(maker, roots, key);
    const runnable = made instanceof Promise ? await made : made;
    return new Evaluation(this, maker, runnable, leaves, destinations);
  }

  /** {@link evaluate} without waiting; null where the device, or what the graph still needs, is not at hand. */
  evaluateNow(roots: readonly Root[], destinations: readonly Destination[]): Value[] | null {
    const maker = this.#maker;
    if (maker === null || this.#starting !== null || waiting > 0 || !maker.immediate) return null;
    const key = graphKey(roots);
    if (this.#prepare(maker, key.leaves) !== null) return null;
    const runnable = this.programs.get(key) ?? this.#build(maker, roots, key);
    if (runnable instanceof Promise) {
      runnable.catch(() => {}); // Whoever asks again and waits gets the error.
      return null;
    }
    const values = new Evaluation(this, maker, runnable, key.leaves, destinations).run();
    return values instanceof Promise ? null : values;
  }

  /** Moves the values of leaves to where its programs can read them. */
  async bring(leaves: readonly Node[]): Promise<void> {
    await this.#prepare(this.#ready() ?? (await this.started()), leaves);
  }

  /** Ends when no start is under way. */
  async #untilStarted(): Promise<void> {
    while (this.#starting !== null) await this.#starting.made;
  }

  #ready(): Maker | null {
    return this.#starting === null && this.#maker !== null && !isLost(this.#maker.holder) ? this.#maker : null;
  }

  #make(options: InitOptions): Promise<Maker> {
    return startMaker(options, (old, next) => {
      if (this.#maker !== old) return;
      this.programs.clear();
      this.#maker = next;
    });
  }

  /** Makes the program of a key and keeps it. */
  #build(on: Maker, roots: readonly Root[], key: GraphKey): Made<Runnable> {
    const words = keepKey(key);
    const { hash, leaves } = key;
    const constants = constantLeaves(key.nodes);
    const keep = (runnable: Runnable): Runnable => {
      if (on === this.#maker) this.programs.set(hash, words, runnable);
      if (constants.length > 0) bound.set(runnable, this);
      return runnable;
    };
    const moving = this.#prepare(on, constants);
    const made = moving === null ? on.build(roots, leaves) : moving.then(() => on.build(roots, leaves));
    return whenMade(made, keep);
  }

  /** Gives leaves what they lack before they can be read: a first value, or a place within reach. Null when nothing is to do. */
  #prepare(on: Maker, leaves: readonly Node[]): Promise<void> | null {
    let work: Promise<void> | null = null;
    for (const { source } of leaves) makeFirst(source as Source);
    for (const leaf of leaves) {
      const source = leaf.source as Source;
      const buffer = source.buffer as DeviceBuffer | null;
      if (source.pending === null && (buffer === null || on.reaches(buffer.device))) continue;
      work ??= this.#settle(on, leaves);
    }
    return work;
  }

  async #settle(on: Maker, leaves: readonly Node[]): Promise<void> {
    const pending = leaves.filter((leaf) => (leaf.source as Source).pending !== null);
    if (pending.length > 0) {
      const roots = pending.map((leaf) => ({ node: (leaf.source as Source).pending as Node }));
      // What waits for its leaves has its place already.
      const places = pending.map((): Destination => "device");
      const values = await (await this.recordable(roots, places)).run();
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
}

const constantLeaves = (nodes: readonly Node[]): Node[] =>
  nodes.filter(({ source }) => source !== null && source.constant !== 0);
