/** The wasm device: programs are command lists in linear memory, one exported call walks a whole list. */

import { cores, wasmUrl } from "#platform";
import { CHECK_INDEX, GATHER, ROI_ALIGN, ROI_POOL, SCATTER, SCATTER_ADD } from "../../../assembly/kernels.ts";
import type { ClusterLimits } from "../../compiler/cluster.ts";
import type { Compiled } from "../../compiler/compile.ts";
import type { Buffer } from "../../compiler/kernel.ts";
import type { PackWeights } from "../../compiler/passes/pack-weights.ts";
import { type DType, dtypes, type TypedArray } from "../../core/dtype.ts";
import { DeviceError, UnsupportedError } from "../../core/errors.ts";
import type { Source } from "../../graph/node.ts";
import type { Destination, Device, DeviceBuffer, DeviceMemory, Program } from "../device.ts";
import { indexError } from "../failure.ts";
import { Heap } from "./heap.ts";
import { loadFullRows, missingRows, packing } from "./lower.ts";
import { isShared, type KernelModule, loadModule, type ModuleOptions } from "./module.ts";
import { WasmProgram } from "./program.ts";
import type { Team } from "./team.ts";
import { worth } from "./worth.ts";

/** A block of linear memory. */
class WasmBuffer implements DeviceBuffer {
  readonly device: Device;
  readonly address: number;
  readonly bytes: number;

  constructor(device: Device, address: number, bytes: number) {
    this.device = device;
    this.address = address;
    this.bytes = bytes;
  }
}

export type WasmOptions = ModuleOptions;

/** What the builds keep for themselves at the start of the memory. */
const buildBytes = 65536;

interface Block {
  /** 0: not there. */
  address: number;
  bytes: number;
}

/** The op of a kernel that can fail: each refuses an index. */
const failures: { readonly [kernel: number]: string } = {
  [CHECK_INDEX]: "checkIndex",
  [GATHER]: "gather",
  [ROI_ALIGN]: "roiAlign",
  [ROI_POOL]: "roiPool",
  [SCATTER]: "scatter",
  [SCATTER_ADD]: "scatterAdd",
};

/** How many threads pay on so many cores: what is called a core may be half of one. */
const threadsFor = (count: number): number => (count <= 4 ? count : Math.min(8, Math.max(4, count >> 1)));

export class WasmDevice implements Device {
  readonly name = "wasm" as const;
  readonly immediate = true;
  readonly limits: ClusterLimits = { operands: 32, instructions: 64 };
  #module: KernelModule;
  /** How the full build is loaded when a program first needs it. */
  readonly #options: WasmOptions;
  #upgrade: Promise<void> | null = null;
  /** Threads that share the work, once there was enough of it. */
  #team: Team | null = null;
  #gathering = false;
  /** Nanoseconds of work of large programs so far. */
  #work = 0;
  readonly #heap: Heap;
  readonly #arena: Block = { address: 0, bytes: 0 };
  readonly #scratch: Block = { address: 0, bytes: 0 };
  #buffers = 0;
  readonly #collected: FinalizationRegistry<{ address: number; bytes: number }>;

