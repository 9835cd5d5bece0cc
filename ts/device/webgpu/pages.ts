/**
 * Memory of any size in buffers that each can be bound: pages of one length, the last as long as it has to be.
 *
 *     bytes     0 ────────── page ────────── 2 page ─── size
 *     buffers   [     0     ][      1      ][    2    ]
 */

/** Makes a buffer of so many bytes. */
export type MakeBuffer = (bytes: number) => GPUBuffer;

export class Pages {
  readonly buffers: GPUBuffer[] = [];
  readonly #page: number;

  constructor(page: number) {
    this.#page = page;
  }

  /** Bytes of all pages; a page that could not be had may have none. */
  get size(): number {
    return this.buffers.reduce((sum, { size }) => sum + size, 0);
  }

  /** Makes room for at least so many bytes; what lay in the last page is lost. */
  grow(bytes: number, make: MakeBuffer): void {
    const { size } = this;
    if (bytes <= size) return;
    if (size % this.#page > 0) this.buffers.pop()?.destroy();
    for (let from = this.buffers.length * this.#page; from < bytes; from += this.#page) {
      this.buffers.push(make(Math.min(this.#page, bytes - from)));
    }
  }

  /** The stretches of `bytes` from `offset`: a buffer, where it begins there, and what was before it. */
  *stretches(offset: number, bytes: number): Generator<Stretch> {
    for (let done = 0; done < bytes; ) {
      const at = offset + done;
      const page = Math.floor(at / this.#page);
      const start = at - page * this.#page;
      const length = Math.min(bytes - done, this.#page - start);
      yield { buffer: this.buffers[page] as GPUBuffer, start, length, done };
      done += length;
    }
  }

  destroy(): void {
    for (const buffer of this.buffers) buffer.destroy();
  }
}

/** A part of one buffer. */
export interface Stretch {
  readonly buffer: GPUBuffer;
  readonly start: number;
  readonly length: number;
  readonly done: number;
}

/** Records a copy of `bytes` from one memory to another. */
export function copyPages(
  encoder: GPUCommandEncoder,
  [from, at]: readonly [Pages, number],
  [to, target]: readonly [Pages, number],
  bytes: number,
): void {
  for (const source of from.stretches(at, bytes)) {
    for (const { buffer, start, length, done } of to.stretches(target + source.done, source.length)) {
      encoder.copyBufferToBuffer(source.buffer, source.start + done, buffer, start, length);
    }
  }
}
