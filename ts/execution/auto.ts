/**
 * The device of choice: every program runs on wasm at once, and a large one that runs again and again is tried on the GPU,
 * which starts and compiles in the background. The faster one keeps the program (contest.ts) and is remembered
 * (remembered.ts). Parameters and inputs move with the program, so there is one value of each; while there is a GPU, runs
 * follow one another.
 */
import { costOf } from "../compiler/cost.ts";
import type { StagePlan } from "../compiler/explain.ts";
import { DeviceError, UnsupportedError } from "../core/errors.ts";
import type { Destination, Device, Holder } from "../device/device.ts";
import { type Copy, copyGraph, textOf } from "../graph/copy.ts";
import type { Root } from "../graph/key.ts";
import type { Node, Source } from "../graph/node.ts";
import type { Builder } from "./build.ts";
import { Contest, type Side } from "./contest.ts";
import { GuestBuilder } from "./guest.ts";
import type { Memory } from "./remembered.ts";
import { type Made, type Runnable, type Value, whenMade } from "./runnable.ts";
import { Turns } from "./turns.ts";
import { isLost } from "./value.ts";
import type { WebGpuStart } from "./webgpu.ts";

/** Additions and multiplications, or bytes, of a run that is worth a contest: wasm takes about a millisecond. */
const worthwhile = { flops: 1e7, bytes: 1e7 };

export interface Choices {
  /** Starts the rival; rejects where there is none. */
  readonly startRival: () => Promise<Builder>;
  /** What is known from former sessions; null where there is no rival. */
  readonly openMemory: () => Promise<Memory | null>;
  /** Milliseconds. */
  readonly now?: () => number;
}

export class AutoBuilder extends GuestBuilder {
  readonly #choices: Choices;
  readonly turns: Turns = new Turns();
  readonly now: () => number;
  #rival: Builder | null = null;
  #starting: Promise<Builder | null> | null = null;
  #memory: Promise<Memory | null> | null = null;
  #retired = false;
  /** Programs that run on the rival, or may. */
  #guests = 0;
  readonly #warnings = new Set<string>();

  constructor(device: Device, choices: Choices) {
    super(device);
    this.#choices = choices;
    this.now = choices.now ?? (() => performance.now());
  }

  /** As without a rival while no program is its guest, once what ran there has ended. */
  override get immediate(): boolean {
    return this.device.immediate && this.#guests === 0 && this.turns.idle;
  }

