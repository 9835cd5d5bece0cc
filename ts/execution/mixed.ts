/**
 * Programs of two devices: what the first cannot run is run by the other, stage by stage; compiler/partition.ts says how a
 * graph is divided. What the first can run whole is its own program, as if it were alone.
 */
import { improve } from "../compiler/compile.ts";
import type { Crossing, StagePlan } from "../compiler/explain.ts";
import { type Cannot, type Passed, partition, type Stage, type StageRoot } from "../compiler/partition.ts";
import { isAhead } from "../compiler/passes/constant.ts";
import { UnsupportedError } from "../core/errors.ts";
import { breathe, shortShare } from "../core/pause.ts";
import { sizeOf } from "../core/shape.ts";
import type { Destination, Device, DeviceBuffer, Holder } from "../device/device.ts";
import { copyGraph } from "../graph/copy.ts";
import type { Root } from "../graph/key.ts";
import { makeSource, type Node, type Source, topological } from "../graph/node.ts";
import { asRoots, type Builder, leavesOf, runOnce } from "./build.ts";
import { GuestBuilder, isOn } from "./guest.ts";
import type { Made, Runnable, Value } from "./runnable.ts";
import type { Trust, Verify } from "./trust.ts";
import { InTurn, Turns } from "./turns.ts";

/** Whether kernels are believed, and whether programs wait for it. */
export interface Faith {
  readonly trust: Trust;
  readonly verify: Verify;
}

/** Builds for a device beside which another runs what it cannot; that one starts when a program first needs it. */
export class MixedBuilder extends GuestBuilder {
  readonly #start: () => Promise<Device>;
  #starting: Promise<Builder> | null = null;
  #other: Device | null = null;
  readonly #faith: Faith | null;
  readonly #refusals = new WeakMap<Node, string | null>();
  readonly #turns: Turns;

  constructor(device: Device, start: () => Promise<Device>, faith: Faith | null = null, turns: Turns = new Turns()) {
    super(device);
    this.#start = start;
    this.#faith = faith;
    this.#turns = turns;
  }

