/**
 * The threads of the wasm device: workers that follow the instance on this thread (assembly/team.ts). They are started once
 * and sleep when there is nothing to do; nothing is posted to them afterwards. A thread that does not start or ends is no
 * loss to the result, since whoever is there takes the shares: a warning says why, and the others go on. One that is ended
 * amid a share is: the run fails in words once the leader has waited in vain, and all further ones are this thread's alone.
 */
import { compileWasm, startThread } from "#platform";
import { IOTA } from "../../../assembly/kernels.ts";
import {
  TEAM_BELL,
  TEAM_BYTES,
  TEAM_LEAVING,
  TEAM_MESSAGE,
  TEAM_READY,
  TEAM_TRAP,
} from "../../../assembly/team-block.ts";
import { DeviceError, UnsupportedError } from "../../core/errors.ts";
import type { Heap } from "./heap.ts";
import type { KernelModule, Place } from "./module.ts";
import type { WasmProgram } from "./program.ts";
import { type Runner, Shares } from "./shares.ts";
import { worth } from "./worth.ts";

/** Handovers that are timed, for at most so many milliseconds. */
const handovers = 40;
const patience = 5;
/** Milliseconds of a handover that are believed: clocks of pages are coarse, and a machine may be busy while it is timed. */
const shortest = 0.001;
const longest = 0.01;
/** Errors of a program that are no kernel's. */
const trapped = -1;
const abandoned = -2;

/** What the module of the team gives its leader. */
interface Leader {
  readonly lead: (block: number, sleeps: boolean, courtesy: number, patience: number) => void;
  readonly run: (program: number) => number;
  readonly step: (program: number, command: number) => number;
  readonly settle: () => number;
}

/** Compiles what threads share commands by, and makes a team of it. */
export async function startTeam(kernels: KernelModule, heap: Heap, threads: number, place: Place): Promise<Team> {
  const [build, script] = [place("hebb-team"), place("thread")];
  if (build === null || script === null) throw new UnsupportedError("there is no place to read their script from");
  const module = await compileWasm(build);
  const { memory, part } = kernels;
  const { exports } = await WebAssembly.instantiate(module, {
    env: { memory },
    team: { part, now: () => performance.now() },
  });
  return new Team(kernels, module, exports as unknown as Leader, heap, threads, script);
}

export class Team {
  /** How many threads there may be, this one included; each has a part of the scratch. */
  readonly size: number;
  readonly #kernels: KernelModule;
  readonly #module: WebAssembly.Module;
  readonly #leader: Leader;
  readonly #runner: Runner;
  readonly #heap: Heap;
  readonly #block: number;
  #failed = 0;
  #ends: (() => void)[] = [];
  #dissolved = false;
  /** Milliseconds that a share takes to another thread and back; 0: not timed yet. */
  #handover = 0;
  readonly #shares = new WeakMap<WasmProgram, Shares>();

  constructor(
    kernels: KernelModule,
    module: WebAssembly.Module,
    leader: Leader,
    heap: Heap,
    threads: number,
    script: URL,
  ) {
    this.size = threads;
    this.#kernels = kernels;
    this.#module = module;
    this.#leader = leader;
    this.#runner = {
      together: leader.run,
      // What walks a program without looking for shares is the faster by a hundredth.
      alone: (program) => kernels.run(program, 0, 1),
      step: leader.step,
    };
    this.#heap = heap;
    // Its memory is never given back: a thread that is ending may still look at it.
    this.#block = heap.allocate(TEAM_BYTES);
    heap.words.fill(0, this.#block >>> 2, (this.#block + TEAM_BYTES) >>> 2);
    this.#lead(0);
    for (let thread = 1; thread < threads; thread++) void this.#start(script, thread);
  }

