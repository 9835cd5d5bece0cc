/** Sounds: WAV files of every kind, other rates. */
import { describe, expect, test } from "vitest";
import { decodeAudio, encodeWav, hann, istft, resample, stft } from "../../ts/audio/index.ts";
import { FormatError, ShapeError, UnsupportedError } from "../../ts/core/errors.ts";
import { sharedData } from "../shared-data.ts";

const tone = (hertz: number, rate: number, length: number): Float32Array =>
  Float32Array.from({ length }, (_, i) => 0.5 * Math.sin((2 * Math.PI * hertz * i) / rate));

/** A WAV file of one channel, as its "fmt " chunk says. */
function wav(format: number, bits: number, data: readonly number[]): Uint8Array {
  const file = encodeWav({ channels: [new Float32Array(1)], sampleRate: 8000 }).slice(0, 44 + data.length);
  const bytes = new Uint8Array(44 + data.length);
  bytes.set(file.subarray(0, 44));
  const view = new DataView(bytes.buffer);
  view.setUint16(20, format, true);
  view.setUint16(32, bits / 8, true);
  view.setUint16(34, bits, true);
  view.setUint32(40, data.length, true);
  bytes.set(data, 44);
  return bytes;
}

describe("wav", () => {
  test("floats come back as they were, integers rounded", async () => {
    const channels = [tone(440, 8000, 100), tone(880, 8000, 100)];
    const float = await decodeAudio(encodeWav({ channels, sampleRate: 8000 }, { samples: "float32" }));
    expect(float).toEqual({ channels, sampleRate: 8000 });
    const integer = await decodeAudio(encodeWav({ channels, sampleRate: 8000 }));
    for (const [c, samples] of integer.channels.entries()) {
      for (const [i, sample] of samples.entries()) expect(Math.abs(sample - channels[c]![i]!)).toBeLessThan(2e-5);
    }
  });

  test.each<[string, Uint8Array, number[]]>([
    ["8 bits", wav(1, 8, [128, 255, 0]), [0, 0.9921875, -1]],
    ["16 bits", wav(1, 16, [0, 0x40, 0, 0x80]), [0.5, -1]],
    ["24 bits", wav(1, 24, [0, 0, 0x40, 0, 0, 0x80]), [0.5, -1]],
    ["32 bits", wav(1, 32, [0, 0, 0, 0x40]), [0.5]],
    ["64-bit floats", wav(3, 64, [0, 0, 0, 0, 0, 0, 0xe0, 0x3f]), [0.5]],
    ["A-law", wav(6, 8, [0xd5, 0xaa, 0x2a]), [8 / 32768, 32256 / 32768, -32256 / 32768]],
    ["µ-law", wav(7, 8, [0xff, 0x80, 0x00]), [0, 32124 / 32768, -32124 / 32768]],
    ["no samples", wav(1, 16, []), []],
  ])("%s", async (_, file, wanted) => {
    const [samples] = (await decodeAudio(file)).channels;
    for (const [i, value] of wanted.entries()) expect(samples?.[i]).toBeCloseTo(value, 6);
  });

  test.each([
    ["no format", wav(1, 16, []).slice(0, 12)],
    ["half a header", wav(1, 16, [0, 0]).slice(0, 30)],
  ])("%s is refused", async (_, file) => {
    await expect(decodeAudio(file)).rejects.toThrow(FormatError);
  });

  test("more channels than a block holds are refused before memory is taken", async () => {
    const file = wav(1, 8, new Array(100).fill(0));
    new DataView(file.buffer).setUint16(22, 65535, true);
    await expect(decodeAudio(file)).rejects.toThrow(/65535 × 1 bytes expected, not 1/);
  });

  test("channels of different lengths are refused, other formats not supported", async () => {
    const channels = [new Float32Array(1), new Float32Array(2)];
    expect(() => encodeWav({ channels, sampleRate: 8000 })).toThrow(ShapeError);
    await expect(decodeAudio(wav(99, 16, [0, 0]))).rejects.toThrow(UnsupportedError);
    await expect(decodeAudio(new TextEncoder().encode("fLaC…"))).rejects.toThrow(UnsupportedError);
  });
});

describe("another rate", () => {
  test.each([
    [44_100, 16_000],
    [16_000, 44_100],
    [8000, 16_000],
    [48_000, 8000],
  ])("from %s to %s keeps a tone", (from, to) => {
    const made = resample(tone(1000, from, from / 10), from, to);
    const wanted = tone(1000, to, to / 10);
    expect(made).toHaveLength(wanted.length);
    // Away from the ends, where the filter sees what is not there.
    const error = made.subarray(200, -200).map((sample, i) => Math.abs(sample - wanted[i + 200]!));
    expect(Math.max(...error)).toBeLessThan(1e-3);
  });

  test("removes what the lower rate cannot hold", () => {
    const made = resample(tone(12_000, 44_100, 44_100), 44_100, 16_000);
    expect(Math.max(...made.subarray(200, -200).map(Math.abs))).toBeLessThan(1e-3);
  });

  test("keeps a constant, and refuses rates that are none", () => {
    const made = resample(new Float32Array(1000).fill(0.25), 3, 7);
    for (const sample of made.subarray(100, -100)) expect(sample).toBeCloseTo(0.25, 6);
    expect(() => resample(made, 0, 1)).toThrow(ShapeError);
    expect(() => resample(made, 1.5, 1)).toThrow(ShapeError);
  });

  const speech = sharedData("media/basic-pitch-vocadito_10.wav");
  test.skipIf(speech.missing)(`of a file, mixed to one channel${speech.reason}`, async () => {
    const { channels, sampleRate } = await decodeAudio(speech.path, { sampleRate: 16_000, mono: true });
    expect([channels.length, sampleRate]).toEqual([1, 16_000]);
    const own = await decodeAudio(speech.path);
    expect(own.sampleRate).toBe(44_100);
    expect(channels[0]?.length).toBe(Math.ceil((own.channels[0]!.length * 16_000) / 44_100));
  });
});

describe("spectra", () => {
  test.each([
    [512, 256, undefined],
    [512, 128, new Float32Array(512).fill(1)],
    [64, 16, hann(64).map(Math.sqrt)],
  ])("of frames of %s, %s apart, give the samples back", async (size, hop, window) => {
    const options = window === undefined ? { size, hop } : { size, hop, window };
    const samples = tone(440, 16_000, 3000);
    const back = await istft(await stft(samples, options), samples.length, options);
    const errors = back.map((sample, i) => Math.abs(sample - samples[i]!));
    expect(Math.max(...errors)).toBeLessThan(1e-5);
  });

  test("have a tone at its frequency", async () => {
    const { bins, real, imaginary } = await stft(tone(1000, 16_000, 16_000), { size: 512, hop: 256 });
    const power = Array.from({ length: bins }, (_, k) => Math.hypot(real[20 * bins + k]!, imaginary[20 * bins + k]!));
    expect(power.indexOf(Math.max(...power))).toBe(32);
    // A Hann window gathers half of its 512 samples, and a tone of amplitude ½ half of that.
    expect(power[32]).toBeCloseTo(64, 1);
  });

  test("of odd frames are refused", async () => {
    await expect(stft(new Float32Array(8), { size: 7, hop: 1 })).rejects.toThrow(ShapeError);
    const spectrum = { frames: 1, bins: 3, real: new Float32Array(3), imaginary: new Float32Array(3) };
    await expect(istft(spectrum, 8, { size: 8, hop: 4 })).rejects.toThrow(ShapeError);
  });
});
