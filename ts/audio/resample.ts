/**
 * Sound at another rate: each new sample is the sum of those around it, weighted by a sinc that is cut off below half of
 * the lower rate and fades under a Hann window of 16 zero crossings to each side. What lies above 0.95 of half the lower
 * rate is weakened, not folded back.
 *
 *     out[i] = Σ in[j] · h(j - i · from / to)      h(t) = c · sinc(c t) · cos²(π c t / 32),  c = 0.95 · min(1, to / from)
 *
 * Rates are whole numbers, so the weights repeat after to / gcd(from, to) samples and are computed once.
 *
 * Source: Smith, "Digital Audio Resampling", https://ccrma.stanford.edu/~jos/resample/
 */
import { ShapeError } from "../core/errors.ts";

const CROSSINGS = 16;
const ROLL_OFF = 0.95;

/**
 * Samples at the rate `to` of samples at the rate `from`, both in samples a second.
 *
 * @example
 * resample(new Float32Array(44_100), 44_100, 16_000).length; // 16000
 */
export function resample(samples: Float32Array, from: number, to: number): Float32Array {
  if (!Number.isInteger(from) || !Number.isInteger(to) || from <= 0 || to <= 0) {
    throw new ShapeError(`resample: cannot go from ${from} to ${to} samples a second: wanted whole numbers above 0`);
  }
  if (from === to) return samples.slice();
  const divisor = gcd(from, to);
  const [step, phases] = [from / divisor, to / divisor];
  const cutoff = ROLL_OFF * Math.min(1, to / from);
  const reach = Math.ceil(CROSSINGS / cutoff);
  const made = new Float32Array(Math.ceil((samples.length * to) / from));
  const filters = new Map<number, Float32Array>();
  for (let i = 0; i < made.length; i++) {
    const phase = (i * step) % phases;
    let filter = filters.get(phase);
    if (filter === undefined) {
      filter = filterOf(phase / phases, cutoff, reach);
      filters.set(phase, filter);
    }
    const first = Math.floor((i * step) / phases) - reach + 1;
    const [start, end] = [Math.max(0, -first), Math.min(filter.length, samples.length - first)];
    let sum = 0;
    for (let j = start; j < end; j++) sum += (samples[first + j] as number) * (filter[j] as number);
    made[i] = sum;
  }
  return made;
}

/** Weights of the samples from reach - 1 before to reach behind, for a new one a fraction behind one of them. */
function filterOf(fraction: number, cutoff: number, reach: number): Float32Array {
  const filter = Float32Array.from({ length: 2 * reach }, (_, j) => {
    const t = cutoff * (j - reach + 1 - fraction);
    if (Math.abs(t) >= CROSSINGS) return 0;
    const sinc = t === 0 ? 1 : Math.sin(Math.PI * t) / (Math.PI * t);
    return cutoff * sinc * Math.cos((Math.PI * t) / (2 * CROSSINGS)) ** 2;
  });
  // A constant stays what it is.
  const sum = filter.reduce((a, b) => a + b, 0);
  return filter.map((weight) => weight / sum);
}

function gcd(a: number, b: number): number {
  return b === 0 ? a : gcd(b, a % b);
}
