/**
 * The WebGPU device: a program is one command buffer, submitted at once.
 *
 * Everything planned lives in one arena that all programs share; runs follow one another on the queue, so none sees the
 * other's values. Errors of the GPU (validation, memory, loss) reject the run that met them.
 */
import type { ClusterLimits } from "../../compiler/cluster.ts";
import type { Compiled } from "../../compiler/compile.ts";
import type { Schedule } from "../../compiler/kernel.ts";
import { readNarrow } from "../../compiler/passes/narrow.ts";
import type { Pass } from "../../compiler/passes/rewrite.ts";
import { type DType, dtypes, type TypedArray } from "../../core/dtype.ts";
import { DeviceError, UnsupportedError } from "../../core/errors.ts";
import { store } from "../../core/storage.ts";
import type { Node, Source } from "../../graph/node.ts";
import type { Destination, Device, DeviceBuffer, DeviceMemory } from "../device.ts";
import { indexError } from "../failure.ts";
import { type Opened, openAdapter } from "./adapter.ts";
import { nameArena, nameLeaf, nameResult } from "./blame.ts";
import { roundUp, Staging, WebGpuBuffer } from "./buffer.ts";
import { cannot } from "./cannot.ts";
import { ErrorScope, type Fault, faultError } from "./errors.ts";
import { failures } from "./failures.ts";
import { loweredOps } from "./lower.ts";
import type { Abilities } from "./operands.ts";
import { Pipelines } from "./pipelines.ts";
import { type Bindings, WebGpuProgram } from "./program.ts";

type Result = TypedArray | DeviceBuffer | null;

/** A result that is copied out: to its own buffer, or to a place in the staging buffer. */
interface Kept {
  readonly index: number;
  readonly own: WebGpuBuffer | null;
  readonly at: number;
}

/** A leaf that this run gave a buffer of its own. */
interface Moved {
  readonly source: Source;
  readonly host: Source["host"];
  readonly own: WebGpuBuffer;
}

/** What a run submitted and has yet to hear of. */
interface Pending {
  readonly kept: readonly (Kept | null)[];
  readonly reading: Promise<ArrayBuffer> | null;
  readonly failureAt: number;
  readonly bindings: Bindings;
}

/** Memory that a run asked for, and whether it got it. */
interface Claim {
  readonly name: () => string;
  readonly fault: Promise<Fault | null>;
}

export interface WebGpuOptions {
  readonly deterministic?: boolean | undefined;
}

const failureBytes = 16;
/** A function: the flags exist only where WebGPU does. */
const storage = (): number => GPUBufferUsage.STORAGE | GPUBufferUsage.COPY_SRC | GPUBufferUsage.COPY_DST;

export class WebGpuDevice implements Device {
  readonly name = "webgpu" as const;
  readonly adapter: string;
  readonly immediate = false;
  readonly kernels: ReadonlySet<string> = new Set(loweredOps);
  readonly finish: Pass = readNarrow;
  /** Kernels that touch more buffers than can be bound are helped by copies, see {@link WebGpuProgram}. */
  readonly limits: ClusterLimits = { operands: 32, instructions: 64 };
  readonly #gpu: GPUDevice;
  readonly #abilities: Abilities;
  readonly #pipelines: Pipelines;
  readonly #staging: Staging;
  readonly #failure: GPUBuffer;
  readonly #collected: FinalizationRegistry<GPUBuffer>;
  #arena: GPUBuffer | null = null;
  #programBytes = 0;
  #bufferBytes = 0;
  #buffers = 0;
  #disposed = false;
  #lost: string | null = null;
  /** An error that no scope caught: whoever comes next hears of it. */
  #uncaught: string | null = null;
  /** Of the run that is being submitted. */
  #claims: Claim[] = [];

