/** Pictures → the likeliest classes. */
import { decodeImage, imagenet, probabilities, type ToTensorOptions, topK } from "../../vision/index.ts";
import { columns, numberOf } from "../command.ts";
import { cropped, feedOf, type PictureInput, pictureInput } from "../pictures.ts";
import { type Task, valuesOf } from "../task.ts";

/** What Caffe's models, whose input is called data_0, were trained on: blue first, less the mean of each channel. */
const caffe = { scale: 1, order: "bgr", mean: [104, 117, 123] } as const;

/** Classifiers of photos were trained on ImageNet's mean and deviation, those of small pictures and grey ones seldom. */
function usual({ name, channels, width }: PictureInput): ToTensorOptions {
  if (name === "data_0" && channels === 3) return caffe;
  return channels === 3 && (width ?? 224) >= 64 ? imagenet : {};
}

export const classify: Task = {
  name: "classification",
  takes: "picture",
  fits(session) {
    const [output] = session.outputs;
    const sizes = output?.shape?.filter((size) => size !== 1 && typeof size === "number") ?? [];
    return pictureInput(session) !== null && session.outputs.length === 1 && sizes.length === 1;
  },
  async run({ session, input, args, labels }) {
    const wanted = pictureInput(session) as PictureInput;
    const picture = await decodeImage(input, { signal: args.signal });
    const feed = feedOf(cropped(picture, wanted), wanted, args, usual(wanted));
    const name = (session.outputs[0] as { name: string }).name;
    const scores = await valuesOf(await session.run({ [wanted.name]: feed }, { signal: args.signal }), name);
    const sum = scores.reduce((a, b) => a + b, 0);
    const likely = scores.every((score) => score >= 0) && Math.abs(sum - 1) < 0.02 ? scores : probabilities(scores);
    const best = topK(likely, numberOf(args, "top", 5), labels);
    const rows = best.map(({ index, score, label }) => [`${(score * 100).toFixed(2)} %`, label ?? `class ${index}`]);
    return { text: columns(rows, [0]) };
  },
};
