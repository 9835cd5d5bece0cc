/**
 * Writes commands: the words that `assembly/command.ts` reads.
 *
 * A lowering calls `begin`, writes its arguments in the order its kernel's file states, and calls `end`.
 */
import { FULL_KERNELS } from "../../../assembly/kernels.ts";
import { FULL_OPCODES, MAP_SCRATCH } from "../../../assembly/opcodes.ts";
import type { Operand, OpKernel } from "../../compiler/kernel.ts";

/** Writes the commands of a kernel; `free`: nothing but its own epilogue reads what it computes. */
export type Lower = (kernel: OpKernel, out: CommandWriter, free: boolean) => void;

/** Lowerings by op. */
export type Rows = { readonly [op: string]: Lower };

export class CommandWriter {
  #words = new Int32Array(256);
  #length = 0;
  #start = 0;
  #scratch = 0;
  #count = 0;
  #full = false;
  #blocks: { at: number; write: () => void }[] = [];

  /** Number of finished commands. */
  get count(): number {
    return this.#count;
  }

  /** Bytes of scratch a thread that the commands so far need: the map interpreter's, then the kernels' own. */
  get scratchBytes(): number {
    return MAP_SCRATCH + this.#scratch;
  }

  /** Whether a command is of the full build alone: its kernel, or an instruction of its maps. */
  get full(): boolean {
    return this.#full;
  }

  /** Says that an instruction of this opcode is written. */
  opcode(number: number): void {
    if (number >= FULL_OPCODES) this.#full = true;
  }

  /** The words of all finished commands. */
  get words(): Int32Array {
    return this.#words.subarray(0, this.#length);
  }

  /** Starts a command of the kernel with this number (`assembly/kernels.ts`). */
  begin(kernel: number): void {
    this.#start = this.#length;
    if (kernel >= FULL_KERNELS) this.#full = true;
    this.int(kernel, 0);
  }

  /** Finishes the command: appends its blocks and fills in its length. */
  end(): void {
    for (let i = 0; i < this.#blocks.length; i++) {
      const block = this.#blocks[i] as { at: number; write: () => void };
      this.#words[block.at] = this.#length - this.#start;
      block.write();
    }
    this.#blocks = [];
    this.#words[this.#start + 1] = this.#length - this.#start;
    this.#count++;
  }

  /** Appends integers. */
  int(...values: readonly number[]): void {
    this.#reserve(values.length);
    for (const value of values) this.#words[this.#length++] = value;
  }

  /** Appends float32 numbers. */
  float(...values: readonly number[]): void {
    this.#reserve(values.length);
    const floats = new Float32Array(this.#words.buffer);
    for (const value of values) floats[this.#length++] = value;
  }

  /** Appends a buffer's slot and the operand's offset in elements. */
  operand(operand: Operand): void {
    this.int(operand.buffer, operand.offset);
  }

  /** Appends the offset of a block that `write` appends when the command ends; 0 for null. */
  block(write: (() => void) | null): void {
    if (write !== null) this.#blocks.push({ at: this.#length, write });
    this.int(0);
  }

  /** Asks for at least this many bytes of scratch a thread (`Run.kernelScratch` in the kernel). */
  scratch(bytes: number): void {
    this.#scratch = Math.max(this.#scratch, (bytes + 63) & ~63);
  }

  #reserve(count: number): void {
    if (this.#length + count <= this.#words.length) return;
    const grown = new Int32Array(Math.max(this.#words.length * 2, this.#length + count));
    grown.set(this.#words);
    this.#words = grown;
  }
}