  private constructor({ gpu, adapter, abilities }: Opened) {
    this.#gpu = gpu;
    this.adapter = adapter;
    this.#abilities = abilities;
    this.#pipelines = new Pipelines(gpu);
    this.#staging = new Staging(gpu);
    this.#failure = gpu.createBuffer({ label: "failure", size: failureBytes, usage: storage() });
    this.#collected = new FinalizationRegistry((buffer) => this.#release(buffer));
    gpu.lost.then(({ message }) => {
      const why = message === "" ? "" : `, ${message}`;
      this.#lost = this.#disposed ? "the device was disposed" : `the GPU was lost${why}`;
    });
    gpu.addEventListener("uncapturederror", (event) => {
      this.#uncaught ??= (event as GPUUncapturedErrorEvent).error.message;
    });
  }

  /** Starts on the adapter that the runtime offers. Throws {@link UnsupportedError} where there is none. */
  static async create({ deterministic = false }: WebGpuOptions = {}): Promise<WebGpuDevice> {
    return new WebGpuDevice(await openAdapter(deterministic));
  }

  get lost(): string | null {
    return this.#lost;
  }

  cannot(node: Node): string | null {
    return cannot(node, { ...this.#abilities, clusters: this.limits, bytes: this.#mostBytes });
  }

  async compile(compiled: Compiled): Promise<WebGpuProgram> {
    this.#check("compile");
    let program: WebGpuProgram;
    try {
      program = await WebGpuProgram.create(compiled, this.#gpu, this.#pipelines, this.#abilities, (bytes) => {
        this.#programBytes -= bytes;
      });
    } catch (error) {
      await this.#hearOfLoss("compile");
      throw error;
    }
    this.#programBytes += program.bytes;
    try {
      this.#checkSize(program.arenaBytes, () => nameArena(compiled.schedule, program.arenaBytes));
    } catch (error) {
      program.dispose();
      throw error;
    }
    return program;
  }

  async run(program: WebGpuProgram, leaves: readonly Source[], outputs: readonly Destination[]): Promise<Result[]> {
    this.#check("run");
    const scope = new ErrorScope(this.#gpu);
    const moved: Moved[] = [];
    let pending: Pending | null = null;
    let thrown: unknown = null;
    const claims: Claim[] = [];
    this.#claims = claims;
    try {
      pending = this.#submit(program, leaves, outputs, moved);
    } catch (error) {
      thrown = error;
    }
    // The scope ends here, before anything is awaited; then all answers are.
    const heard = [scope.close(), ...claims.map(({ fault }) => fault)];
    const [[read], [fault, ...short]] = await Promise.all([
      Promise.allSettled([pending?.reading]),
      Promise.all(heard) as Promise<[Fault | null, ...(Fault | null)[]]>,
    ]);
    try {
      if (thrown !== null) throw thrown;
      const lacking = short.findIndex((each) => each !== null);
      const failed = fault !== null || lacking >= 0 || read.status === "rejected";
      if (failed) await this.#hearOfLoss("run");
      if (lacking >= 0) throw faultError(`cannot hold ${claims[lacking]?.name()}`, short[lacking] as Fault);
      if (fault !== null) {
        const kernel = await program.culprit((pending as Pending).bindings);
        throw faultError(`cannot run ${kernel ?? "a program"}`, fault);
      }
      this.#check("run");
      if (read.status === "rejected") throw read.reason;
      if (program.fails)
        throwFailure(
          program.compiled.schedule,
          new Int32Array(read.value as ArrayBuffer, (pending as Pending).failureAt, 3),
        );
    } catch (error) {
      this.#undo(moved, pending);
      throw error;
    }
    return (pending as Pending).kept.map((kept) => {
      if (kept === null) return null;
      if (kept.own !== null) return kept.own;
      const { dtype, size } = program.compiled.schedule.buffers[kept.index] as { dtype: DType; size: number };
      return new dtypes[dtype].array(
        read.status === "fulfilled" ? (read.value as ArrayBuffer) : [],
        kept.at,
        size,
      ).slice();
    });
  }

  async download(buffer: DeviceBuffer, dtype: DType, size: number): Promise<TypedArray> {
    this.#check("read a tensor");
    const bytes = size * dtypes[dtype].bytes;
    const scope = new ErrorScope(this.#gpu);
    const staging = this.#staging.take(bytes);
    const encoder = this.#gpu.createCommandEncoder();
    encoder.copyBufferToBuffer((buffer as WebGpuBuffer).gpu, 0, staging, 0, roundUp(bytes));
    this.#gpu.queue.submit([encoder.finish()]);
    const [[read], fault] = await Promise.all([
      Promise.allSettled([this.#staging.read(staging, bytes)]),
      scope.close(),
    ]);
    if (fault !== null || read.status === "rejected") await this.#hearOfLoss("read a tensor");
    if (fault !== null) throw faultError(`cannot read a tensor of ${bytes} bytes`, fault);
    if (read.status === "rejected") throw read.reason;
    return new dtypes[dtype].array(read.value, 0, size);
  }

  free(buffer: DeviceBuffer): void {
    this.#collected.unregister(buffer);
    this.#release((buffer as WebGpuBuffer).gpu);
  }

  memory(): DeviceMemory {
    const used = this.#bufferBytes + this.#programBytes + (this.#arena?.size ?? 0);
    return { reserved: used + this.#staging.bytes + failureBytes, used, buffers: this.#buffers };
  }

  settled(): Promise<unknown> {
    return this.#gpu.queue.onSubmittedWorkDone();
  }

  dispose(): void {
    this.#disposed = true;
    this.#gpu.destroy();
  }

  /** Uploads, records and submits: all that a run does before it waits. */
  #submit(program: WebGpuProgram, leaves: readonly Source[], outputs: readonly Destination[], moved: Moved[]): Pending {
    const { schedule, memory } = program.compiled;
    const arena = this.#reserve(program.arenaBytes, schedule);
    const own: (GPUBuffer | undefined)[] = [];
    leaves.forEach((source, i) => {
      const index = schedule.leaves[i] as number;
      const { size, dtype, resident } = schedule.buffers[index] as { size: number; dtype: DType; resident: boolean };
      const offset = memory.offsets[index] as number;
      const { buffer, host, owner } = source;
      if (buffer !== null) {
        own[index] = (buffer as WebGpuBuffer).gpu;
      } else if (host === null) {
        throw new DeviceError(`webgpu: cannot read ${nameLeaf(schedule, index, owner?.name)}: its buffer was freed`);
      } else if (resident) {
        const made = this.#allocate(size * dtypes[dtype].bytes, () => nameLeaf(schedule, index, owner?.name));
        this.#write(made.gpu, 0, host, dtype);
        source.buffer = made;
        source.host = null;
        moved.push({ source, host, own: made });
        own[index] = made.gpu;
      } else if (offset !== -1) {
        this.#write(arena, offset, host, dtype);
      }
    });

    const encoder = this.#gpu.createCommandEncoder();
    if (program.fails) encoder.clearBuffer(this.#failure);
    const bindings = { arena, failure: this.#failure, own };
    program.encode(encoder, bindings);

    let bytes = 0;
    const place = (length: number): number => {
      const at = bytes;
      bytes += Math.ceil(length / 8) * 8;
      return at;
    };
    const kept = outputs.map((destination, i): Kept | null => {
      const index = schedule.outputs[i] as number;
      const buffer = schedule.buffers[index];
      if (buffer?.place !== "output") return null;
      const length = buffer.size * dtypes[buffer.dtype].bytes;
      return destination === "host"
        ? { index, own: null, at: place(length) }
        : { index, own: this.#allocate(length, () => nameResult(schedule, index)), at: -1 };
    });
    const failureAt = program.fails ? place(failureBytes) : -1;
    const staging = bytes === 0 ? null : this.#staging.take(bytes);
    for (const part of kept) {
      if (part === null) continue;
      const { size, dtype } = schedule.buffers[part.index] as { size: number; dtype: DType };
      const target = part.own?.gpu ?? (staging as GPUBuffer);
      const length = Math.ceil((size * dtypes[dtype].bytes) / 4) * 4;
      if (length > 0)
        encoder.copyBufferToBuffer(arena, memory.offsets[part.index] as number, target, Math.max(0, part.at), length);
    }
    if (program.fails) encoder.copyBufferToBuffer(this.#failure, 0, staging as GPUBuffer, failureAt, failureBytes);
    this.#gpu.queue.submit([encoder.finish()]);
    return { kept, reading: staging === null ? null : this.#staging.read(staging, bytes), failureAt, bindings };
  }

  /** After a failed run: what was uploaded is the host's again, and results are given back. */
  #undo(moved: readonly Moved[], pending: Pending | null): void {
    for (const { source, host, own } of moved) {
      if (source.buffer !== own) continue;
      source.buffer = null;
      source.host = host;
      this.free(own);
    }
    for (const kept of pending?.kept ?? []) if (kept !== null && kept.own !== null) this.free(kept.own);
    // It may be the arena that could not be had.
    this.#arena?.destroy();
    this.#arena = null;
  }

  #check(action: string): void {
    const why = this.#lost ?? this.#uncaught;
    this.#uncaught = null;
    if (why !== null) throw new DeviceError(`webgpu: cannot ${action}: ${why}`);
  }

  /** After something failed: whether that was since the GPU is gone, which is told a little later. */
  async #hearOfLoss(action: string): Promise<void> {
    await Promise.race([this.#gpu.lost, new Promise((resolve) => setTimeout(resolve))]);
    if (this.#lost !== null) this.#check(action);
  }

  get #mostBytes(): number {
    const { maxBufferSize, maxStorageBufferBindingSize } = this.#gpu.limits;
    return Math.min(maxBufferSize, maxStorageBufferBindingSize);
  }

  #checkSize(bytes: number, name: () => string): void {
    const most = this.#mostBytes;
    if (bytes <= most) return;
    throw new UnsupportedError(`webgpu: cannot hold ${name()} in one buffer: this adapter's limit is ${most} bytes`);
  }

  #allocate(bytes: number, name: () => string): WebGpuBuffer {
    const size = roundUp(bytes);
    const buffer = new WebGpuBuffer(this, bytes, this.#claim("tensor", size, name));
    this.#collected.register(buffer, buffer.gpu, buffer);
    this.#buffers++;
    this.#bufferBytes += size;
    return buffer;
  }

  /** Memory for the run that is being submitted. */
  #claim(label: string, size: number, name: () => string): GPUBuffer {
    this.#checkSize(size, name);
    const scope = new ErrorScope(this.#gpu, ["out-of-memory"]);
    const buffer = this.#gpu.createBuffer({ label, size, usage: storage() });
    this.#claims.push({ name, fault: scope.close() });
    return buffer;
  }

  #release(buffer: GPUBuffer): void {
    this.#buffers--;
    this.#bufferBytes -= buffer.size;
    buffer.destroy();
  }

  /** The arena, of at least so many bytes. The queue finishes what uses an old one. */
  #reserve(bytes: number, schedule: Schedule): GPUBuffer {
    if (this.#arena !== null && this.#arena.size >= bytes) return this.#arena;
    this.#arena?.destroy();
    this.#arena = this.#claim("arena", roundUp(bytes), () => nameArena(schedule, bytes));
    return this.#arena;
  }

  #write(buffer: GPUBuffer, offset: number, host: TypedArray | number, dtype: DType): void {
    let data = typeof host === "number" ? store(dtype, [host]) : host;
    if (data.length === 0) return; // Deno ends where it is given nothing to write.
    if (data.byteLength % 4 !== 0) {
      const padded = new Uint8Array(roundUp(data.byteLength));
      padded.set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
      data = padded;
    }
    this.#gpu.queue.writeBuffer(buffer, offset, data as Uint8Array<ArrayBuffer>);
  }
}

function throwFailure(schedule: Schedule, [count, kind, detail]: Int32Array): void {
  if (count === 0) return;
  throw indexError(schedule, failures[(kind as number) - 1] as string, detail as number);
}