  /** The same without anything that was computed ahead, for when kernels turned out wrong. */
  renewed(): MixedBuilder {
    return new MixedBuilder(this.device, this.#start, this.#faith, this.#turns);
  }

  override retire(): void {
    super.retire();
    this.#other?.retire?.();
    this.#faith?.trust.stop();
  }

  override reaches(holder: Holder): boolean {
    return holder === this.device || holder === this.#other;
  }

  override async optimize(roots: readonly Root[]): Promise<Root[]> {
    const optimized = await super.optimize(roots);
    await this.device.prepare?.(optimized.map(({ node }) => node));
    return optimized;
  }

  override async build(asked: readonly Root[], askedLeaves: readonly Node[]): Promise<Runnable> {
    // A graph of its own: this takes turns with everybody else, who may realise nodes of the other.
    const { roots, leaves } = copyGraph(asked, askedLeaves, "same");
    await breathe(shortShare);
    const whole = await this.optimize(roots);
    await this.#askAhead(whole);
    await breathe(0);
    let stages = this.#stagesOf(roots, whole);
    if (this.#faith?.verify === "first") {
      await this.#meet(stages);
      stages = this.#stagesOf(roots, whole);
    }
    const runnable = await this.#orElsewhere(roots, stages, async (divided) =>
      isWhole(divided) ? this.compile(whole, leaves) : this.#assemble(divided, leaves, false),
    );
    if (this.#faith?.verify === "background") void this.#meet(stages);
    const { device } = this;
    return new InTurn(runnable, this.#turns, (sources) => !isWhole(stages) || !sources.every((x) => isOn(x, device)));
  }

  override async describe(roots: readonly Root[], leaves: readonly Node[]): Promise<StagePlan[]> {
    const whole = await this.optimize(roots);
    const stages = this.#stagesOf(roots, whole);
    if (isWhole(stages)) return [this.describeOne(whole, leaves)];
    const plans: StagePlan[] = [];
    for (const stage of stages) {
      const builder = await this.#builderOf(stage);
      const read = leavesOf(targetsOf(stage)).filter(({ source }) => source?.constant === 0);
      plans.push({ ...builder.describeOne(await optimized(stage, builder), read), ...accountOf(stage) });
    }
    return plans;
  }

  protected override async compute(nodes: readonly Node[]): Promise<Source[]> {
    const leaves = leavesOf(nodes);
    const roots = asRoots(nodes);
    const stages = partition(roots, this.#cannot, () => false);
    const runnable = await this.#orElsewhere(roots, stages, async (divided) =>
      isWhole(divided) ? this.plain(roots, leaves) : this.#assemble(divided, leaves, true),
    );
    const values = await runOnce(runnable, leaves, nodes);
    return Promise.all(values.map((value, i) => this.#sourceOf(value as DeviceBuffer, nodes[i] as Node)));
  }

  readonly #cannot: Cannot = (node) => this.#refusal(node) ?? this.#faith?.trust.refusal(node) ?? null;

  /** What the device says against a node, asked once. */
  #refusal(node: Node): string | null {
    let known = this.#refusals.get(node);
    if (known === undefined) {
      known = this.device.cannot?.(node) ?? null;
      this.#refusals.set(node, known);
    }
    return known;
  }

  /** Asks about every node, in short turns: the device tries to lower each. */
  async #askAhead(roots: readonly Root[]): Promise<void> {
    for (const node of topological(roots.map((root) => root.node))) {
      await breathe(shortShare);
      this.#refusal(node);
    }
  }

  async #meet(stages: readonly Stage[]): Promise<void> {
    await this.#faith?.trust.meet(stages.flatMap((stage) => (stage.home === "own" ? targetsOf(stage) : [])));
  }

  /** Stages of optimised roots. What the other device runs whole starts from the roots as they were. */
  #stagesOf(roots: readonly Root[], optimized: readonly Root[]): Stage[] {
    const stages = partition(optimized, this.#cannot, isAhead);
    const [first] = stages;
    if (first === undefined || stages.length > 1 || first.home === "own") return stages;
    return [elsewhere(roots, first.reasons)];
  }

  /** Makes a program of the stages; of one stage on the other device where this one refuses a part of it. */
  async #orElsewhere(
    roots: readonly Root[],
    stages: readonly Stage[],
    make: (stages: readonly Stage[]) => Promise<Runnable>,
  ): Promise<Runnable> {
    try {
      return await make(stages);
    } catch (error) {
      if (!(error instanceof UnsupportedError) || stages.every(({ home }) => home === "other")) throw error;
      return make([elsewhere(roots, new Map([[error.message, new Set(["all of it"])]]))]);
    }
  }

  /** `plain`: nothing is computed ahead. */
  async #assemble(stages: readonly Stage[], leaves: readonly Node[], plain: boolean): Promise<Runnable> {
    const parts: Part[] = [];
    try {
      for (const stage of stages) {
        const builder = await this.#builderOf(stage);
        const all = leavesOf(targetsOf(stage));
        const read = plain ? all : all.filter(({ source }) => source?.constant === 0);
        const runnable = await (plain
          ? builder.plain(stage.roots, read)
          : builder.compile(await optimized(stage, builder), read));
        parts.push({ stage, runnable, leaves: read });
      }
    } catch (error) {
      for (const { runnable } of parts) runnable.dispose();
      throw error;
    }
    return new Mixed(parts, leaves);
  }

  async #builderOf({ home }: Stage): Promise<Builder> {
    if (home === "own") return this;
    this.#starting ??= this.#start().then((device) => {
      this.#other = device;
      return new GuestBuilder(device);
    });
    return this.#starting;
  }

  /** What was computed ahead, for this device to read. */
  async #sourceOf(buffer: DeviceBuffer, { dtype, shape }: Node): Promise<Source> {
    const { device } = buffer;
    if (device === this.device) return makeSource(null, buffer, true);
    const host = await device.download(buffer, dtype, sizeOf(shape));
    device.free(buffer);
    return makeSource(host, null, true);
  }
}

const isWhole = (stages: readonly Stage[]): boolean => stages.every(({ home }) => home === "own");

function elsewhere(roots: readonly Root[], reasons: Stage["reasons"]): Stage {
  return { home: "other", roots: roots.map((root, i) => ({ ...root, to: i })), inputs: new Map(), reasons };
}

