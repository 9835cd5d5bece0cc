/**
 * A program in linear memory: the commands of a schedule, its constants, and the table that binds buffers to addresses.
 *
 *   header (6 words) | commands | slots (one address a buffer) | constants
 */
import type { Compiled } from "../../compiler/compile.ts";
import { costOf } from "../../compiler/cost.ts";
import type { WayOf } from "../../compiler/explain.ts";
import { countReaders } from "../../compiler/kernel.ts";
import type { Program } from "../device.ts";
import { CommandWriter } from "./command.ts";
import type { Heap } from "./heap.ts";
import { lower, wayOf } from "./lower.ts";

const headerWords = 6;

/** What one thread does in a nanosecond at best. */
const fastest = { flops: 40, bytes: 20 };

export class WasmProgram implements Program {
  readonly compiled: Compiled;
  readonly wayOf: WayOf = wayOf;
  readonly address: number;
  readonly scratchBytes: number;
  /** Whether it needs the full build of the kernels. */
  readonly full: boolean;
  /** How many commands every kernel of the schedule became. */
  readonly commands: readonly number[];
  readonly #heap: Heap;
  readonly #bytes: number;
  readonly #slots: number;
  readonly #constants: number;
  /** Arena and scratch that the addresses in memory were written for. */
  #arena = -1;
  #scratch = -1;
  #leastTime = -1;

  constructor(compiled: Compiled, heap: Heap) {
    this.compiled = compiled;
    this.#heap = heap;
    const { schedule } = compiled;
    const out = new CommandWriter();
    const readers = countReaders(schedule);
    this.commands = schedule.kernels.map((kernel) => {
      const before = out.count;
      lower(kernel, out, kernel.kind !== "map" && readers[kernel.output.buffer] === 1);
      return out.count - before;
    });
    const { words } = out;
    this.full = out.full;
    this.scratchBytes = out.scratchBytes;
    const slotsAt = headerWords + words.length;
    const constantsAt = (slotsAt + schedule.buffers.length + 3) & ~3;
    this.#bytes = (constantsAt + schedule.constants.length) * 4;
    this.address = heap.allocate(this.#bytes);
    this.#slots = this.address + slotsAt * 4;
    this.#constants = this.address + constantsAt * 4;
    const memory = heap.words;
    memory.set([out.count, this.#slots, 0, this.scratchBytes, 0, 0], this.address >>> 2);
    memory.set(words, (this.address >>> 2) + headerWords);
    memory.set(schedule.constants, this.#constants >>> 2);
    schedule.buffers.forEach((buffer, b) => {
      if (buffer.place === "constants") memory[(this.#slots >>> 2) + b] = this.#constants;
    });
  }

  /** Address of the first command. */
  get firstCommand(): number {
    return this.address + headerWords * 4;
  }

  /** Nanoseconds that a run takes one thread at least, by what its kernels compute and move. */
  get leastTime(): number {
    if (this.#leastTime < 0) {
      this.#leastTime = this.compiled.schedule.kernels.reduce((sum, kernel) => {
        const { flops, bytes } = costOf(kernel);
        return sum + Math.max(flops / fastest.flops, bytes / fastest.bytes);
      }, 0);
    }
    return this.#leastTime;
  }

  /** The error of the last run: 0, the failing kernel's number + 1, -1 where a thread trapped, -2 where one ended. */
  get error(): number {
    return (this.#heap.words[(this.address >>> 2) + 4] as number) | 0;
  }

  /** Addresses of all commands. */
  addresses(): Uint32Array {
    const out = new Uint32Array(this.#heap.words[this.address >>> 2] as number);
    let at = this.firstCommand;
    for (let i = 0; i < out.length; i++) {
      out[i] = at;
      at += 4 * (this.#heap.words[(at >>> 2) + 1] as number);
    }
    return out;
  }

  /** Says into how many shares the command at this address is cut; 0: it is for one thread. */
  share(command: number, shares: number): void {
    const { words } = this.#heap;
    words[command >>> 2] = ((words[command >>> 2] as number) & 0xffff) | (shares << 16);
  }

  /** Points every planned buffer into the arena, where it has moved since the last run. */
  place(arena: number, scratch: number): void {
    if (this.#arena === arena && this.#scratch === scratch) return;
    this.#arena = arena;
    this.#scratch = scratch;
    const memory = this.#heap.words;
    memory[(this.address >>> 2) + 2] = scratch;
    const { offsets } = this.compiled.memory;
    for (let b = 0; b < offsets.length; b++) {
      if ((offsets[b] as number) >= 0) memory[(this.#slots >>> 2) + b] = arena + (offsets[b] as number);
    }
  }

  /** Binds one buffer to an address for the next runs. */
  bind(buffer: number, address: number): void {
    this.#heap.words[(this.#slots >>> 2) + buffer] = address;
  }

  /** Where a buffer is bound. */
  addressOf(buffer: number): number {
    return this.#heap.words[(this.#slots >>> 2) + buffer] as number;
  }

  dispose(): void {
    this.#heap.free(this.address, this.#bytes);
  }
}
