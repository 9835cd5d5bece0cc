/** Pictures → boxes, drawn into the picture. */
import { type Detection, drawBoxes, encodePng, nonMaxSuppression } from "../../vision/index.ts";
import { columns, numberOf } from "../command.ts";
import type { Detector, Outputs } from "../detectors/detector.ts";
import { fastestdet } from "../detectors/fastestdet.ts";
import { tinyyolo } from "../detectors/tinyyolo.ts";
import { ultraface } from "../detectors/ultraface.ts";
import { yunet } from "../detectors/yunet.ts";
import { feedOf, pictureInput, stretched } from "../pictures.ts";
import { type Job, type Report, type Task, valuesOf } from "../task.ts";

const detectors: readonly Detector[] = [ultraface, yunet, fastestdet, tinyyolo];

export const detections: readonly Task[] = detectors.map((detector) => ({
  name: detector.name,
  takes: "picture",
  fits: (session) => pictureInput(session) !== null && detector.fits(session),
  run: (job) => detect(detector, job),
}));

async function detect(detector: Detector, { session, input, args, labels = detector.labels }: Job): Promise<Report> {
  const wanted = pictureInput(session)!;
  const [picture, small] = await stretched(input, wanted, args.signal);
  const feed = feedOf(small, wanted, args, detector.input);
  const results = await session.run({ [wanted.name]: feed }, { signal: args.signal });
  const entries = Object.keys(results).map(async (name) => [name, await valuesOf(results, name)] as const);
  const outputs: Outputs = Object.fromEntries(await Promise.all(entries));
  const threshold = numberOf(args, "threshold", detector.threshold);
  const raw = detector.decode(outputs, small.width, small.height, threshold);
  const kept = (await nonMaxSuppression(raw, detector.overlap)).map(({ box, score, index }): Detection => {
    const [x1, y1, x2, y2] = box;
    const pixels = [x1 * picture.width, y1 * picture.height, x2 * picture.width, y2 * picture.height] as const;
    return { box: pixels, score, index, label: labels[index] ?? `class ${index}` };
  });
  const rows = kept.map(({ box, score, label = "" }) => [
    `${(score * 100).toFixed(1)} %`,
    label,
    ...box.map((side) => side.toFixed(0)),
  ]);
  const text = [`${detector.name}: ${kept.length} found`, columns(rows, [0, 2, 3, 4, 5])].join("\n").trimEnd();
  return { text, file: { bytes: await encodePng(drawBoxes(picture, kept)), ending: ".boxes.png" } };
}
