/**
 * The WebGPU device: a program is one command buffer, submitted at once.
 *
 * Everything planned lives in one arena that all programs share; runs follow one another on the queue, so none sees the
 * other's values. Errors of the GPU (validation, memory, loss) reject the run that met them.
 */
import { gpu } from "#platform";
import type { ClusterLimits } from "../../compiler/cluster.ts";
import type { Compiled } from "../../compiler/compile.ts";
import type { Schedule } from "../../compiler/kernel.ts";
import { type DType, dtypes, type TypedArray } from "../../core/dtype.ts";
import { DeviceError, UnsupportedError } from "../../core/errors.ts";
import { store } from "../../core/storage.ts";
import type { Node, Source } from "../../graph/node.ts";
import type { Destination, Device, DeviceBuffer, DeviceMemory } from "../device.ts";
import { indexError } from "../failure.ts";
import { roundUp, Staging, WebGpuBuffer } from "./buffer.ts";
import { cannot } from "./cannot.ts";
import { ErrorScope } from "./errors.ts";
import { failures } from "./failures.ts";
import { loweredOps } from "./lower.ts";
import type { Abilities } from "./operands.ts";
import { Pipelines } from "./pipelines.ts";
import { WebGpuProgram } from "./program.ts";

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
  #broken: string | null = null;

  private constructor(device: GPUDevice, adapter: string, abilities: Omit<Abilities, "storageBuffers">) {
    this.#gpu = device;
    this.adapter = adapter;
    this.#abilities = { ...abilities, storageBuffers: device.limits.maxStorageBuffersPerShaderStage };
    this.#pipelines = new Pipelines(device);
    this.#staging = new Staging(device);
    this.#failure = device.createBuffer({ label: "failure", size: failureBytes, usage: storage() });
    this.#collected = new FinalizationRegistry((buffer) => this.#release(buffer));
    device.lost.then(({ reason, message }) => {
      this.#broken = reason === "destroyed" ? "the device was disposed" : `the GPU was lost, ${message}`;
    });
    device.addEventListener("uncapturederror", (event) => {
      this.#broken ??= (event as GPUUncapturedErrorEvent).error.message;
    });
  }

  /**
   * Starts on the adapter that the runtime offers. `deterministic` leaves out what adds in an order of the adapter's own:
   * subgroups. @throws UnsupportedError where there is none.
   */
  static async create({ deterministic = false }: WebGpuOptions = {}): Promise<WebGpuDevice> {
    const entry = gpu();
    if (entry === undefined) {
      throw new UnsupportedError('init: cannot start device webgpu: this runtime has no WebGPU, wanted device "wasm"');
    }
    const adapter = await entry.requestAdapter({ powerPreference: "high-performance" });
    if (adapter === null) {
      throw new UnsupportedError('init: cannot start device webgpu: there is no GPU adapter, wanted device "wasm"');
    }
    const { maxBufferSize, maxStorageBufferBindingSize, maxStorageBuffersPerShaderStage } = adapter.limits;
    const requiredLimits = { maxBufferSize, maxStorageBufferBindingSize, maxStorageBuffersPerShaderStage };
    const subgroup = deterministic || !adapter.features.has("subgroups") ? 1 : (adapter.info.subgroupMinSize ?? 1);
    const packedDot = entry.wgslLanguageFeatures?.has("packed_4x8_integer_dot_product") === true;
    const requiredFeatures: GPUFeatureName[] = subgroup > 1 ? ["subgroups"] : [];
    try {
      const device = await adapter.requestDevice({ requiredFeatures, requiredLimits });
      return new WebGpuDevice(device, nameOf(adapter.info), {
        subgroup,
        packedDot,
        software: adapter.info.isFallbackAdapter === true,
      });
    } catch (error) {
      throw new DeviceError(`init: cannot start device webgpu: ${(error as Error).message}`);
    }
  }

  get lost(): string | null {
    return this.#broken;
  }

  cannot(node: Node): string | null {
    return cannot(node, { ...this.#abilities, clusters: this.limits, bytes: this.#mostBytes });
  }

  async compile(compiled: Compiled): Promise<WebGpuProgram> {
    this.#check("compile");
    const program = await WebGpuProgram.create(compiled, this.#gpu, this.#pipelines, this.#abilities, (bytes) => {
      this.#programBytes -= bytes;
    });
    this.#checkSize(program.arenaBytes);
    this.#programBytes += program.bytes;
    return program;
  }

  async run(program: WebGpuProgram, leaves: readonly Source[], outputs: readonly Destination[]): Promise<Result[]> {
    this.#check("run");
    const scope = new ErrorScope(this.#gpu);
    const moved: Moved[] = [];
    let pending: Pending | null = null;
    let thrown: unknown = null;
    try {
      pending = this.#submit(program, leaves, outputs, moved);
    } catch (error) {
      thrown = error;
    }
    // The scope ends here, before anything is awaited; then both answers are.
    const [scoped, read] = await Promise.allSettled([scope.close("cannot run a program"), pending?.reading]);
    try {
      if (thrown !== null) throw thrown;
      if (scoped.status === "rejected") throw scoped.reason;
      if (this.#broken !== null) this.#check("run");
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
      return new dtypes[dtype].array(read.value as ArrayBuffer, kept.at, size).slice();
    });
  }

  async download(buffer: DeviceBuffer, dtype: DType, size: number): Promise<TypedArray> {
    this.#check("download");
    const bytes = size * dtypes[dtype].bytes;
    const scope = new ErrorScope(this.#gpu);
    const staging = this.#staging.take(bytes);
    const encoder = this.#gpu.createCommandEncoder();
    encoder.copyBufferToBuffer((buffer as WebGpuBuffer).gpu, 0, staging, 0, roundUp(bytes));
    this.#gpu.queue.submit([encoder.finish()]);
    const [scoped, read] = await Promise.allSettled([
      scope.close("cannot read a tensor"),
      this.#staging.read(staging, bytes),
    ]);
    if (scoped.status === "rejected") throw scoped.reason;
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

  dispose(): void {
    this.#gpu.destroy();
  }

  /** Uploads, records and submits: all that a run does before it waits. */
  #submit(program: WebGpuProgram, leaves: readonly Source[], outputs: readonly Destination[], moved: Moved[]): Pending {
    const { schedule, memory } = program.compiled;
    const arena = this.#reserve(program.arenaBytes);
    const own: (GPUBuffer | undefined)[] = [];
    leaves.forEach((source, i) => {
      const index = schedule.leaves[i] as number;
      const { size, dtype, resident } = schedule.buffers[index] as { size: number; dtype: DType; resident: boolean };
      const offset = memory.offsets[index] as number;
      const { buffer, host } = source;
      if (buffer !== null) {
        own[index] = (buffer as WebGpuBuffer).gpu;
      } else if (host === null) {
        throw new DeviceError("webgpu: cannot read a tensor: its buffer was freed");
      } else if (resident) {
        const made = this.#allocate(size * dtypes[dtype].bytes);
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
    program.encode(encoder, { arena, failure: this.#failure, own });

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
        : { index, own: this.#allocate(length), at: -1 };
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
    return { kept, reading: staging === null ? null : this.#staging.read(staging, bytes), failureAt };
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
    if (this.#broken !== null) throw new DeviceError(`webgpu: cannot ${action}: ${this.#broken}`);
  }

  get #mostBytes(): number {
    const { maxBufferSize, maxStorageBufferBindingSize } = this.#gpu.limits;
    return Math.min(maxBufferSize, maxStorageBufferBindingSize);
  }

  #checkSize(bytes: number): void {
    const most = this.#mostBytes;
    if (bytes <= most) return;
    throw new UnsupportedError(`webgpu: cannot hold ${bytes} bytes in one buffer: this adapter's limit is ${most}`);
  }

  #allocate(bytes: number): WebGpuBuffer {
    this.#checkSize(bytes);
    const size = roundUp(bytes);
    const buffer = new WebGpuBuffer(this, bytes, this.#gpu.createBuffer({ label: "tensor", size, usage: storage() }));
    this.#collected.register(buffer, buffer.gpu, buffer);
    this.#buffers++;
    this.#bufferBytes += size;
    return buffer;
  }

  #release(buffer: GPUBuffer): void {
    this.#buffers--;
    this.#bufferBytes -= buffer.size;
    buffer.destroy();
  }

  /** The arena, of at least so many bytes. The queue finishes what uses an old one. */
  #reserve(bytes: number): GPUBuffer {
    if (this.#arena !== null && this.#arena.size >= bytes) return this.#arena;
    this.#arena?.destroy();
    this.#arena = this.#gpu.createBuffer({ label: "arena", size: roundUp(bytes), usage: storage() });
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

/** An adapter in words: what its driver tells, "unknown adapter" where that is nothing. */
function nameOf({ vendor, architecture, device, description }: GPUAdapterInfo): string {
  const parts = [vendor, architecture, description === "" ? device : description];
  return parts.filter((part) => part !== "").join(" ") || "unknown adapter";
}

function throwFailure(schedule: Schedule, [count, kind, detail]: Int32Array): void {
  if (count === 0) return;
  throw indexError(schedule, failures[(kind as number) - 1] as string, detail as number);
}