  /** What lies with a rival that has no guests comes home before it is read. */
  override reaches(holder: Holder): boolean {
    return holder === this.device || (this.#guests > 0 && holder === this.#rival?.device && !isLost(holder));
  }

  /** A program comes to the rival, or leaves it. */
  seat(change: 1 | -1): void {
    this.#guests += change;
  }

  override retire(): void {
    super.retire();
    this.#retired = true;
    this.#rival?.retire();
  }

  override build(roots: readonly Root[], leaves: readonly Node[]): Made<Runnable> {
    return whenMade(super.build(roots, leaves), (runnable) => {
      const open = roots.every(({ node }) => node.source === null);
      return open && isLarge(runnable)
        ? new Chosen(runnable, this, copyGraph(roots, leaves, "none"))
        : new Seated(runnable, this);
    });
  }

  /** Runs alone where values may lie on either device. */
  take(run: () => Made<Value[]>): Made<Value[]> {
    return this.turns.take(run, this.#guests > 0);
  }

  memory(): Promise<Memory | null> {
    this.#memory ??= this.#choices.openMemory().catch(() => null);
    return this.#memory;
  }

  /** The rival, started once; null where there is none, and once it is lost. */
  async rival(): Promise<Builder | null> {
    this.#starting ??= this.#choices.startRival().then(
      (builder) => {
        this.replaceRival(builder);
        return builder;
      },
      (error: unknown) => {
        this.warn(error);
        return null;
      },
    );
    await this.#starting;
    return this.#rival === null || isLost(this.#rival.device) ? null : this.#rival;
  }

  /** That there is no GPU, or that it cannot run a program, is as it should be; what else keeps it out is said, once. */
  warn(error: unknown): void {
    const { message } = error as Error;
    if (error instanceof UnsupportedError || this.#warnings.has(message)) return;
    this.#warnings.add(message);
    console.warn(`auto: goes on with wasm: ${message}`);
  }

  /** Puts another builder of the same device in the rival's place. */
  replaceRival(next: Builder): void {
    if (this.#retired) next.retire();
    this.#rival = next;
  }
}

/** The choice between a wasm device that runs and a GPU that is started when a program is worth it. */
export function startAuto(device: Device, options: WebGpuStart): AutoBuilder {
  const builder: AutoBuilder = new AutoBuilder(device, {
    startRival: async () => {
      const { startWebGpu } = await import("./webgpu.ts");
      // Nobody waits for the rival, so its kernels are verified before they run.
      const start = { verify: "first", ...options } as const;
      return startWebGpu(
        start,
        async () => device,
        (_old, next) => builder.replaceRival(next),
      );
    },
    openMemory: async () => (await import("./remembered.ts")).openMemory(),
  });
  return builder;
}

function isLarge({ stages }: Runnable): boolean {
  let [flops, bytes] = [0, 0];
  for (const { compiled } of stages) {
    for (const kernel of compiled.schedule.kernels) {
      const cost = costOf(kernel);
      flops += cost.flops;
      bytes += cost.bytes;
    }
  }
  return flops >= worthwhile.flops || bytes >= worthwhile.bytes;
}

/** A program of the home device that waits for its turn. */
class Seated implements Runnable {
  protected readonly home: Runnable;
  protected readonly builder: AutoBuilder;

  constructor(home: Runnable, builder: AutoBuilder) {
    this.home = home;
    this.builder = builder;
  }

  get stages(): readonly StagePlan[] {
    return this.home.stages;
  }

  get constants(): readonly Source[] {
    return this.home.constants;
  }

  get disposed(): boolean {
    return this.home.disposed;
  }

  run(sources: readonly Source[], outputs: readonly Destination[], times?: Float64Array): Made<Value[]> {
    return this.builder.take(() => this.home.run(sources, outputs, times));
  }

  dispose(): void {
    this.home.dispose();
  }
}

/** A program that two devices contest. */
class Chosen extends Seated {
  readonly #contest = new Contest();
  /** What the rival's program is made from; null once it is decided. */
  #copy: Copy | null;
  #rival: Runnable | null = null;

  constructor(home: Runnable, builder: AutoBuilder, copy: Copy) {
    super(home, builder);
    this.#copy = copy;
  }

  override get stages(): readonly StagePlan[] {
    return this.#contest.winner === "rival" && this.#rival !== null ? this.#rival.stages : super.stages;
  }

  override run(sources: readonly Source[], outputs: readonly Destination[], times?: Float64Array): Made<Value[]> {
    // Kernel by kernel only the winner is measured, before there is one the home device.
    return this.builder.take(() => {
      const side = times === undefined || !this.#contest.measures ? this.#contest.next : "home";
      if (side === "rival" && this.#rival !== null) return this.#runRival(this.#rival, sources, outputs, times);
      return this.#runHome(sources, outputs, times);
    });
  }

  override dispose(): void {
    super.dispose();
    this.#copy = null;
    this.#leave();
  }

  #runHome(sources: readonly Source[], outputs: readonly Destination[], times?: Float64Array): Made<Value[]> {
    const start = this.builder.now();
    return whenMade(this.home.run(sources, outputs, times), (values) => {
      if (times === undefined) this.#record("home", start);
      return values;
    });
  }

  /** `sources` are those of the home program: the graph's leaves, then its constants, for which the rival has its own. */
  async #runRival(
    rival: Runnable,
    sources: readonly Source[],
    outputs: readonly Destination[],
    times?: Float64Array,
  ): Promise<Value[]> {
    const leaves = sources.slice(0, sources.length - this.home.constants.length);
    const start = this.builder.now();
    try {
      const values = await rival.run([...leaves, ...rival.constants], outputs, times);
      if (this.#contest.measures) {
        await (await this.builder.rival())?.device.settled?.();
        this.#record("rival", start);
      }
      return values;
    } catch (error) {
      if (!(error instanceof DeviceError || error instanceof UnsupportedError)) throw error;
      this.builder.warn(error);
      this.#end("home");
      // A run in several stages may have updated something.
      if (rival.stages.length > 1) throw error;
      return this.#runHome(sources, outputs, times);
    }
  }

  #record(side: Side, start: number): void {
    const before = this.#contest.winner;
    if (this.#contest.record(side, this.builder.now() - start)) void this.#prepare();
    const { winner } = this.#contest;
    if (winner === null || winner === before) return;
    const program = this.#copy === null ? null : textOf(this.#copy);
    this.#end(winner);
    if (program !== null) void this.builder.memory().then((memory) => memory?.keep(program, winner));
  }

  /** Makes the rival's program, unless it is known who wins. */
  async #prepare(): Promise<void> {
    const copy = this.#copy as Copy;
    const memory = await this.builder.memory();
    const known = memory === null ? "home" : await memory.recall(textOf(copy));
    const by = known === "home" ? null : await this.builder.rival();
    if (by === null || this.#copy === null) return this.#end("home");
    try {
      this.#rival = await by.build(copy.roots, copy.leaves);
      this.builder.seat(1);
    } catch (error) {
      this.builder.warn(error);
      return this.#end("home"); // What it cannot make it cannot run either.
    }
    if (this.#copy === null) this.#leave();
    else if (known === "rival") this.#end(known);
    else this.#contest.begin();
  }

  #end(winner: Side): void {
    this.#contest.end(winner);
    this.#copy = null;
    if (winner === "home") this.#leave();
  }

  /** Gives the rival's program up. */
  #leave(): void {
    if (this.#rival === null) return;
    this.#rival.dispose();
    this.#rival = null;
    this.builder.seat(-1);
  }
}
