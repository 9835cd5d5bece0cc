/**
 * Bytes that arrive in pieces, collected into one buffer.
 *
 * The length that a header claims is believed by and by: up to 16 MiB at once, beyond that when a sixteenth of it is
 * here. So a lie costs at most 16 times what was sent, and an honest file peaks at 17/16 of its size. Where nothing is
 * claimed, or more arrives than was, the buffer grows by half.
 */

const TRUSTED = 16 * 2 ** 20;
const SMALLEST = 64 * 2 ** 10;

export class Arrival {
  /** Bytes that have arrived. */
  size = 0;
  readonly #claimed: number;
  #buffer: Uint8Array<ArrayBuffer>;

  /** `claimed` is the length that was announced, null if none was. */
  constructor(claimed: number | null) {
    this.#claimed = claimed ?? 0;
    this.#buffer = new Uint8Array(Math.min(this.#claimed, TRUSTED));
  }

  append(piece: Uint8Array): void {
    this.#reserve(this.size + piece.length);
    this.#buffer.set(piece, this.size);
    this.size += piece.length;
  }

  /** What has arrived so far, in place. */
  bytes(): Uint8Array<ArrayBuffer> {
    return this.#buffer.subarray(0, this.size);
  }

  #reserve(size: number): void {
    if (size <= this.#buffer.length) return;
    const more = Math.max(size, SMALLEST, Math.ceil(this.#buffer.length * 1.5));
    const enough = Math.ceil(this.#claimed / 16);
    let capacity = more;
    if (size <= this.#claimed) capacity = this.size >= enough ? this.#claimed : Math.max(size, Math.min(more, enough));
    const grown = new Uint8Array(capacity);
    grown.set(this.bytes());
    this.#buffer = grown;
  }
}
