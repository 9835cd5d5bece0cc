/**
 * Music → notes, by Basic Pitch: windows of 43,844 samples of 22,050 Hz give 172 frames of 88 keys. Windows overlap by 30
 * frames, of which each gives up 15.
 *
 * Source: Bittner et al., "A Lightweight Instrument-Agnostic Model for Polyphonic Note Transcription", 2022
 */
import { decodeAudio } from "../../audio/index.ts";
import { columns, numberOf } from "../command.ts";
import { eachOf } from "../progress.ts";
import { shapeOf, type Task, valuesOf } from "../task.ts";

const RATE = 22_050;
const WINDOW = 43_844;
const FRAMES = 172;
const KEYS = 88;
const HOP = 256;
const SHARED = 30;
/** MIDI number of the lowest key. */
const LOWEST = 21;
const SHORTEST = 11;

const tones = ["C", "C#", "D", "D#", "E", "F", "F#", "G", "G#", "A", "A#", "B"];

interface Note {
  readonly key: number;
  readonly from: number;
  readonly to: number;
  readonly strength: number;
}

export const notes: Task = {
  name: "notes of music",
  takes: "sound",
  fits(session) {
    return shapeOf(session.inputs, session.inputs[0]?.name ?? "")?.[1] === WINDOW && session.outputs.length === 3;
  },
  async run({ session, input, args }) {
    const sound = await decodeAudio(input, { sampleRate: RATE, mono: true, signal: args.signal });
    const samples = sound.channels[0] as Float32Array;
    const name = (session.inputs[0] as { name: string }).name;
    // The outputs are named by number: 0 contours, 1 notes, 2 onsets.
    const output = session.outputs.find((each) => / ?:1(:|$)/.test(each.name))?.name ?? "";
    const step = WINDOW - SHARED * HOP;
    const frames: Float32Array[] = [];
    const before = (SHARED / 2) * HOP;
    await eachOf("windows", Math.ceil((samples.length + before) / step), async (i) => {
      const at = i * step - before;
      const window = new Float32Array(WINDOW);
      window.set(samples.subarray(Math.max(0, at), at + WINDOW), Math.max(0, -at));
      const values = await valuesOf(await session.run({ [name]: window }, { signal: args.signal }), output);
      for (let f = SHARED / 2; f < FRAMES - SHARED / 2; f++) frames.push(values.subarray(f * KEYS, (f + 1) * KEYS));
    });
    const found = notesOf(frames, numberOf(args, "threshold", 0.3));
    const second = (frame: number): string => `${((frame * HOP) / RATE).toFixed(2)} s`;
    const rows = found.map(({ key, from, to, strength }) => {
      const midi = LOWEST + key;
      return [second(from), second(to), `${tones[midi % 12]}${Math.floor(midi / 12) - 1}`, strength.toFixed(2)];
    });
    return { text: [`${found.length} notes`, columns(rows, [0, 1])].join("\n").trimEnd() };
  },
};

/** Stretches of frames in which a key is above the threshold, in the order in which they begin. */
function notesOf(frames: readonly Float32Array[], threshold: number): Note[] {
  const found: Note[] = [];
  for (let key = 0; key < KEYS; key++) {
    let [from, strength] = [-1, 0];
    for (let f = 0; f <= frames.length; f++) {
      const value = frames[f]?.[key] ?? 0;
      if (value >= threshold) {
        if (from < 0) [from, strength] = [f, 0];
        strength = Math.max(strength, value);
      } else if (from >= 0) {
        if (f - from >= SHORTEST) found.push({ key, from, to: f, strength });
        from = -1;
      }
    }
  }
  return found.sort((a, b) => a.from - b.from || a.key - b.key);
}