const targetsOf = ({ roots }: Stage): Node[] =>
  roots.flatMap(({ node, into }) => (into === undefined ? [node] : [node, into]));

/** A stage's roots as its device wants them; those of `own` are so already. */
const optimized = ({ home, roots }: Stage, { device }: Builder): Made<readonly Root[]> =>
  home === "own" ? roots : improve(roots, device);

/** Why a stage is where it is, and what comes to it from the other device. */
function accountOf({ reasons, inputs }: Stage): Pick<StagePlan, "reasons" | "crossings"> {
  const crossings = [...inputs].flatMap(([leaf, from]): Crossing[] => {
    if (!isPassed(from)) return [{ node: leaf, from: null }];
    return from.destination === "host" ? [{ node: from.node, from: from.from }] : [];
  });
  return { reasons, crossings };
}

const isPassed = (from: Passed | Source): from is Passed => "destination" in from;

/** A stage with its program. */
interface Part {
  readonly stage: Stage;
  readonly runnable: Runnable;
  /** What the program reads besides its constants. */
  readonly leaves: readonly Node[];
}

/** Stages in order. Between them values lie on the host or, from a device to itself, stay there. */
class Mixed implements Runnable {
  readonly stages: readonly StagePlan[];
  readonly constants: readonly Source[] = [];
  disposed = false;
  readonly #parts: readonly Part[];
  /** Numbers of the caller's leaves. */
  readonly #numbers: ReadonlyMap<Source, number>;

  constructor(parts: readonly Part[], leaves: readonly Node[]) {
    this.#parts = parts;
    this.#numbers = new Map(leaves.map((leaf, i) => [leaf.source as Source, i]));
    this.stages = parts.flatMap(({ stage, runnable }) =>
      runnable.stages.map((plan): StagePlan => ({ ...plan, ...accountOf(stage) })),
    );
  }

  async run(sources: readonly Source[], outputs: readonly Destination[], times?: Float64Array): Promise<Value[]> {
    const given = (source: Source): Source => sources[this.#numbers.get(source) as number] as Source;
    const passed = new Map<Passed, Source>();
    const results: Value[] = outputs.map(() => null);
    const copies = await this.#copies(given);
    let kernels = 0;
    try {
      for (const { stage, runnable, leaves } of this.#parts) {
        const read = leaves.map((leaf) => {
          const from = stage.inputs.get(leaf);
          if (from === undefined) return given(leaf.source as Source);
          return (isPassed(from) ? passed.get(from) : copies.get(leaf)) as Source;
        });
        const destination = ({ to }: StageRoot): Destination =>
          typeof to === "number" ? (outputs[to] as Destination) : to.destination;
        const count = runnable.stages.reduce((sum, { compiled }) => sum + compiled.schedule.kernels.length, 0);
        const values = await runnable.run(
          [...read, ...runnable.constants],
          stage.roots.map(destination),
          times?.subarray(kernels, kernels + count),
        );
        kernels += count;
        stage.roots.forEach(({ to }, i) => {
          const value = values[i] as Value;
          if (typeof to === "number") results[to] = value;
          else
            passed.set(to, ArrayBuffer.isView(value) ? makeSource(value, null, false) : makeSource(null, value, true));
        });
      }
    } finally {
      for (const { buffer } of passed.values()) {
        if (buffer !== null) (buffer as DeviceBuffer).device.free(buffer as DeviceBuffer);
      }
    }
    return results;
  }

  dispose(): void {
    this.disposed = true;
    for (const { runnable } of this.#parts) runnable.dispose();
  }

  /** Values of leaves for the device where they do not live, as they are before anything is updated. */
  async #copies(given: (source: Source) => Source): Promise<Map<Node, Source>> {
    const copies = new Map<Node, Source>();
    for (const { stage } of this.#parts) {
      for (const [leaf, from] of stage.inputs) {
        if (isPassed(from)) continue;
        const { host, buffer } = given(from);
        const held = buffer as DeviceBuffer | null;
        const value = held === null ? host : await held.device.download(held, leaf.dtype, sizeOf(leaf.shape));
        copies.set(leaf, makeSource(value, null, false));
      }
    }
    return copies;
  }
}
