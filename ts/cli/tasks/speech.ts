/**
 * Speech → where somebody speaks, by Silero's detector: 512 samples of 16 kHz with the 64 before them, and the state of the
 * chunk before.
 *
 * Source: https://github.com/snakers4/silero-vad
 */
import { decodeAudio } from "../../audio/index.ts";
import type { Feed } from "../../formats/onnx/index.ts";
import { tensor } from "../../tensor/tensor.ts";
import { columns, numberOf } from "../command.ts";
import { eachOf } from "../progress.ts";
import { type Task, valuesOf } from "../task.ts";

const RATE = 16_000;
const CHUNK = 512;
const CONTEXT = 64;

export const speech: Task = {
  name: "speech detection",
  takes: "sound",
  fits({ inputs }) {
    return ["input", "state", "sr"].every((name) => inputs.some((input) => input.name === name));
  },
  async run({ session, input, args }) {
    const sound = await decodeAudio(input, { sampleRate: RATE, mono: true, signal: args.signal });
    const samples = sound.channels[0] as Float32Array;
    let state: Feed = tensor(new Float32Array(2 * 128), { shape: [2, 1, 128] });
    const rate = tensor(RATE, { dtype: "int64" });
    const scores: number[] = [];
    await eachOf("chunks", Math.ceil(samples.length / CHUNK), async (i) => {
      const at = i * CHUNK;
      const chunk = new Float32Array(CONTEXT + CHUNK);
      const first = Math.max(0, at - CONTEXT);
      chunk.set(samples.subarray(first, at + CHUNK), CONTEXT - (at - first));
      const feeds = { input: tensor(chunk, { shape: [1, chunk.length] }), state, sr: rate };
      const results = await session.run(feeds, { signal: args.signal });
      state = results["stateN"] as Feed;
      scores.push((await valuesOf(results, "output"))[0] as number);
    });
    const spans = spansOf(scores, numberOf(args, "threshold", 0.5));
    const second = (chunk: number): string => `${((chunk * CHUNK) / RATE).toFixed(2)} s`;
    const rows = spans.map(([from, to]) => [second(from), "–", second(Math.min(to, samples.length / CHUNK))]);
    return { text: [`${spans.length} stretches of speech`, columns(rows, [0, 2])].join("\n").trimEnd() };
  },
};

/** Stretches of scores above the threshold; what stays above it less 0.15 belongs to them. */
function spansOf(scores: readonly number[], threshold: number): [from: number, to: number][] {
  const spans: [number, number][] = [];
  let from = -1;
  for (const [i, score] of [...scores, -1].entries()) {
    if (from < 0 && score >= threshold) from = i;
    else if (from >= 0 && score < threshold - 0.15) {
      spans.push([from, i]);
      from = -1;
    }
  }
  return spans;
}
