/** Sound files → samples: WAV everywhere, everything else by the browser where there is one. */
import { decodeAudio as decodeByRuntime } from "#platform";
import { readSource, type Source, type SourceOptions } from "../files/source.ts";
import type { Sound } from "../platform/platform.ts";
import { resample } from "./resample.ts";
import { decodeWav, isWav } from "./wav.ts";

export type { Sound } from "../platform/platform.ts";

/** How a sound file is read, and what its samples become. */
export interface DecodeAudioOptions extends SourceOptions {
  /** Samples a second; what the file has by default. */
  readonly sampleRate?: number;
  /** True mixes all channels to one. */
  readonly mono?: boolean;
}

/**
 * The samples of a sound file: WAV everywhere (PCM of 8 to 32 bits, float, A-law, µ-law), in pages also what the browser
 * knows.
 *
 * Throws `FormatError` for bytes that are no sound, and `UnsupportedError` for formats that nothing here can read.
 *
 * @example
 * const file = encodeWav({ channels: [Float32Array.of(0, 0.5)], sampleRate: 8000 });
 * (await decodeAudio(file)).channels[0]; // [0, 0.5]
 */
export async function decodeAudio(source: Source, options: DecodeAudioOptions = {}): Promise<Sound> {
  const bytes = await readSource(source, options);
  const sound = isWav(bytes) ? decodeWav(bytes) : await decodeByRuntime(bytes, options.sampleRate);
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
