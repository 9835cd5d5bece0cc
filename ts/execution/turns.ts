/** Whose turn it is: runs of several stages on two devices, and those that may not come between them. */
import type { StagePlan } from "../compiler/explain.ts";
import type { Destination } from "../device/device.ts";
import type { Source } from "../graph/node.ts";
import type { Made, Runnable, Value } from "./runnable.ts";

/** Runs that follow one another where they must. */
export class Turns {
  /** When the last run ends that others wait for. */
  #end: Promise<unknown> | null = null;

  /** Whether nothing runs that others wait for. */
  get idle(): boolean {
    return this.#end === null;
  }

  /** Runs at once, unless a run that is `alone` has not ended. */
  take(run: () => Made<Value[]>, alone: boolean): Made<Value[]> {
    if (this.#end === null && !alone) return run();
    const values = this.#end === null ? (async () => run())() : this.#end.then(run);
    const end = values
      .catch(() => {})
      .then(() => {
        if (this.#end === end) this.#end = null;
      });
    this.#end = end;
    return values;
  }
}

/**
 * A program whose run waits for something in between (a stage on the other device, a value from there) is alone while it
 * runs: another one's updates would come between its readings.
 */
export class InTurn implements Runnable {
  readonly #runnable: Runnable;
  readonly #turns: Turns;
  readonly #waits: (sources: readonly Source[]) => boolean;
  /** Runs that have not ended: they keep what they need. */
  #running = 0;
  disposed = false;

  constructor(runnable: Runnable, turns: Turns, waits: (sources: readonly Source[]) => boolean) {
    this.#runnable = runnable;
    this.#turns = turns;
    this.#waits = waits;
  }

  get stages(): readonly StagePlan[] {
    return this.#runnable.stages;
  }

  get constants(): readonly Source[] {
    return this.#runnable.constants;
  }

  async run(sources: readonly Source[], outputs: readonly Destination[], times?: Float64Array): Promise<Value[]> {
    this.#running++;
    try {
      return await this.#turns.take(() => this.#runnable.run(sources, outputs, times), this.#waits(sources));
    } finally {
      this.#running--;
      this.#giveBack();
    }
  }

  /** Nobody shall start it any more. Who was about to still can, and what runs comes to its end. */
  dispose(): void {
    this.disposed = true;
    setTimeout(() => this.#giveBack());
  }

  #giveBack(): void {
    if (this.disposed && this.#running === 0 && !this.#runnable.disposed) this.#runnable.dispose();
  }
}
