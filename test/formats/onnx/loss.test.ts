/** Losses against loops over their definition, in float64. */
import { describe, expect, test } from "vitest";
import { callOperator, type Given } from "./operator.ts";

const n = 2;
const c = 3;
const d = 2;
const scores = Array.from({ length: n * c * d }, (_, i) => Math.sin(3 * i) * 2);
const weight = [0.5, 2, 0.25];

interface Case {
  readonly labels: readonly number[];
  readonly weighted: boolean;
  readonly ignore?: number;
  readonly reduction?: string;
  readonly dtype?: "float32" | "float64" | "float16";
  readonly softmax?: boolean;
}

/** -x[n, label, d] weight[label]; the sum of weights. */
function lossOf({ labels, weighted, ignore, reduction = "mean" }: Case, x: readonly number[]): number[] {
  const used = labels.map((label) => (label === ignore ? 0 : weighted ? (weight[label] as number) : 1));
  const losses = labels.map((label, i) =>
    used[i] === 0 ? 0 : -(x[(Math.floor(i / d) * c + label) * d + (i % d)] as number) * (used[i] as number),
  );
  const total = losses.reduce((a, b) => a + b, 0);
  if (reduction === "none") return losses;
  return [reduction === "sum" ? total : total / used.reduce((a, b) => a + b, 0)];
}

function logSoftmax(x: readonly number[]): number[] {
  return x.map((value, i) => {
    const first = Math.floor(i / (c * d)) * c * d + (i % d);
    const column = Array.from({ length: c }, (_, k) => x[first + k * d] as number);
    return value - Math.log(column.reduce((sum, each) => sum + Math.exp(each), 0));
  });
}

const cases: readonly Case[] = [
  { labels: [0, 1, 2, 0], weighted: false },
  { labels: [0, 1, 2, 0], weighted: true },
  { labels: [0, -1, 2, -1], weighted: true, ignore: -1 },
  { labels: [0, 9, 2, 9], weighted: false, ignore: 9 },
  { labels: [0, 1, 1, 2], weighted: true, ignore: 1, reduction: "sum" },
  { labels: [0, 1, 1, 2], weighted: true, ignore: 1, reduction: "none", dtype: "float64" },
  { labels: [0, 1, 1, 2], weighted: false, dtype: "float16" },
  { labels: [0, 1, 1, 2], weighted: false, softmax: true },
  { labels: [0, 300, 1, 2], weighted: true, softmax: true, ignore: 300, reduction: "none" },
  { labels: [0, 1, 1, 2], weighted: true, softmax: true, reduction: "sum", dtype: "float64" },
];

const inputsOf = ({ labels, weighted, dtype = "float32" }: Case): Given[] => [
  { shape: [n, c, d], data: scores, dtype },
  { shape: [n, d], data: labels, dtype: "int64" },
  ...(weighted ? [{ data: weight, dtype } as const] : []),
];

describe("losses", () => {
  for (const each of cases) {
    const { reduction, ignore, dtype = "float32", softmax = false } = each;
    test(JSON.stringify(each), async () => {
      const attributes = {
        ...(reduction === undefined ? {} : { reduction }),
        ...(ignore === undefined ? {} : { ignore_index: ignore }),
      };
      const op = softmax ? "SoftmaxCrossEntropyLoss" : "NegativeLogLikelihoodLoss";
      const [loss, logarithms] = await callOperator(op, inputsOf(each), { opset: 13, attributes, outputs: 2 });
      const within = { float64: 1e-13, float32: 1e-6, float16: 2e-3 }[dtype];
      const x = softmax ? logSoftmax(scores) : scores;
      expect(loss?.dtype).toBe(dtype);
      expect(loss?.shape).toEqual(reduction === "none" ? [n, d] : []);
      for (const [i, wanted] of lossOf(each, x).entries())
        expect(Math.abs((loss?.data[i] as number) - wanted)).toBeLessThan(within);
      for (const [i, wanted] of (softmax ? x : []).entries())
        expect(Math.abs((logarithms?.data[i] as number) - wanted)).toBeLessThan(within);
    });
  }

  test("a label that is no class is refused", async () => {
    const inputs = inputsOf({ labels: [0, 3, 0, 0], weighted: false });
    await expect(callOperator("NegativeLogLikelihoodLoss", inputs, { opset: 13 })).rejects.toThrow(/3/);
  });
});
