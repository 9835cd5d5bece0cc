/** A program with the values that it reads. */
import type { StagePlan } from "../compiler/explain.ts";
import { StaleError } from "../core/errors.ts";
import type { Destination } from "../device/device.ts";
import type { Node, Source } from "../graph/node.ts";
import type { Made, Maker, Runnable, Value } from "./runnable.ts";

/** Can be run again, on whatever its sources hold then. */
export class Evaluation {
  readonly #runtime: { readonly maker: Maker | null };
  readonly #maker: Maker;
  readonly #runnable: Runnable;
  readonly #sources: readonly Source[];
  readonly #destinations: readonly Destination[];

  constructor(
    runtime: { readonly maker: Maker | null },
    maker: Maker,
    runnable: Runnable,
    leaves: readonly Node[],
    destinations: readonly Destination[],
  ) {
    this.#runtime = runtime;
    this.#maker = maker;
    this.#runnable = runnable;
    this.#sources = [...leaves.map((leaf) => leaf.source as Source), ...runnable.constants];
    this.#destinations = destinations;
  }

  /** Whether the program is still there and its device the one that runs. */
  get valid(): boolean {
    return !this.#runnable.disposed && this.#maker === this.#runtime.maker;
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
