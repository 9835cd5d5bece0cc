/** How fast training is: images a second by the clock, and the median of a step. */

/** Milliseconds that are looked back on, and steps for the median. */
const WINDOW = 2000;
const STEPS = 40;

export class Speed {
  #ends: { readonly at: number; readonly images: number }[] = [];
  #times: number[] = [];

  clear(): void {
    this.#ends = [];
    this.#times = [];
  }

  add(ms: number, images: number): void {
    const at = performance.now();
    this.#ends.push({ at, images });
    this.#times.push(ms);
    while ((this.#ends[0]?.at ?? at) < at - WINDOW) this.#ends.shift();
    if (this.#times.length > STEPS) this.#times.shift();
  }

  /** Null before there are two steps. */
  get imagesPerSecond(): number | null {
    const [first, last] = [this.#ends[0], this.#ends.at(-1)];
    if (first === undefined || last === undefined || last.at === first.at) return null;
    const images = this.#ends.reduce((sum, each) => sum + each.images, 0) - first.images;
    return (1000 * images) / (last.at - first.at);
  }

  get msPerStep(): number | null {
    return [...this.#times].sort((a, b) => a - b)[this.#times.length >> 1] ?? null;
  }
}
