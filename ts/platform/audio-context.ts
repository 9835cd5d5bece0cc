/** Sound files by the browser's decoders. */
import { FormatError, UnsupportedError } from "../core/errors.ts";
import type { Sound } from "./platform.ts";

/** The samples of a sound file, which the browser resamples to `sampleRate`. */
export async function decodeAudio(bytes: Uint8Array, sampleRate = 48_000): Promise<Sound> {
  // Workers have none.
  if (globalThis.OfflineAudioContext === undefined) return noDecoder(bytes);
  try {
    const buffer = await new OfflineAudioContext(1, 1, sampleRate).decodeAudioData(bytes.slice().buffer);
    const channels = Array.from({ length: buffer.numberOfChannels }, (_, i) => buffer.getChannelData(i));
    return { channels, sampleRate: buffer.sampleRate };
  } catch (cause) {
    throw new FormatError("decodeAudio: cannot read the file: the browser refuses it, wanted a whole sound file", {
      cause,
    });
  }
}

/** What every other runtime says. */
export async function noDecoder(bytes: Uint8Array, _sampleRate?: number): Promise<never> {
  throw new UnsupportedError(
    `decodeAudio: cannot read ${bytes.length} bytes: there is no decoder here but for WAV, wanted a WAV file`,
  );
}
