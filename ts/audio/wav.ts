/**
 * WAV files: chunks of a name, a length and bytes, each at an even place.
 *
 *     "RIFF" length "WAVE"
 *     "fmt " 16 or more   format u16 · channels u16 · samples a second u32 · bytes a second u32 · bytes a block u16 ·
 *                         bits a sample u16; of format 0xfffe the true one stands at byte 24
 *     "data" length       blocks of one sample a channel
 *
 * An integer of n bits stands for x / 2^(n-1), as in libsndfile. A length of "data" beyond the file, as writers of
 * streams leave it, means to its end.
 *
 * Source: IBM and Microsoft, "Multimedia Programming Interface and Data Specifications 1.0"; ITU-T G.711
 */
import { FormatError, ShapeError, UnsupportedError } from "../core/errors.ts";
import type { Sound } from "../platform/platform.ts";

const EXTENSIBLE = 0xfffe;

interface SampleType {
  readonly format: number;
  readonly bits: number;
  readonly read: (view: DataView, at: number) => number;
}

const sampleTypes: readonly SampleType[] = [
  { format: 1, bits: 8, read: (view, at) => view.getUint8(at) / 128 - 1 },
  { format: 1, bits: 16, read: (view, at) => view.getInt16(at, true) / 2 ** 15 },
  { format: 1, bits: 24, read: (view, at) => ((view.getInt8(at + 2) << 16) | view.getUint16(at, true)) / 2 ** 23 },
  { format: 1, bits: 32, read: (view, at) => view.getInt32(at, true) / 2 ** 31 },
  { format: 3, bits: 32, read: (view, at) => view.getFloat32(at, true) },
  { format: 3, bits: 64, read: (view, at) => view.getFloat64(at, true) },
  { format: 6, bits: 8, read: (view, at) => aLaw(view.getUint8(at)) },
  { format: 7, bits: 8, read: (view, at) => muLaw(view.getUint8(at)) },
];

/** G.711: sign, three bits of exponent, four of mantissa; every second bit turned. */
function aLaw(byte: number): number {
  const code = byte ^ 0x55;
  const [exponent, mantissa] = [(code >> 4) & 7, (code & 15) * 16 + 8];
  const size = exponent === 0 ? mantissa : (mantissa + 256) * 2 ** (exponent - 1);
  return (code & 0x80 ? size : -size) / 2 ** 15;
}

/** G.711: sign, three bits of exponent, four of mantissa; every bit turned, and a bias of 132. */
function muLaw(byte: number): number {
  const code = ~byte & 0xff;
  const size = ((code & 15) * 8 + 132) * 2 ** ((code >> 4) & 7) - 132;
  return (code & 0x80 ? -size : size) / 2 ** 15;
}

/** True of bytes that begin like a WAV file. */
export function isWav(bytes: Uint8Array): boolean {
  return String.fromCharCode(...bytes.subarray(0, 4)) === "RIFF";
}

/** The samples of a WAV file. */
export function decodeWav(bytes: Uint8Array): Sound {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const chunks = chunksOf(view);
  const [format, data] = [chunks.get("fmt "), chunks.get("data")];
  if (format === undefined || data === undefined || format.size < 16) {
    throw refuse(bytes.length, 'whole chunks "fmt " and "data" expected');
  }
  const { at } = format;
  const given = view.getUint16(at, true);
  const code = given === EXTENSIBLE && format.size >= 26 ? view.getUint16(at + 24, true) : given;
  const [count, sampleRate] = [view.getUint16(at + 2, true), view.getUint32(at + 4, true)];
  const [block, bits] = [view.getUint16(at + 12, true), view.getUint16(at + 14, true)];
  const type = sampleTypes.find((each) => each.format === code && each.bits === bits);
  if (type === undefined) {
    throw new UnsupportedError(
      `decodeAudio: cannot read a WAV file of format ${code} with ${bits} bits: wanted PCM, float, A-law or µ-law`,
    );
  }
  const width = bits / 8;
  if (count === 0 || sampleRate === 0 || block !== count * width) {
    throw refuse(at, `blocks of ${count} × ${width} bytes expected, not ${block}, and a rate above 0`);
  }
  const frames = Math.floor(data.size / block);
  const channels = Array.from({ length: count }, (_, c) =>
    Float32Array.from({ length: frames }, (_, i) => type.read(view, data.at + i * block + c * width)),
  );
  return { channels, sampleRate };
}

interface Chunk {
  readonly at: number;
  readonly size: number;
}

/** The first chunk of each name, as far as the file goes. */
function chunksOf(view: DataView): Map<string, Chunk> {
  const chunks = new Map<string, Chunk>();
  for (let at = 12; at + 8 <= view.byteLength; ) {
    const name = String.fromCharCode(...Array.from({ length: 4 }, (_, i) => view.getUint8(at + i)));
    const size = view.getUint32(at + 4, true);
    if (!chunks.has(name)) chunks.set(name, { at: at + 8, size: Math.min(size, view.byteLength - at - 8) });
    at += 8 + size + (size % 2);
  }
  return chunks;
}

function refuse(at: number, state: string): FormatError {
  return new FormatError(`decodeAudio: cannot read a WAV file: at byte ${at}, ${state}`);
}

/** How samples are stored. */
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
  const width = float ? 4 : 2;
  const block = width * channels.length;
  const size = block * first.length;
  const file = new Uint8Array(44 + size);
  const view = new DataView(file.buffer);
  const put = (at: number, name: string): void => file.set(new TextEncoder().encode(name), at);
  put(0, "RIFF");
  view.setUint32(4, 36 + size, true);
  put(8, "WAVEfmt ");
  view.setUint32(16, 16, true);
  view.setUint16(20, float ? 3 : 1, true);
  view.setUint16(22, channels.length, true);
  view.setUint32(24, sampleRate, true);
  view.setUint32(28, sampleRate * block, true);
  view.setUint16(32, block, true);
  view.setUint16(34, width * 8, true);
  put(36, "data");
  view.setUint32(40, size, true);
  for (const [c, samples] of channels.entries()) {
    for (const [i, sample] of samples.entries()) {
      const at = 44 + i * block + c * width;
      if (float) view.setFloat32(at, sample, true);
      else view.setInt16(at, Math.max(-32768, Math.min(32767, Math.round(sample * 32768))), true);
    }
  }
  return file;
}
