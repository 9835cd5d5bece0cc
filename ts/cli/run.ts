/** `hebb run`: a model on a file. */
import { writeFileAtomic } from "#platform";
import { UnsupportedError } from "../core/errors.ts";
import { readSource } from "../files/source.ts";
import type { Session } from "../formats/onnx/index.ts";
import { type Arguments, type Command, UsageError } from "./command.ts";
import { loadModel, modelOptions } from "./model.ts";
import { pictureOptions } from "./pictures.ts";
import type { Task } from "./task.ts";
import { classify } from "./tasks/classify.ts";
import { denoising } from "./tasks/denoise.ts";
import { detections } from "./tasks/detect.ts";
import { notes } from "./tasks/notes.ts";
import { redraw } from "./tasks/redraw.ts";
import { speech } from "./tasks/speech.ts";
import { values } from "./tasks/values.ts";

const tasks: readonly Task[] = [...detections, redraw, classify, ...denoising, speech, notes, values];

export const run: Command = {
  usage: "<model> <input>",
  summary: "a model on a picture, a sound (WAV) or values (JSON)",
  positionals: [2, 2],
  options: {
    ...modelOptions,
    labels: { type: "string", short: "l", value: "file", help: "names of the classes, one a line" },
    out: {
      type: "string",
      short: "o",
      value: "file",
      help: "where the picture or sound goes; beside the input by default",
    },
    top: { type: "string", value: "number", help: "how many classes are shown; 5 by default" },
    threshold: { type: "string", value: "number", help: "least score of what is shown" },
    ...pictureOptions,
  },
  async run(args) {
    const input = args.positionals[1] as string;
    const session = await loadModel(args);
    const task = taskFor(session, input);
    const { text, file } = await task.run({ session, input, args, labels: await labelsOf(args) });
    console.log(text);
    if (file === undefined) return;
    const out = (args.values["out"] as string | undefined) ?? outputPath(input, file.ending);
    await writeFileAtomic(out, file.bytes);
    console.log(`wrote ${out}`);
  },
};

function takenBy(path: string): Task["takes"] {
  if (/\.wav$/i.test(path)) return "sound";
  return /\.json$/i.test(path) ? "values" : "picture";
}

function taskFor(session: Session, input: string): Task {
  const takes = takenBy(input);
  const task = tasks.find((each) => each.takes === takes && each.fits(session));
  if (task !== undefined) return task;
  const inputs = session.inputs.map(({ name, dtype, shape }) => `${name}: ${dtype} [${shape?.join(", ") ?? "?"}]`);
  throw new UnsupportedError(
    `run: cannot give a ${takes} to a model of ${inputs.join(", ")}: wanted a JSON file with the values of its inputs`,
  );
}

async function labelsOf({ values: { labels }, signal }: Arguments): Promise<string[] | undefined> {
  if (labels === undefined) return undefined;
  const lines = new TextDecoder().decode(await readSource(String(labels), { signal })).split(/\r?\n/);
  if (lines.at(-1) === "") lines.pop();
  if (lines.length === 0) throw new UsageError(`--labels: cannot use ${String(labels)}: it is empty`);
  return lines;
}

/** The input's name with another ending; in the current folder for what came by the network. */
function outputPath(input: string, ending: string): string {
  const path = /^[a-z]+:\/\//i.test(input) ? (new URL(input).pathname.split("/").at(-1) ?? "out") : input;
  return path.replace(/\.\w+$/, "") + ending;
}