  /** How many threads share the work, this one included; 1 until all that can start have. */
  get threads(): number {
    if (this.#dissolved) return 1;
    const ready = this.#word(TEAM_READY);
    return ready + this.#failed < this.size - 1 ? 1 : Math.min(1 + ready, this.size - this.#failed);
  }

  /** Runs a program; its error is in the program. */
  run(program: WasmProgram): void {
    if (this.threads > 1 && this.#handover === 0) this.#handover = this.#timeHandover();
    const { threads } = this;
    if (threads === 1) {
      this.#runner.alone(program.address);
      return;
    }
    let shares = this.#shares.get(program);
    if (shares === undefined) {
      shares = new Shares(program, threads);
      this.#shares.set(program, shares);
    }
    shares.run(this.#runner, this.#handover);
  }

  /** After a trap on this thread: waits until nobody works any more on what is now taken back. */
  settle(): void {
    if (this.#leader.settle() === 0) this.dissolve();
  }

  /** What a thread's end or a kernel on another thread made of a run, from the program's error; null: a kernel's refusal. */
  failure(error: number): Error | null {
    if (error === trapped) return this.#trap();
    if (error !== abandoned) return null;
    this.dissolve();
    return new DeviceError(
      "wasm: cannot finish a run: one of its threads was ended from outside or did not come back; " +
        "what the run was changing in place, as a training step does with parameters, is to be set anew. " +
        "From now on one thread does the work",
    );
  }

  /** As it would have been thrown here. */
  #trap(): Error {
    const at = (this.#block + TEAM_MESSAGE) >>> 1;
    const units = new Uint16Array(this.#kernels.memory.buffer).slice(at, at + this.#word(TEAM_TRAP) - 1);
    Atomics.store(this.#heap.words, (this.#block + TEAM_TRAP) >>> 2, 0);
    return new WebAssembly.RuntimeError(String.fromCharCode(...units));
  }

  /** Runs one command, and returns the address of the next. */
  step(program: number, command: number): number {
    return this.#leader.step(program, command);
  }

  /** Ends the threads. */
  dissolve(): void {
    this.#dissolved = true;
    const words = new Int32Array(this.#kernels.memory.buffer);
    Atomics.store(words, (this.#block + TEAM_LEAVING) >>> 2, 1);
    Atomics.add(words, (this.#block + TEAM_BELL) >>> 2, 1);
    Atomics.notify(words, (this.#block + TEAM_BELL) >>> 2);
    for (const end of this.#ends) end();
    this.#ends = [];
  }

  /** `courtesy`: milliseconds for which the shares of a command are left to others, all but one. */
  #lead(courtesy: number): void {
    this.#leader.lead(this.#block, maySleep(), courtesy, worth.patience);
  }

  #word(at: number): number {
    return Atomics.load(this.#heap.words, (this.#block + at) >>> 2);
  }

  async #start(script: URL, thread: number): Promise<void> {
    const { memory, module: kernels } = this.#kernels;
    try {
      const task = { kernels, team: this.#module, memory, block: this.#block, thread };
      const end = await startThread(script, task, (why) => this.#fail(why));
      if (this.#dissolved) end();
      else this.#ends.push(end);
    } catch (error) {
      this.#fail((error as Error).message);
    }
  }

  #fail(why: string): void {
    if (this.#dissolved) return;
    if (this.#failed++ === 0) console.warn(`wasm: goes on with fewer threads: ${why}`);
  }

  /** The least time in which another thread takes one of two shares with nothing to do. */
  #timeHandover(): number {
    // Three words of no operand, a count of 0 and three numbers that nobody reads.
    const program = [1, this.#block, 0, 0, 0, 0, IOTA | (2 << 16), 9, 0, 0, 0, 0, 0, 0, 0];
    const address = this.#heap.allocate(4 * program.length);
    this.#heap.words.set(program, address >>> 2);
    this.#lead(worth.patience); // The other share is for others.
    let least = Number.POSITIVE_INFINITY;
    const first = performance.now();
    for (let i = 0, now = first; i < handovers && now - first < patience; i++) {
      const start = now;
      this.#leader.run(address);
      now = performance.now();
      least = Math.min(least, now - start);
    }
    this.#lead(worth.always ? worth.patience : 0);
    if (this.#heap.words[(address >>> 2) + 4] !== 0) this.dissolve();
    this.#heap.free(address, 4 * program.length);
    return Math.min(Math.max(least, shortest), longest);
  }
}

/** Whether this thread may sleep: a page's main thread may not. */
function maySleep(): boolean {
  try {
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 1);
    return true;
  } catch {
    return false;
  }
}
