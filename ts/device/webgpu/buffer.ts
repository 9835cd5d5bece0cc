/** Memory of the GPU: buffers that live between runs, and the staging buffers through which results come back. */
import { DeviceError } from "../../core/errors.ts";
import type { Device, DeviceBuffer } from "../device.ts";

/** Sizes and offsets of copies are multiples of this. */
export const roundUp = (bytes: number): number => Math.max(4, Math.ceil(bytes / 4) * 4);

/** A buffer of its own. */
export class WebGpuBuffer implements DeviceBuffer {
  readonly device: Device;
  readonly bytes: number;
  readonly gpu: GPUBuffer;

  constructor(device: Device, bytes: number, gpu: GPUBuffer) {
    this.device = device;
    this.bytes = bytes;
    this.gpu = gpu;
  }
}

/** Buffers that the host can read, kept for the next read. */
export class Staging {
  readonly #device: GPUDevice;
  readonly #free = new Map<number, GPUBuffer[]>();
  #bytes = 0;

  constructor(device: GPUDevice) {
    this.#device = device;
  }

  /** Bytes of all staging buffers. */
  get bytes(): number {
    return this.#bytes;
  }

  /** A buffer of at least so many bytes. */
  take(bytes: number): GPUBuffer {
    const size = 2 ** Math.max(8, Math.ceil(Math.log2(bytes)));
    const kept = this.#free.get(size)?.pop();
    if (kept !== undefined) return kept;
    this.#bytes += size;
    return this.#device.createBuffer({
      label: "staging",
      size,
      usage: GPUBufferUsage.COPY_DST | GPUBufferUsage.MAP_READ,
    });
  }

  /** The first bytes of a buffer once the GPU is done with it; the buffer goes back. */
  async read(buffer: GPUBuffer, bytes: number): Promise<ArrayBuffer> {
    try {
      await buffer.mapAsync(GPUMapMode.READ, 0, roundUp(bytes));
    } catch (error) {
      this.#bytes -= buffer.size;
      buffer.destroy();
      throw new DeviceError(`webgpu: cannot read results: ${(error as Error).message}`);
    }
    const copy = buffer.getMappedRange(0, roundUp(bytes)).slice(0, bytes);
    buffer.unmap();
    // Large ones are rare: a result that is kept on the host once.
    if (buffer.size > 1 << 20) {
      this.#bytes -= buffer.size;
      buffer.destroy();
    } else {
      const free = this.#free.get(buffer.size) ?? [];
      this.#free.set(buffer.size, free);
      free.push(buffer);
    }
    return copy;
  }
}
