/**
 * The generator of seeded random numbers: MT19937 (Matsumoto, Nishimura 1998), whose numbers ONNX's reference takes by way of
 * NumPy's RandomState. Computed on the host, once, since equal seeds give equal numbers.
 */

const n = 624;
const m = 397;

export class MersenneTwister {
  readonly #state = new Uint32Array(n);
  #at = n;

  constructor(seed: number) {
    this.#state[0] = seed >>> 0;
    for (let i = 1; i < n; i++) {
      const last = this.#state[i - 1] as number;
      this.#state[i] = Math.imul(1812433253, last ^ (last >>> 30)) + i;
    }
  }

  /** 32 random bits. */
  word(): number {
    if (this.#at === n) this.#turn();
    let y = this.#state[this.#at++] as number;
    y ^= y >>> 11;
    y ^= (y << 7) & 0x9d2c5680;
    y ^= (y << 15) & 0xefc60000;
    return (y ^ (y >>> 18)) >>> 0;
  }

  /** A number of 0 ≤ x < 1 of 53 bits. */
  uniform(): number {
    const high = this.word() >>> 5;
    return (high * 2 ** 26 + (this.word() >>> 6)) / 2 ** 53;
  }

  #turn(): void {
    const state = this.#state;
    for (let i = 0; i < n; i++) {
      const y = ((state[i] as number) & 0x80000000) | ((state[(i + 1) % n] as number) & 0x7fffffff);
      state[i] = (state[(i + m) % n] as number) ^ (y >>> 1) ^ (y & 1 ? 0x9908b0df : 0);
    }
    this.#at = 0;
  }
}
