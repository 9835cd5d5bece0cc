/** Sound files ⇄ samples. */
import { decodeAudio as decode } from "#platform";
import { ShapeError } from "../core/errors.ts";
import { readSource, type Source, type SourceOptions } from "../files/source.ts";
import type { Sound } from "../platform/platform.ts";
import { resample } from "./resample.ts";

export type { Sound } from "../platform/platform.ts";

export interface DecodeAudioOptions extends SourceOptions {
  /** Samples a second; what the file has by default. */
  readonly sampleRate?: number;
  /** True mixes all channels to one. */
  readonly mono?: boolean;
}

/**
 * The samples of a sound file: WAV everywhere (PCM of 8 to 32 bits, float, A-law, µ-law, ADPCM), in pages also what the
 * browser knows.
 *
 * Throws `FormatError` for bytes that are no sound, and `UnsupportedError` for formats that nothing here can read.
 *
 * @example
 * const file = encodeWav({ channels: [Float32Array.of(0, 0.5)], sampleRate: 8000 });
 * (await decodeAudio(file)).channels[0]; // [0, 0.5]
 */
export async function decodeAudio(source: Source, options: DecodeAudioOptions = {}): Promise<Sound> {
  const sound = await decode(await readSource(source, options), options.sampleRate);
  const { sampleRate = sound.sampleRate, mono = false } = options;
  const channels = mono ? [mix(sound.channels)] : sound.channels;
  if (sampleRate === sound.sampleRate) return { channels, sampleRate };
  return { channels: channels.map((samples) => resample(samples, sound.sampleRate, sampleRate)), sampleRate };
}

function mix(channels: readonly Float32Array[]): Float32Array {
  const [first, ...rest] = channels;
  if (first === undefined || rest.length === 0) return first ?? new Float32Array(0);
  return first.map((sample, i) => rest.reduce((sum, each) => sum + (each[i] as number), sample) / channels.length);
}

export interface EncodeWavOptions {
  /** 16-bit integers (the default) or 32-bit floats, which keep every sample as it is. */
  readonly samples?: "int16" | "float32";
}

/**
 * The bytes of a WAV file; of integers, samples beyond ±1 are cut.
 *
 * @example
 * encodeWav({ channels: [new Float32Array(10)], sampleRate: 16_000 }).length; // 64
 */
export function encodeWav({ channels, sampleRate }: Sound, options: EncodeWavOptions = {}): Uint8Array {
  const float = options.samples === "float32";
  const [first] = channels;
  if (first === undefined || channels.some(({ length }) => length !== first.length)) {
    const lengths = channels.map(({ length }) => length);
    throw new ShapeError(
      `encodeWav: cannot write channels of [${lengths.join(", ")}] samples: wanted one length, at least one`,
    );
  }
  const bytes = float ? 4 : 2;
  const block = bytes * channels.length;
  const size = block * first.length;
  const file = new Uint8Array(44 + size);
  const view = new DataView(file.buffer);
  // Each name is followed by the chunk's length; "fmt " holds format, channels, rate, bytes a second, block, bits.
  file.set(new TextEncoder().encode("RIFF    WAVEfmt "), 0);
  view.setUint32(4, 36 + size, true);
  view.setUint32(16, 16, true);
  view.setUint16(20, float ? 3 : 1, true);
  view.setUint16(22, channels.length, true);
  view.setUint32(24, sampleRate, true);
  view.setUint32(28, sampleRate * block, true);
  view.setUint16(32, block, true);
  view.setUint16(34, bytes * 8, true);
  file.set(new TextEncoder().encode("data"), 36);
  view.setUint32(40, size, true);
  for (const [c, samples] of channels.entries()) {
    for (const [i, sample] of samples.entries()) {
      const at = 44 + i * block + c * bytes;
      if (float) view.setFloat32(at, sample, true);
      else view.setInt16(at, Math.max(-32768, Math.min(32767, Math.round(sample * 32768))), true);
    }
  }
  return file;
}
