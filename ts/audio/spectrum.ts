/**
 * Short-time Fourier transform: frames under a window, `hop` samples apart, the first centred on the first sample; and back
 * by overlapping and adding under the same window.
 *
 *     samples   0 0 0 s s s s s s s s s s 0 0 0       zeros of half a window at both ends
 *     frame 0   └─ size ─┘
 *     frame 1       └─ size ─┘                        back: Σ window · frame / Σ window²
 *
 * A frame's transform is its product with the matrix of cosines and sines, all frames at once on the device.
 */
import { ShapeError } from "../core/errors.ts";
import { type Tensor, tensor } from "../tensor/tensor.ts";

/** How a signal is cut into frames. */
export interface SpectrumOptions {
  /** Samples of a frame, an even number. */
  readonly size: number;
  /** Samples from one frame to the next. */
  readonly hop: number;
  /** Weights of a frame's samples; `hann(size)` by default. */
  readonly window?: Float32Array;
}

/** Frames of size / 2 + 1 frequencies each, [frames, bins]. */
export interface Spectrum {
  /** Number of frames. */
  readonly frames: number;
  /** Frequencies of a frame, size / 2 + 1, from 0 to half the sample rate. */
  readonly bins: number;
  /** Real parts, [frames, bins]. */
  readonly real: Float32Array;
  /** Imaginary parts, [frames, bins]. */
  readonly imaginary: Float32Array;
}

/**
 * The periodic Hann window.
 *
 * @example
 * hann(4); // [0, 0.5, 1, 0.5]
 */
export function hann(size: number): Float32Array {
  return Float32Array.from({ length: size }, (_, i) => 0.5 - 0.5 * Math.cos((2 * Math.PI * i) / size));
}

/**
 * The spectrum of samples.
 *
 * @example
 * const { frames, bins } = await stft(new Float32Array(1000), { size: 200, hop: 100 });
 * [frames, bins]; // [11, 101]
 */
export async function stft(samples: Float32Array, options: SpectrumOptions): Promise<Spectrum> {
  const { size, hop, window } = checked(options);
  const frames = 1 + Math.floor(samples.length / hop);
  const framed = new Float32Array(frames * size);
  for (let f = 0; f < frames; f++) {
    const start = f * hop - size / 2;
    for (let i = 0; i < size; i++) framed[f * size + i] = (samples[start + i] ?? 0) * (window[i] as number);
  }
  const bins = size / 2 + 1;
  const x = tensor(framed, { shape: [frames, size] });
  const [real, imaginary] = [x.matmul(waves(size, Math.cos)), x.matmul(waves(size, Math.sin).mul(-1))];
  return { frames, bins, real: await real.data<Float32Array>(), imaginary: await imaginary.data<Float32Array>() };
}

/**
 * The samples of a spectrum.
 *
 * @example
 * const options = { size: 8, hop: 4 };
 * const [samples] = [Float32Array.of(1, -2, 3, -4)];
 * await istft(await stft(samples, options), samples.length, options); // [1, -2, 3, -4]
 */
export async function istft(spectrum: Spectrum, length: number, options: SpectrumOptions): Promise<Float32Array> {
  const { size, hop, window } = checked(options);
  const { frames, bins } = spectrum;
  if (bins !== size / 2 + 1) {
    throw new ShapeError(`istft: cannot go back from ${bins} bins by frames of ${size}: wanted ${size / 2 + 1}`);
  }
  // Frequencies between the first and the last stand for their conjugates too.
  const share = Float32Array.from({ length: bins }, (_, k) => (k === 0 || k === bins - 1 ? 1 : 2) / size);
  const part = (values: Float32Array, wave: (x: number) => number): Tensor =>
    tensor(values, { shape: [frames, bins] })
      .mul(tensor(share))
      .matmul(waves(size, wave).transpose(0, 1));
  const framed = await part(spectrum.real, Math.cos).sub(part(spectrum.imaginary, Math.sin)).data();
  const samples = new Float32Array(length);
  const weight = new Float32Array(length);
  for (let f = 0; f < frames; f++) {
    const start = f * hop - size / 2;
    for (let i = Math.max(0, -start); i < Math.min(size, length - start); i++) {
      const w = window[i] as number;
      samples[start + i] = (samples[start + i] as number) + w * (framed[f * size + i] as number);
      weight[start + i] = (weight[start + i] as number) + w * w;
    }
  }
  return samples.map((sample, i) => sample / Math.max(weight[i] as number, 1e-8));
}

/** [size, bins]: a wave of each frequency. */
function waves(size: number, wave: (x: number) => number): Tensor {
  const bins = size / 2 + 1;
  const values = Float32Array.from({ length: size * bins }, (_, at) => {
    const [i, k] = [Math.floor(at / bins), at % bins];
    return wave((2 * Math.PI * ((i * k) % size)) / size);
  });
  return tensor(values, { shape: [size, bins] });
}

function checked({ size, hop, window = hann(size) }: SpectrumOptions): Required<SpectrumOptions> {
  const even = Number.isInteger(size) && size > 0 && size % 2 === 0;
  if (even && Number.isInteger(hop) && hop > 0 && window.length === size) return { size, hop, window };
  throw new ShapeError(
    `stft: cannot take frames of ${size} samples, ${hop} apart, under a window of ${window.length}: wanted an even size, a hop above 0 and a window as long`,
  );
}
