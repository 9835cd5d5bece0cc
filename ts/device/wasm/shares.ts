/**
 * Which commands of a program are worth sharing, and by how much: decided by their own times, run by run.
 *
 *   run 0            commands of much work by their sizes are shared, so that a program that runs once gains too
 *   run 1, 3, 5, 7   every command alone, timed; and so again after twice as many runs, or some seconds
 *   run 2, 4, 6, 8   every command that takes long enough shared, timed; and so again right after the others
 *   all others       what was faster; where that is little, after a trial some runs so and some alone, in turn, and for the rest
 *                    the better of these two, since waking threads costs the whole what no command shows
 *
 * The least of all times counts, since whatever else the machine does makes them longer. That a machine was busy when a
 * command was tried is forgotten with the next trial.
 */
import type { WasmProgram } from "./program.ts";
import { worth } from "./worth.ts";

/** A command is tried where it takes one thread as long as so many handovers of a share. */
const worthTrying = 15;
/** Nanoseconds at best of a program's share in the commands that are shared before they were ever timed. */
const surely = 200_000;
/** A command stays shared where it then takes at most this part of its time. */
const worthSharing = 0.95;
/** Runs of each kind in which a program is judged as a whole, and milliseconds of gain from which that is not needed. */
const enough = 4;
const beyondDoubt = 0.5;
/** Runs with which trials begin; from one to the next then come so many runs or, if that takes longer, milliseconds. */
const tried = 8;
const seldom = { runs: 64, ms: 3000 };
/** How many shares a command that takes one thread so long is cut into: many of a long one, since threads are unlike. */
const sharesOf = (ms: number, threads: number): number => (ms > 2 ? 2 * threads : threads);

/** Runs programs by all threads or by this one alone, and single commands as they are cut. */
export interface Runner {
  readonly together: (program: number) => number;
  readonly alone: (program: number) => number;
  readonly step: (program: number, command: number) => number;
}

export class Shares {
  readonly #program: WasmProgram;
  readonly #commands: Uint32Array;
  /** Milliseconds alone, and shared. */
  readonly #alone: Float64Array;
  readonly #shared: Float64Array;
  readonly #threads: number;
  /** Whether any command is shared at the moment. */
  #some = false;
  #runs = 0;
  #trials = 0;
  /** The run in which the next trial is. */
  #next = 1;
  /** Runs since the last trial; the least milliseconds of those with something shared and of those alone. */
  #since = 0;
  #least: [together: number, alone: number] = [0, 0];

  constructor(program: WasmProgram, threads: number) {
    this.#program = program;
    this.#threads = threads;
    this.#commands = program.addresses();
    this.#alone = new Float64Array(this.#commands.length).fill(Number.POSITIVE_INFINITY);
    this.#shared = new Float64Array(this.#commands.length).fill(Number.POSITIVE_INFINITY);
  }

  /** Runs the program. `handover`: milliseconds that a share takes to another thread and back. */
  run(runner: Runner, handover: number): void {
    const run = this.#runs++;
    if (worth.always || run === 0) {
      if (worth.always || this.#program.leastTime > surely) this.#assign(() => true);
      this.#run(runner);
    } else if (run < this.#next) this.#judge(runner);
    else {
      const alone = this.#trials++ % 2 === 0;
      this.#try(runner, (i) => !alone && (this.#alone[i] as number) >= worthTrying * handover);
      this.#next = run + (alone || run < tried ? 1 : Math.min(run, this.#most()));
      this.#since = 0;
      this.#least = [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY];
    }
  }

  #run({ alone, together }: Runner): void {
    (this.#some ? together : alone)(this.#program.address);
  }

  /** Runs the program as it is judged to be better, or so and so in turn until that is known. */
  #judge(runner: Runner): void {
    const since = this.#since++;
    if (since > 2 * enough) {
      this.#run(runner);
      return;
    }
    const [together, alone] = this.#least;
    let kind = since === 2 * enough ? (together < worthSharing * alone ? 0 : 1) : since % 2;
    if (since === 0 && this.#gain() > beyondDoubt) {
      this.#since = 2 * enough + 1;
      kind = 0;
    }
    this.#assign(kind === 0 ? this.#gains : () => false);
    const start = performance.now();
    this.#run(runner);
    this.#least[kind as 0 | 1] = Math.min(this.#least[kind as 0 | 1], performance.now() - start);
  }

  /** Milliseconds that the commands gain which are faster when they are shared. */
  #gain(): number {
    return this.#alone.reduce((sum, ms, i) => sum + (this.#gains(i) ? ms - (this.#shared[i] as number) : 0), 0);
  }

  /** Runs until the next trial at most. */
  #most(): number {
    const ms = this.#alone.reduce((sum, each) => sum + each);
    return Math.max(seldom.runs, Math.ceil(seldom.ms / ms));
  }

  /** Whether a command was faster when it was shared. */
  readonly #gains = (i: number): boolean => (this.#shared[i] as number) < worthSharing * (this.#alone[i] as number);

  #assign(isShared: (command: number) => boolean): void {
    this.#some = false;
    for (let i = 0; i < this.#commands.length; i++) {
      const ms = Math.min(this.#alone[i] as number, this.#shared[i] as number);
      const shares = worth.always ? this.#threads : isShared(i) ? sharesOf(ms, this.#threads) : 0;
      this.#some ||= shares > 1;
      this.#program.share(this.#commands[i] as number, shares);
    }
  }

  /** Runs command by command, some of them shared, and notes the least times. */
  #try(runner: Runner, isShared: (command: number) => boolean): void {
    const program = this.#program;
    this.#assign(isShared);
    for (let i = 0; i < this.#commands.length && program.error === 0; i++) {
      const least = isShared(i) ? this.#shared : this.#alone;
      const start = performance.now();
      runner.step(program.address, this.#commands[i] as number);
      least[i] = Math.min(least[i] as number, performance.now() - start);
    }
  }
}
