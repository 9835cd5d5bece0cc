/** Sound files: WAV by a package everywhere, everything else by the browser where there is one. */
import { FormatError, UnsupportedError } from "../core/errors.ts";
import type { Sound } from "./platform.ts";

/** The samples of a sound file. A browser's own decoder resamples other formats than WAV to `sampleRate`. */
export async function decodeAudio(bytes: Uint8Array, sampleRate = 48_000): Promise<Sound> {
  const magic = String.fromCharCode(...bytes.subarray(0, 4));
  if (magic === "RIFF") return decodeWav(bytes);
  if (globalThis.OfflineAudioContext === undefined) {
    throw new UnsupportedError(
      `decodeAudio: cannot read ${bytes.length} bytes that begin with ${JSON.stringify(magic)}: there is no decoder here, wanted a WAV file`,
    );
  }
  try {
    const context = new OfflineAudioContext(1, 1, sampleRate);
    const buffer = await context.decodeAudioData(bytes.slice().buffer);
    const channels = Array.from({ length: buffer.numberOfChannels }, (_, i) => buffer.getChannelData(i));
    return { channels, sampleRate: buffer.sampleRate };
  } catch (cause) {
    throw new FormatError("decodeAudio: cannot read the file: the browser refuses it, wanted a whole sound file", {
      cause,
    });
  }
}

async function decodeWav(bytes: Uint8Array): Promise<Sound> {
  checkFormat(bytes);
  const { default: decode } = await import("@audio/decode-wav");
  try {
    const { channelData, sampleRate } = decode(bytes);
    if (channelData.length === 0) throw new Error("it holds no samples");
    return { channels: channelData, sampleRate };
  } catch (error) {
    throw new FormatError(`decodeAudio: cannot read a WAV file: ${(error as Error).message}, wanted a whole file`, {
      cause: error,
    });
  }
}

/**
 * Looks at the numbers of the "fmt " chunk before memory is taken by them: channels at byte 2, a block's bytes at 12, a
 * sample's bits at 14.
 */
function checkFormat(bytes: Uint8Array): void {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (let at = 12; at + 24 <= bytes.length; at += 8 + view.getUint32(at + 4, true)) {
    if (view.getUint32(at) !== 0x666d7420) continue;
    const [channels, block, bits] = [at + 10, at + 20, at + 22].map((place) => view.getUint16(place, true));
    if (channels! > 0 && block! > 0 && block! * 8 >= channels! * bits!) return;
    throw new FormatError(
      `decodeAudio: cannot read a WAV file: at byte ${at}, ${channels} channels of ${bits} bits in blocks of ${block} bytes, wanted blocks that hold them`,
    );
  }
  throw new FormatError('decodeAudio: cannot read a WAV file: there is no "fmt " chunk, wanted a whole file');
}
