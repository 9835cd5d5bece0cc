/**
 * Noisy speech → speech, by models that take one frame of a spectrum after the other and carry their state:
 *
 *     DTLN, first stage   size of each frequency → what part of it is speech
 *     GTCRN               real and imaginary parts → those of the speech
 *
 * Sources: Westhausen and Meyer, "Dual-Signal Transformation LSTM Network", 2020; Rong et al., "GTCRN", 2024
 */
import { decodeAudio, encodeWav, hann, istft, type Spectrum, type SpectrumOptions, stft } from "../../audio/index.ts";
import type { Feed, Session } from "../../formats/onnx/index.ts";
import { tensor } from "../../tensor/tensor.ts";
import { eachOf } from "../progress.ts";
import { type Job, type Report, shapeOf, type Task, valuesOf } from "../task.ts";

const RATE = 16_000;
const BINS = 257;

interface Denoiser {
  readonly name: string;
  readonly frames: SpectrumOptions;
  /** Names of the input and the output of a frame; undefined where the session is of another kind. */
  ends(session: Session): { input: string; output: string } | undefined;
  /** The numbers of a frame, and the frame that the model's answer means. */
  feed(real: Float32Array, imaginary: Float32Array): Float32Array;
  answer(given: Float32Array, real: Float32Array, imaginary: Float32Array): [Float32Array, Float32Array];
}

const isShape = (shape: readonly (number | null)[] | undefined, wanted: readonly number[]): boolean =>
  shape?.length === wanted.length && wanted.every((size, i) => shape[i] === size);

function endsOf({ inputs, outputs }: Session, shape: readonly number[]): { input: string; output: string } | undefined {
  const input = inputs.find(({ name }) => isShape(shapeOf(inputs, name), shape));
  const output = outputs.find(({ name }) => isShape(shapeOf(outputs, name), shape));
  return input && output && { input: input.name, output: output.name };
}

const denoisers: readonly Denoiser[] = [
  {
    name: "DTLN",
    frames: { size: 512, hop: 128, window: new Float32Array(512).fill(1) },
    ends: (session) => (session.inputs.length === 2 ? endsOf(session, [1, 1, BINS]) : undefined),
    feed: (real, imaginary) => real.map((re, k) => Math.hypot(re, imaginary[k] as number)),
    answer: (mask, real, imaginary) => [
      real.map((re, k) => re * (mask[k] as number)),
      imaginary.map((im, k) => im * (mask[k] as number)),
    ],
  },
  {
    name: "GTCRN",
    frames: { size: 512, hop: 256, window: hann(512).map(Math.sqrt) },
    ends: (session) => endsOf(session, [1, BINS, 1, 2]),
    feed: (real, imaginary) =>
      Float32Array.from({ length: 2 * BINS }, (_, i) => (i % 2 === 0 ? real : imaginary)[i >> 1] as number),
    answer: (speech) => [speech.filter((_, i) => i % 2 === 0), speech.filter((_, i) => i % 2 === 1)],
  },
];

export const denoising: readonly Task[] = denoisers.map((denoiser) => ({
  name: `${denoiser.name} speech denoising`,
  takes: "sound",
  fits: (session) => denoiser.ends(session) !== undefined,
  run: (job) => denoise(denoiser, job),
}));

/** Inputs that carry state: each with the output of its shape, which follows it. */
function statesOf({ inputs, outputs }: Session, ends: { input: string; output: string }): Map<string, string> {
  const free = outputs.map(({ name }) => name).filter((name) => name !== ends.output);
  const states = new Map<string, string>();
  for (const { name } of inputs) {
    if (name === ends.input) continue;
    const shape = shapeOf(inputs, name)?.map((size) => size ?? 1) ?? [];
    const at = free.findIndex((output) => isShape(shapeOf(outputs, output), shape));
    states.set(name, free.splice(Math.max(0, at), 1)[0] as string);
  }
  return states;
}

async function denoise(denoiser: Denoiser, { session, input, args }: Job): Promise<Report> {
  const sound = await decodeAudio(input, { sampleRate: RATE, mono: true, signal: args.signal });
  const samples = sound.channels[0] as Float32Array;
  const ends = denoiser.ends(session) as { input: string; output: string };
  const states = statesOf(session, ends);
  const carried: Record<string, Feed> = {};
  for (const name of states.keys()) {
    const shape = shapeOf(session.inputs, name) as number[];
    carried[name] = tensor(new Float32Array(shape.reduce((a, b) => a * b, 1)), { shape });
  }
  const spectrum = await stft(samples, denoiser.frames);
  const clean: Spectrum = { ...spectrum, real: spectrum.real.slice(), imaginary: spectrum.imaginary.slice() };
  const start = performance.now();
  await eachOf("frames", spectrum.frames, async (f) => {
    const [from, to] = [f * BINS, (f + 1) * BINS];
    const [real, imaginary] = [spectrum.real.subarray(from, to), spectrum.imaginary.subarray(from, to)];
    const feeds = { ...carried, [ends.input]: denoiser.feed(real, imaginary) };
    const results = await session.run(feeds, { signal: args.signal });
    for (const [name, output] of states) carried[name] = results[output] as Feed;
    const [re, im] = denoiser.answer(await valuesOf(results, ends.output), real, imaginary);
    clean.real.set(re, from);
    clean.imaginary.set(im, from);
  });
  const seconds = (performance.now() - start) / 1000;
  const speech = await istft(clean, samples.length, denoiser.frames);
  const length = samples.length / RATE;
  return {
    text: `${denoiser.name}: ${length.toFixed(1)} s of sound in ${seconds.toFixed(2)} s, ${spectrum.frames} frames`,
    file: { bytes: encodeWav({ channels: [speech], sampleRate: RATE }), ending: ".clean.wav" },
  };
}
