/**
 * Time by kernel: by timestamps that the GPU writes around each of its passes or, where it has none, by the host's clock
 * between fences, which counts what submitting a kernel costs too.
 */
import { clockOf } from "./adapter.ts";
import type { Staging } from "./buffer.ts";

export interface Stopwatch {
  /** What a pass of kernel `k` begins with. */
  pass(kernel: number): GPUComputePassDescriptor;
  /** Called when all of a kernel is recorded; the encoder for the next. */
  lap(encoder: GPUCommandEncoder, kernel: number): GPUCommandEncoder;
  /** Called when all kernels are. */
  end(encoder: GPUCommandEncoder): void;
  /** Adds the milliseconds of every kernel, once all is submitted. */
  add(times: Float64Array): Promise<void>;
}

/** Most timestamps of a query set. */
const mostStamps = 4096;

/** For a program of so many passes. */
export function stopwatch(gpu: GPUDevice, staging: Staging, passes: number): Stopwatch {
  return clockOf(gpu) === "timestamps" && 2 * passes <= mostStamps
    ? new Timestamps(gpu, staging, Math.max(1, passes))
    : new Fences(gpu);
}

class Timestamps implements Stopwatch {
  readonly #staging: Staging;
  readonly #queries: GPUQuerySet;
  readonly #resolved: GPUBuffer;
  readonly #host: GPUBuffer;
  /** The kernel of each pass. */
  readonly #kernels: number[] = [];

  constructor(gpu: GPUDevice, staging: Staging, passes: number) {
    this.#staging = staging;
    this.#queries = gpu.createQuerySet({ type: "timestamp", count: 2 * passes });
    const usage = GPUBufferUsage.QUERY_RESOLVE | GPUBufferUsage.COPY_SRC;
    this.#resolved = gpu.createBuffer({ label: "timestamps", size: 16 * passes, usage });
    this.#host = staging.take(16 * passes);
  }

  pass(kernel: number): GPUComputePassDescriptor {
    const at = 2 * this.#kernels.push(kernel) - 2;
    return {
      timestampWrites: { querySet: this.#queries, beginningOfPassWriteIndex: at, endOfPassWriteIndex: at + 1 },
    };
  }

  lap(encoder: GPUCommandEncoder): GPUCommandEncoder {
    return encoder;
  }

  end(encoder: GPUCommandEncoder): void {
    const { length } = this.#kernels;
    if (length === 0) return;
    encoder.resolveQuerySet(this.#queries, 0, 2 * length, this.#resolved, 0);
    encoder.copyBufferToBuffer(this.#resolved, 0, this.#host, 0, 16 * length);
  }

  async add(times: Float64Array): Promise<void> {
    try {
      const stamps = new BigInt64Array(await this.#staging.read(this.#host, 16 * this.#kernels.length));
      this.#kernels.forEach((kernel, i) => {
        // Stamps may be rounded, and a clock may be set anew between two.
        const nanoseconds = Math.max(0, Number((stamps[2 * i + 1] as bigint) - (stamps[2 * i] as bigint)));
        times[kernel] = (times[kernel] as number) + nanoseconds / 1e6;
      });
    } finally {
      this.#queries.destroy();
      this.#resolved.destroy();
    }
  }
}

class Fences implements Stopwatch {
  readonly #gpu: GPUDevice;
  /** When the GPU was done with what came before, and with each kernel. */
  readonly #fences: Promise<number>[] = [];
  readonly #kernels: number[] = [];

  constructor(gpu: GPUDevice) {
    this.#gpu = gpu;
  }

  pass(): GPUComputePassDescriptor {
    return {};
  }

  lap(encoder: GPUCommandEncoder, kernel: number): GPUCommandEncoder {
    const { queue } = this.#gpu;
    const fence = (): void => {
      this.#fences.push(queue.onSubmittedWorkDone().then(() => performance.now()));
    };
    if (this.#kernels.push(kernel) === 1) fence();
    queue.submit([encoder.finish()]);
    fence();
    return this.#gpu.createCommandEncoder();
  }

  end(): void {}

  async add(times: Float64Array): Promise<void> {
    const done = await Promise.all(this.#fences);
    this.#kernels.forEach((kernel, i) => {
      times[kernel] = (times[kernel] as number) + (done[i + 1] as number) - (done[i] as number);
    });
  }
}