  constructor(module: KernelModule, options: WasmOptions = {}) {
    this.#module = module;
    this.#options = options;
    this.#heap = new Heap(module.memory, Math.max(module.heapBase(), buildBytes));
    this.#collected = new FinalizationRegistry(({ address, bytes }) => {
      this.#heap.free(address, bytes);
      this.#buffers--;
    });
  }

  static async create(options: WasmOptions = {}): Promise<WasmDevice> {
    if (typeof FinalizationRegistry === "undefined") {
      throw new UnsupportedError(
        "init: cannot start: this engine has no FinalizationRegistry, which gives back what tensors held, " +
          "wanted a newer one (in Cloudflare Workers a compatibility_date of 2025-05-05 or later)",
      );
    }
    const rows = options.full === true ? loadFullRows() : null;
    const module = await loadModule(options);
    if (module.full) await (rows ?? loadFullRows());
    return new WasmDevice(module, options);
  }

  compile(compiled: Compiled): Program | Promise<Program> {
    const missing = missingRows(compiled.schedule.kernels);
    if (missing !== null) return (missing === "full" ? this.#loadFull() : missing).then(() => this.compile(compiled));
    const program = new WasmProgram(compiled, this.#heap);
    return program.full && !this.#module.full ? this.#loadFull().then(() => program) : program;
  }

  /** A module that was handed in stays; without the kernels for packed weights it reads them as they are. */
  packing(): PackWeights | Promise<PackWeights> | null {
    return this.#options.wasm === undefined || this.#module.full ? packing() : null;
  }

  /** Puts the full build in the place of the one that runs: it takes over the memory, whose heap neither touches. */
  #loadFull(): Promise<void> {
    const { deterministic, place, threads, wasm } = this.#options;
    this.#upgrade ??= (async () => {
      if (wasm !== undefined) {
        throw new UnsupportedError(
          "init: cannot run this program: the module that was handed in lacks its kernels, wanted hebb-full.wasm or hebb-full-relaxed.wasm",
        );
      }
      const [module] = await Promise.all([
        loadModule({ deterministic, place, threads, full: true }, this.#module.memory),
        loadFullRows(),
      ]);
      this.retire(); // Its threads run what is no longer there.
      this.#module = module;
    })();
    return this.#upgrade;
  }

  run(
    program: Program,
    leaves: readonly Source[],
    outputs: readonly Destination[],
    times?: Float64Array,
  ): (TypedArray | DeviceBuffer | null)[] {
    const wasm = program as WasmProgram;
    const { schedule, memory } = wasm.compiled;
    this.#reserve(this.#arena, memory.bytes);
    this.#reserve(this.#scratch, wasm.scratchBytes * (this.#team?.size ?? 1));
    wasm.place(this.#arena.address, this.#scratch.address);
    for (let i = 0; i < leaves.length; i++) this.#bindLeaf(wasm, schedule.leaves[i] as number, leaves[i] as Source);
    const results: (TypedArray | DeviceBuffer | null)[] = [];
    for (let i = 0; i < outputs.length; i++) {
      const index = schedule.outputs[i] as number;
      const { dtype, place, size } = schedule.buffers[index] as Buffer;
      const kept = place === "output" && outputs[i] === "device" ? this.#allocate(size * dtypes[dtype].bytes) : null;
      if (kept !== null) wasm.bind(index, kept.address);
      results.push(kept);
    }
    try {
      if (times !== undefined) this.#measure(wasm, times);
      else if (this.#team !== null && wasm.leastTime > worth.run) this.#team.run(wasm);
      else {
        this.#module.run(wasm.address, 0, 1);
        if (this.#team === null && this.#options.threads !== 1 && isShared(this.#module.memory)) this.#count(wasm);
      }
    } catch (error) {
      this.#team?.settle();
      throw error;
    } finally {
      for (let i = 0; i < outputs.length; i++) {
        const index = schedule.outputs[i] as number;
        if (results[i] !== null) wasm.bind(index, this.#arena.address + (memory.offsets[index] as number));
      }
    }
    if (wasm.error !== 0) throw this.#failureOf(wasm);
    for (let i = 0; i < outputs.length; i++) {
      const index = schedule.outputs[i] as number;
      const { dtype, place, size } = schedule.buffers[index] as Buffer;
      if (place === "output" && results[i] === null) results[i] = this.#heap.read(dtype, wasm.addressOf(index), size);
    }
    return results;
  }

  download(buffer: DeviceBuffer, dtype: DType, size: number): TypedArray {
    return this.#heap.read(dtype, (buffer as WasmBuffer).address, size);
  }

  free(buffer: DeviceBuffer): void {
    const { address, bytes } = buffer as WasmBuffer;
    this.#collected.unregister(buffer);
    this.#heap.free(address, bytes);
    this.#buffers--;
  }

  memory(): DeviceMemory {
    return { reserved: this.#module.memory.buffer.byteLength, used: this.#heap.used, buffers: this.#buffers };
  }

  /** How many threads share large programs at the moment. */
  get threads(): number {
    return this.#team?.threads ?? 1;
  }

  /** Ends the threads; they start again when there is work enough. */
  retire(): void {
    this.#team?.dissolve();
    this.#team = null;
    this.#work = 0;
  }

  dispose(): void {
    this.retire();
    for (const block of [this.#arena, this.#scratch]) {
      if (block.address !== 0) this.#heap.free(block.address, block.bytes);
      block.address = 0;
    }
  }

  /** Counts the work of a program and starts threads once there is enough. */
  #count(program: WasmProgram): void {
    if (this.#gathering || program.leastTime < worth.run) return;
    this.#work += program.leastTime;
    if (this.#work < worth.start) return;
    this.#gathering = true;
    this.#gather().then(
      () => {
        this.#gathering = false;
      },
      (error: Error) => console.warn(`wasm: goes on with one thread: ${error.message}`),
    );
  }

  async #gather(): Promise<void> {
    const module = this.#module;
    const [{ startTeam }, most] = await Promise.all([import("./team.ts"), cores()]);
    const threads = this.#options.threads ?? threadsFor(most);
    if (threads < 2) return;
    const team = await startTeam(module, this.#heap, threads, this.#options.place ?? wasmUrl);
    // The kernels may have been replaced meanwhile.
    if (module === this.#module) this.#team = team;
    else team.dissolve();
  }

  /** Runs a program command by command and adds each kernel's milliseconds. */
  #measure(program: WasmProgram, times: Float64Array): void {
    let command = program.firstCommand;
    program.commands.forEach((count, k) => {
      const start = performance.now();
      for (let i = 0; i < count && program.error === 0; i++)
        command = (this.#team ?? this.#module).step(program.address, command);
      times[k] = (times[k] as number) + performance.now() - start;
    });
  }

  #allocate(bytes: number): WasmBuffer {
    const buffer = new WasmBuffer(this, this.#heap.allocate(bytes), bytes);
    this.#collected.register(buffer, { address: buffer.address, bytes }, buffer);
    this.#buffers++;
    return buffer;
  }

  /** Makes a block hold at least so many bytes. All programs share the blocks: one runs at a time. */
  #reserve(block: Block, bytes: number): void {
    if (block.bytes >= bytes && block.address !== 0) return;
    if (block.address !== 0) this.#heap.free(block.address, block.bytes);
    block.address = 0;
    block.address = this.#heap.allocate(bytes);
    block.bytes = bytes;
  }

  #bindLeaf(program: WasmProgram, index: number, source: Source): void {
    const { buffer, host } = source;
    if (buffer !== null) {
      program.bind(index, (buffer as WasmBuffer).address);
      return;
    }
    const { dtype, size, resident } = program.compiled.schedule.buffers[index] as Buffer;
    if (host === null) throw new DeviceError("wasm: cannot read a tensor: its buffer was freed");
    let address = program.addressOf(index);
    if (resident) {
      const own = this.#allocate(size * dtypes[dtype].bytes);
      source.buffer = own;
      source.host = null;
      address = own.address;
      program.bind(index, address);
    } else if (program.compiled.memory.offsets[index] === -1) {
      return; // nobody reads it
    }
    this.#heap.write(dtype, address, host);
  }

  /** What went wrong in a run; the program is as good as new. */
  #failureOf(program: WasmProgram): Error {
    const { words } = this.#heap;
    const at = (program.address >>> 2) + 4;
    const [error, detail] = [(words[at] as number) | 0, (words[at + 1] as number) | 0];
    words[at] = 0;
    return this.#team?.failure(error) ?? indexError(program.compiled.schedule, failures[error - 1] as string, detail);
  }
}
