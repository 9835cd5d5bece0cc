/**
 * Trains the models and writes their files to a folder. A minute or two: `node scripts/edge.mjs train`.
 *
 *     digits.safetensors       from drawn digits, or --digits <folder of MNIST>
 *     shapes.onnx              from drawn shapes
 *     sentiment.safetensors    from reviews that it writes, or --reviews <folder>: train.tsv and dev.tsv, in each line a
 *                              sentence, a tab, and 0 or 1, as SST-2 has it
 *
 * --only <one of the three> makes that one alone.
 */
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { data, fit, manualSeed, nn, optim } from "hebb";
import { save as saveOnnx } from "hebb/onnx";
import { saveFile } from "hebb/safetensors";
import { inOrder, toLearn } from "../digits/batches.ts";
import { Random } from "../digits/draw.ts";
import { drawSets, readMnist } from "../digits/source.ts";
import { digitNetwork } from "./digits.ts";
import { drawShape, SIDE } from "./draw-shapes.ts";
import { type Reviews, readReviews, writeReviews } from "./reviews.ts";
import { SentimentNetwork, WORDS } from "./sentiment.ts";
import { centred, shapes } from "./shapes.ts";

type Batches = Parameters<typeof fit>[1]["train"];

const BATCH = 64;
const EPOCHS = 8;
const RATE = 0.004;
const DRAWN = { train: 12_800, test: 2_000 };

/** Trains by half a cosine, from the full rate to none, and says how well the model does on what it has not seen. */
async function learn(name: string, model: nn.Module, steps: number, train: Batches, test: Batches): Promise<void> {
  const { epochs } = await fit(model, {
    train,
    validate: test,
    loss: nn.crossEntropy,
    optimizer: new optim.Adam(model.parameters(), { lr: RATE }),
    epochs: EPOCHS,
    metrics: ["accuracy"],
    schedule: ({ step }) => (RATE / 2) * (1 + Math.cos((Math.PI * step) / (steps * EPOCHS))),
  });
  const accuracy = epochs.at(-1)?.validation?.metrics["accuracy"] ?? 0;
  console.log(`${name}: ${(100 * accuracy).toFixed(2)} % of what it has not seen`);
}

/**
 *     3 × 32 × 32 ─conv 3×3, pool─ 8 × 16 × 16 ─conv 3×3, pool─ 16 × 8 × 8 ─conv 3×3, pool─ 32 × 4 × 4 ─ 6
 */
function shapeNetwork(): nn.Sequential {
  const stage = (from: number, to: number): nn.Module[] => [
    new nn.Conv2d(from, to, 3, { padding: 1 }),
    new nn.ReLU(),
    new nn.MaxPool2d(2),
  ];
  const head = [new nn.Flatten(), new nn.Linear(512, shapes.length)];
  return new nn.Sequential(...stage(3, 8), ...stage(8, 16), ...stage(16, 32), ...head);
}

/** Drawn shapes as `toTensor` makes them: [3, height, width]. */
function drawn(count: number, seed: number): Batches {
  const random = new Random(seed);
  const area = SIDE * SIDE;
  const x = new Float32Array(count * 3 * area);
  const y = new Uint8Array(count);
  for (let i = 0; i < count; i++) {
    const { picture, label } = drawShape(random);
    y[i] = label;
    picture.data.forEach((value, at) => {
      x[i * 3 * area + (at % 3) * area + Math.floor(at / 3)] = (value / 255 - centred.mean) / centred.std;
    });
  }
  const set = data.arrayDataset({ x: { data: x, shape: [count, 3, SIDE, SIDE] }, y });
  return new data.DataLoader(set, { batchSize: BATCH, shuffle: true, seed });
}

/** Texts as the network takes them. */
function read(reviews: Reviews, seed: number): Batches {
  const x = { data: reviews.places, shape: [reviews.labels.length, WORDS] };
  const set = data.arrayDataset({ x, y: reviews.labels });
  return new data.DataLoader(set, { batchSize: BATCH, shuffle: true, seed, dropLast: true });
}

const { values, positionals } = parseArgs({
  options: { digits: { type: "string" }, reviews: { type: "string" }, only: { type: "string" } },
  allowPositionals: true,
});
const [folder = "weights"] = positionals;

const makers: Readonly<Record<string, () => Promise<void>>> = {
  async digits() {
    const sets = values.digits === undefined ? drawSets(1) : await readMnist(values.digits);
    const model = digitNetwork();
    const steps = Math.floor(sets.train.labels.length / BATCH);
    await learn(`digits, of ${sets.name}`, model, steps, toLearn(sets.train, BATCH, 1), inOrder(sets.test));
    await saveFile(join(folder, "digits.safetensors"), model.stateDict(), { metadata: { data: sets.name } });
  },
  async shapes() {
    const model = shapeNetwork();
    await learn("shapes", model, DRAWN.train / BATCH, drawn(DRAWN.train, 1), drawn(DRAWN.test, 2));
    await writeFile(join(folder, "shapes.onnx"), await saveOnnx(model, { inputs: { x: [1, 3, SIDE, SIDE] } }));
  },
  async sentiment() {
    const sets = values.reviews === undefined ? writeReviews(DRAWN) : await readReviews(values.reviews);
    const model = new SentimentNetwork();
    const steps = Math.floor(sets.train.labels.length / BATCH);
    await learn(`sentiment, of ${sets.name}`, model, steps, read(sets.train, 1), read(sets.test, 2));
    await saveFile(join(folder, "sentiment.safetensors"), model.stateDict(), { metadata: { data: sets.name } });
  },
};

for (const [name, make] of Object.entries(makers)) {
  if (values.only !== undefined && values.only !== name) continue;
  manualSeed(1);
  await make();
}
