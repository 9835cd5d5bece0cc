/** Memory of the GPU: buffers that live between runs, and the staging buffers through which results come back. */
import { DeviceError } from "../../core/errors.ts";
import type { Device, DeviceBuffer } from "../device.ts";
import { type MakeBuffer, Pages } from "./pages.ts";

/** Sizes and offsets of copies are multiples of this. */
export const roundUp = (bytes: number): number => Math.max(4, Math.ceil(bytes / 4) * 4);

/** A buffer of its own. */
export class WebGpuBuffer implements DeviceBuffer {
  readonly device: Device;
  readonly bytes: number;
  readonly pages: Pages;

  constructor(device: Device, bytes: number, pages: Pages) {
    this.device = device;
    this.bytes = bytes;
    this.pages = pages;
  }
}

/** Most bytes of tensors that nobody has any more and the next of their size will get. */
const mostFree = 64 << 20;

/** The memory of tensors. What was given back waits for the next tensor of its size. */
export class TensorMemory {
  /** With their bytes. */
  readonly #live = new Map<Pages, number>();
  readonly #free = new Map<number, Pages[]>();
  #bytes = 0;
  #freeBytes = 0;

  /** Bytes of live tensors. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Bytes of what waits. */
  get freeBytes(): number {
    return this.#freeBytes;
  }

  /** Live tensors. */
  get count(): number {
    return this.#live.size;
  }

  take(page: number, size: number, make: MakeBuffer): Pages {
    let pages = this.#free.get(size)?.pop();
    if (pages === undefined) {
      pages = new Pages(page);
      pages.grow(size, make);
    } else this.#freeBytes -= size;
    this.#live.set(pages, size);
    this.#bytes += size;
    return pages;
  }

  give(pages: Pages): void {
    const size = this.#live.get(pages);
    if (size === undefined) return; // Given back before.
    this.#live.delete(pages);
    this.#bytes -= size;
    this.#freeBytes += size;
    const free = this.#free.get(size) ?? [];
    free.push(pages);
    // Sizes that are in use go last.
    this.#free.delete(size);
    this.#free.set(size, free);
    this.trim(mostFree);
  }

  /** Gives back to the GPU what waits beyond so many bytes, sizes that were used longest ago first. */
  trim(most: number): void {
    for (const [size, free] of this.#free) {
      while (free.length > 0 && this.#freeBytes > most) {
        free.pop()?.destroy();
        this.#freeBytes -= size;
      }
      if (this.#freeBytes <= most) return;
      this.#free.delete(size);
    }
  }
}

/** Longest staging buffer that is kept for the next read. */
const mostKept = 1 << 20;

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
    const size = bytes > mostKept ? roundUp(bytes) : 2 ** Math.max(8, Math.ceil(Math.log2(bytes)));
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
    if (buffer.size > mostKept) {
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
