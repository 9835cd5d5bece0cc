/**
 * Which commands of a program are worth sharing, and by how much: decided by their own times, run by run.
 *
 *   run 0             commands of much work by their sizes are shared, so that a program that runs once gains too
 *   run 1, 4, 16 …    every command alone, timed
 *   run 2, 8, 32 …    every command that takes long enough shared, timed
 *   all others        what was faster; after a trial some runs so and some alone, and for the rest the better of these two,
 *                     since waking threads costs the whole what no command shows
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
/** Runs of each kind in which a program is judged as a whole. */
const enough = 4;
/** How many shares a command that takes one thread so long is cut into: many of a long one, since threads are unlike. */
const sharesOf = (ms: number, threads: number): number => (ms > 2 ? 2 * threads : threads);

interface Runner {
  readonly run: (program: number) => number;
  readonly step: (program: number, command: number) => number;
}

export class Shares {
  readonly #program: WasmProgram;
  readonly #commands: Uint32Array;
  /** Milliseconds alone, and shared. */
  readonly #alone: Float64Array;
  readonly #shared: Float64Array;
  readonly #threads: number;
  #runs = 0;
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
  run(leader: Runner, handover: number): void {
    const run = this.#runs++;
    if (worth.always || run === 0) {
      if (worth.always || this.#program.leastTime > surely) this.#assign(() => true);
      leader.run(this.#program.address);
    } else if ((run & (run - 1)) === 0) {
      const alone = (31 - Math.clz32(run)) % 2 === 0;
      this.#try(leader, (i) => !alone && (this.#alone[i] as number) >= worthTrying * handover);
      this.#assign(this.#gains);
      this.#since = 0;
      this.#least = [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY];
    } else this.#judge(leader);
  }

  /** Runs the program as it is, or as it is judged to be better. */
  #judge(leader: Runner): void {
    const since = this.#since++;
    if (since === enough) this.#assign(() => false);
    const kind = since < enough ? 0 : 1;
    const start = since < 2 * enough ? performance.now() : 0;
    leader.run(this.#program.address);
    if (since >= 2 * enough) return;
    this.#least[kind] = Math.min(this.#least[kind], performance.now() - start);
    const [together, alone] = this.#least;
    if (since === 2 * enough - 1 && together < worthSharing * alone) this.#assign(this.#gains);
  }

  /** Whether a command was faster when it was shared. */
  readonly #gains = (i: number): boolean => (this.#shared[i] as number) < worthSharing * (this.#alone[i] as number);

  #assign(isShared: (command: number) => boolean): void {
    for (let i = 0; i < this.#commands.length; i++) {
      const ms = Math.min(this.#alone[i] as number, this.#shared[i] as number);
      const shares = worth.always ? this.#threads : isShared(i) ? sharesOf(ms, this.#threads) : 0;
      this.#program.share(this.#commands[i] as number, shares);
    }
  }

  /** Runs command by command, some of them shared, and notes the least times. */
  #try(leader: Runner, isShared: (command: number) => boolean): void {
    const program = this.#program;
    this.#assign(isShared);
    for (let i = 0; i < this.#commands.length && program.error === 0; i++) {
      const least = isShared(i) ? this.#shared : this.#alone;
      const start = performance.now();
      leader.step(program.address, this.#commands[i] as number);
      least[i] = Math.min(least[i] as number, performance.now() - start);
    }
  }
}
