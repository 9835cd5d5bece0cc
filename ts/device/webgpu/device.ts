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
import { DeviceError } from "../../core/errors.ts";
import { sizeOf } from "../../core/shape.ts";
import { store } from "../../core/storage.ts";
import { type Node, type Source, topological } from "../../graph/node.ts";
import type { Destination, Device, DeviceBuffer, DeviceMemory } from "../device.ts";
import { indexError } from "../failure.ts";
import { type Opened, openAdapter } from "./adapter.ts";
import { nameArena, nameLeaf, nameResult } from "./blame.ts";
import { roundUp, Staging, TensorMemory, WebGpuBuffer } from "./buffer.ts";
import { cannot } from "./cannot.ts";
import { ErrorScope, type Fault, faultError } from "./errors.ts";
import { failures } from "./failures.ts";
import { loweredOps, missingRows } from "./lower.ts";
import type { Abilities } from "./operands.ts";
import { copyPages, type MakeBuffer, Pages, type Stretch } from "./pages.ts";
import { Pipelines } from "./pipelines.ts";
import { prepareHalves } from "./prepare-halves.ts";
import { type Bindings, WebGpuProgram } from "./program.ts";
import type { Stopwatch } from "./stopwatch.ts";

type Result = TypedArray | DeviceBuffer | null;

