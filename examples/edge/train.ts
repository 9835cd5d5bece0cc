/**
 * Trains both models and writes their files to a folder: digits.safetensors, from MNIST's folder where one is named or else
 * from drawn digits, and shapes.onnx, from drawn shapes. A minute or two: `node scripts/edge.mjs train [folder of MNIST]`.
 */
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { data, fit, manualSeed, nn, optim } from "hebb";
import { save as saveOnnx } from "hebb/onnx";
import { saveFile } from "hebb/safetensors";
import { inOrder, toLearn } from "../digits/batches.ts";
import { Random } from "../digits/draw.ts";
import { drawSets, readMnist } from "../digits/source.ts";
import { digitNetwork } from "./digits.ts";
import { drawShape, SIDE } from "./draw-shapes.ts";
import { centred, shapes } from "./shapes.ts";

type Batches = Parameters<typeof fit>[1]["train"];

const BATCH = 64;
const EPOCHS = 8;
const RATE = 0.004;
const DRAWN = { train: 12_800, test: 2_000 };

/** Trains by half a cosine, from the full rate to none, and says how well the model does on what it has not seen. */
async function learn(name: string, model: nn.Sequential, steps: number, train: Batches, test: Batches): Promise<void> {
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
  console.log(`${name}: ${(100 * accuracy).toFixed(2)} % of the test pictures`);
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

const [folder = "weights", mnist] = process.argv.slice(2);
manualSeed(1);

const sets = mnist === undefined ? drawSets(1) : await readMnist(mnist);
const reader = digitNetwork();
const steps = Math.floor(sets.train.labels.length / BATCH);
await learn(`digits, of ${sets.name}`, reader, steps, toLearn(sets.train, BATCH, 1), inOrder(sets.test));
await saveFile(join(folder, "digits.safetensors"), reader.stateDict(), { metadata: { data: sets.name } });

const classifier = shapeNetwork();
await learn("shapes", classifier, DRAWN.train / BATCH, drawn(DRAWN.train, 1), drawn(DRAWN.test, 2));
await writeFile(join(folder, "shapes.onnx"), await saveOnnx(classifier, { inputs: { x: [1, 3, SIDE, SIDE] } }));
