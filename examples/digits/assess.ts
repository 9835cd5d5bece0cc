/** What a trained network makes of the test digits. */
import { metrics, type nn, predict } from "hebb";
import { inOrder } from "./batches.ts";
import { type Digits, SIZE } from "./draw.ts";
import type { Mistake } from "./report.ts";

export interface Assessment {
  readonly accuracy: number;
  readonly loss: number;
  readonly predicted: Uint8Array;
  /** The probability of each predicted class. */
  readonly confidence: Float32Array;
  readonly confusion: readonly (readonly number[])[];
  readonly mistakes: readonly Mistake[];
}

/** Reads every digit of a set and counts what went wrong. */
export async function assess(model: nn.Sequential, digits: Digits): Promise<Assessment> {
  const { images, labels } = digits;
  const scores = await predict(model, inOrder(digits));
  const probabilities = (await scores.softmax(1).data()) as Float32Array;
  const count = labels.length;
  const predicted = new Uint8Array(count);
  const confidence = new Float32Array(count);
  const mistakes: Mistake[] = [];
  let loss = 0;
  for (let i = 0; i < count; i++) {
    const row = probabilities.subarray(i * 10, i * 10 + 10);
    const best = row.reduce((best, value, digit) => (value > (row[best] as number) ? digit : best), 0);
    const label = labels[i] as number;
    predicted[i] = best;
    confidence[i] = row[best] as number;
    loss -= Math.log(Math.max(row[label] as number, 1e-38)) / count;
    if (best === label) continue;
    const pixels = images.slice(i * SIZE * SIZE, (i + 1) * SIZE * SIZE);
    mistakes.push({ pixels, label, predicted: best, confidence: row[best] as number });
  }
  const confusion = metrics.confusionMatrix(predicted, labels, 10);
  return { accuracy: 1 - mistakes.length / count, loss, predicted, confidence, confusion, mistakes };
}