/** A result that is copied out: to its own buffer, or to a place in the staging buffer. */
interface Kept {
  readonly index: number;
  readonly own: WebGpuBuffer | null;
  readonly at: number;
  /** Whether the host reads it from its own buffer, since it is too long for one staging buffer. */
  readonly fetched: boolean;
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

const bytesOf = (list: readonly { readonly size: number; readonly dtype: DType }[]): number =>
  list.reduce((sum, { size, dtype }) => sum + size * dtypes[dtype].bytes, 0);

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
  readonly #collected: FinalizationRegistry<Pages>;
  readonly #tensors = new TensorMemory();
  #arena: Pages;
  #programBytes = 0;
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
    this.#collected = new FinalizationRegistry((pages) => this.#tensors.give(pages));
    this.#arena = new Pages(abilities.page);
    gpu.lost.then(({ message }) => {
      const why = message === "" ? "" : `, ${message}`;
      this.#lost = this.#disposed ? "the device was disposed" : `the GPU was lost${why}`;
    });
    gpu.addEventListener("uncapturederror", (event) => {
      this.#uncaught ??= (event as GPUUncapturedErrorEvent).error.message;
    });
  }

  /** Starts on the adapter that the runtime offers. Throws an UnsupportedError where there is none. */
  static async create({ deterministic = false }: WebGpuOptions = {}): Promise<WebGpuDevice> {
    return new WebGpuDevice(await openAdapter(deterministic));
  }

  get lost(): string | null {
    return this.#lost;
  }

  async prepare(nodes: readonly Node[]): Promise<void> {
    const all = topological(nodes);
    await prepareHalves(bytesOf(all.map(({ shape, dtype }) => ({ size: sizeOf(shape), dtype }))), this.#abilities.page);
    await missingRows(new Set(all.map(({ op }) => op.name)));
  }

  cannot(node: Node): string | null {
    return cannot(node, { ...this.#abilities, clusters: this.limits });
  }

  async compile(compiled: Compiled): Promise<WebGpuProgram> {
    this.#check("compile");
    let program: WebGpuProgram;
    await prepareHalves(bytesOf(compiled.schedule.buffers), this.#abilities.page);
    await missingRows(compiled.schedule.kernels.flatMap((kernel) => (kernel.kind === "op" ? [kernel.op] : [])));
    try {
      program = await WebGpuProgram.create(compiled, this.#gpu, this.#pipelines, this.#abilities, (bytes) => {
        this.#programBytes -= bytes;
      });
    } catch (error) {
      await this.#hearOfLoss("compile");
      throw error;
    }
    this.#programBytes += program.bytes;
    return program;
  }

  async run(
    program: WebGpuProgram,
    leaves: readonly Source[],
    outputs: readonly Destination[],
    times?: Float64Array,
  ): Promise<Result[]> {
    const start = times === undefined ? null : (await import("./stopwatch.ts")).stopwatch;
    this.#check("run");
    const scope = new ErrorScope(this.#gpu);
    const moved: Moved[] = [];
    let pending: Pending | null = null;
    let thrown: unknown = null;
    let watch: Stopwatch | null = null;
    const claims: Claim[] = [];
    this.#claims = claims;
    try {
      watch = start?.(this.#gpu, this.#staging, program.dispatches) ?? null;
      pending = this.#submit(program, leaves, outputs, moved, watch);
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
    if (times !== undefined) await watch?.add(times);
    const results = (pending as Pending).kept.map((kept) => {
      if (kept === null) return null;
      const { dtype, size } = program.compiled.schedule.buffers[kept.index] as { dtype: DType; size: number };
      if (kept.own !== null) return kept.fetched ? this.#fetch(kept.own, dtype, size) : kept.own;
      return new dtypes[dtype].array(
        read.status === "fulfilled" ? (read.value as ArrayBuffer) : [],
        kept.at,
        size,
      ).slice();
    });
    return Promise.all(results);
  }

  /** The values of a buffer that nobody else reads. */
  async #fetch(buffer: WebGpuBuffer, dtype: DType, size: number): Promise<TypedArray> {
    try {
      return await this.download(buffer, dtype, size);
    } finally {
      this.free(buffer);
    }
  }

  async download(buffer: DeviceBuffer, dtype: DType, size: number): Promise<TypedArray> {
    this.#check("read a tensor");
    const bytes = size * dtypes[dtype].bytes;
    const values = new Uint8Array(bytes);
    for (const part of (buffer as WebGpuBuffer).pages.stretches(0, roundUp(bytes))) {
      values.set(new Uint8Array(await this.#read(part, Math.min(part.length, bytes - part.done))), part.done);
    }
    return new dtypes[dtype].array(values.buffer, 0, size);
  }

  async #read({ buffer, start, length }: Stretch, bytes: number): Promise<ArrayBuffer> {
    const scope = new ErrorScope(this.#gpu);
    const staging = this.#staging.take(length);
    const encoder = this.#gpu.createCommandEncoder();
    encoder.copyBufferToBuffer(buffer, start, staging, 0, length);
    this.#gpu.queue.submit([encoder.finish()]);
    const [[read], fault] = await Promise.all([
      Promise.allSettled([this.#staging.read(staging, bytes)]),
      scope.close(),
    ]);
    if (fault !== null || read.status === "rejected") await this.#hearOfLoss("read a tensor");
    if (fault !== null) throw faultError(`cannot read a tensor of ${bytes} bytes`, fault);
    if (read.status === "rejected") throw read.reason;
    return read.value;
  }

  free(buffer: DeviceBuffer): void {
    this.#collected.unregister(buffer);
    this.#tensors.give((buffer as WebGpuBuffer).pages);
  }

  memory(): DeviceMemory {
    const { bytes, freeBytes, count } = this.#tensors;
    const used = bytes + this.#programBytes + this.#arena.size;
    return { reserved: used + freeBytes + this.#staging.bytes + failureBytes, used, buffers: count };
  }

  settled(): Promise<unknown> {
    return this.#gpu.queue.onSubmittedWorkDone();
  }

  dispose(): void {
    this.#disposed = true;
    this.#gpu.destroy();
  }

  /** Uploads, records and submits: all that a run does before it waits. */
  #submit(
    program: WebGpuProgram,
    leaves: readonly Source[],
    outputs: readonly Destination[],
    moved: Moved[],
    watch: Stopwatch | null,
  ): Pending {
    const { schedule, memory } = program.compiled;
    const arena = this.#arena;
    // The queue finishes what uses a page that another replaces.
    const { arenaBytes } = program;
    arena.grow(
      roundUp(arenaBytes),
      this.#claim("arena", () => nameArena(schedule, arenaBytes)),
    );
    const own: (Pages | undefined)[] = [];
    leaves.forEach((source, i) => {
      const index = schedule.leaves[i] as number;
      const { size, dtype, resident } = schedule.buffers[index] as { size: number; dtype: DType; resident: boolean };
      const offset = memory.offsets[index] as number;
      const { buffer, host, owner } = source;
      if (buffer !== null) {
        own[index] = (buffer as WebGpuBuffer).pages;
      } else if (host === null) {
        throw new DeviceError(`webgpu: cannot read ${nameLeaf(schedule, index, owner?.name)}: its buffer was freed`);
      } else if (resident) {
        const made = this.#allocate(size * dtypes[dtype].bytes, () => nameLeaf(schedule, index, owner?.name));
        this.#write(made.pages, 0, host, dtype);
        source.buffer = made;
        source.host = null;
        moved.push({ source, host, own: made });
        own[index] = made.pages;
      } else if (offset !== -1) {
        this.#write(arena, offset, host, dtype);
      }
    });

    let encoder = this.#gpu.createCommandEncoder();
    if (program.fails) encoder.clearBuffer(this.#failure);
    const bindings = { arena, failure: this.#failure, own };
    if (watch === null) program.encode(encoder, bindings);
    else encoder = program.encodeTimed(encoder, bindings, watch);

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
      const fetched = destination === "host" && length > this.#abilities.page;
      return destination === "host" && !fetched
        ? { index, own: null, at: place(length), fetched }
        : { index, own: this.#allocate(length, () => nameResult(schedule, index)), at: -1, fetched };
    });
    const failureAt = program.fails ? place(failureBytes) : -1;
    const staging = bytes === 0 ? null : this.#staging.take(bytes);
    for (const part of kept) {
      if (part === null) continue;
      const { size, dtype } = schedule.buffers[part.index] as { size: number; dtype: DType };
      const from = memory.offsets[part.index] as number;
      const length = Math.ceil((size * dtypes[dtype].bytes) / 4) * 4;
      if (part.own !== null) copyPages(encoder, [arena, from], [part.own.pages, 0], length);
      else
        for (const { buffer, start, length: some, done } of arena.stretches(from, length))
          encoder.copyBufferToBuffer(buffer, start, staging as GPUBuffer, part.at + done, some);
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
    // It may be the arena that could not be had, and what waits for others may be in its way.
    this.#arena.destroy();
    this.#arena = new Pages(this.#abilities.page);
    this.#tensors.trim(0);
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

  #allocate(bytes: number, name: () => string): WebGpuBuffer {
    const pages = this.#tensors.take(this.#abilities.page, roundUp(bytes), this.#claim("tensor", name));
    const buffer = new WebGpuBuffer(this, bytes, pages);
    this.#collected.register(buffer, pages, buffer);
    return buffer;
  }

  /** Makes buffers for the run that is being submitted. */
  #claim(label: string, name: () => string): MakeBuffer {
    return (size) => {
      const scope = new ErrorScope(this.#gpu, ["out-of-memory"]);
      const buffer = this.#gpu.createBuffer({ label, size, usage: storage() });
      this.#claims.push({ name, fault: scope.close() });
      return buffer;
    };
  }

  #write(pages: Pages, offset: number, host: TypedArray | number, dtype: DType): void {
    const data = typeof host === "number" ? store(dtype, [host]) : host;
    if (data.length === 0) return; // Deno ends where it is given nothing to write.
    let bytes = new Uint8Array(data.buffer as ArrayBuffer, data.byteOffset, data.byteLength);
    if (bytes.length % 4 !== 0) {
      const padded = new Uint8Array(roundUp(bytes.length));
      padded.set(bytes);
      bytes = padded;
    }
    for (const { buffer, start, length, done } of pages.stretches(offset, bytes.length)) {
      this.#gpu.queue.writeBuffer(buffer, start, bytes, done, length);
    }
  }
}

function throwFailure(schedule: Schedule, [count, kind, detail]: Int32Array): void {
  if (count === 0) return;
  throw indexError(schedule, failures[(kind as number) - 1] as string, detail as number);
}
