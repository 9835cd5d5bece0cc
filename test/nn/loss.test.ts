/** Losses against plain loops in float64: values, and gradients of the first argument against central differences. */
import { describe, expect, it } from "vitest";
import { nn, Parameter, type Tensor, tensor } from "../../ts/index.ts";

/** Relative to 1 or to the value, whichever is larger: a few roundings of float32. */
const VALUE = 3e-6;
const GRADIENT = 3e-6;

const pattern = (count: number, step: number, scale = 1): number[] =>
  Array.from({ length: count }, (_, i) => scale * Math.sin(1 + i * step));

type Reduction = nn.ReductionMode;
const reductions: readonly Reduction[] = ["mean", "sum", "none"];

/** Weights that turn an unreduced loss into one number with a gradient of its own everywhere. */
const weightsOf = (count: number): number[] => Array.from({ length: count }, (_, i) => 1 + (i % 3) / 2);

interface Case {
  readonly name: string;
  readonly shape: readonly number[];
  readonly input: readonly number[];
  readonly loss: (x: Tensor, reduction: Reduction) => Tensor;
  /** Losses of the single samples or elements, and what the mean divides their sum by. */
  readonly oracle: (x: readonly number[]) => { losses: number[]; count: number };
}

const reduced = ({ losses, count }: ReturnType<Case["oracle"]>, reduction: Reduction): number => {
  if (reduction === "none") {
    const weights = weightsOf(losses.length);
    return losses.reduce((sum, loss, i) => sum + loss * (weights[i] as number), 0);
  }
  return losses.reduce((sum, loss) => sum + loss, 0) / (reduction === "mean" ? count : 1);
};

async function check(item: Case, reduction: Reduction): Promise<void> {
  const x = new Parameter(tensor([...item.input]).reshape([...item.shape]), "x");
  const raw = item.loss(x, reduction);
  const loss = reduction === "none" ? raw.mul(tensor(weightsOf(raw.size)).reshape([...raw.shape])).sum() : raw;
  loss.backward();
  // The input as float32 has it, so that the oracle sees the same numbers.
  const at = [...Float32Array.from(item.input)];
  const wanted = reduced(item.oracle(at), reduction);
  expect(Math.abs((await loss.item()) - wanted)).toBeLessThanOrEqual(VALUE * Math.max(1, Math.abs(wanted)));
  const dx = await (x.grad as Tensor).data();
  const h = 1e-5;
  for (let i = 0; i < at.length; i++) {
    const sides = [h, -h].map((d) => reduced(item.oracle(at.with(i, (at[i] as number) + d)), reduction));
    const slope = ((sides[0] as number) - (sides[1] as number)) / (2 * h);
    const error = Math.abs((dx[i] as number) - slope);
    expect(error, `gradient ${i}: ${dx[i]}, wanted ${slope}`).toBeLessThanOrEqual(
      GRADIENT * Math.max(1, Math.abs(slope)),
    );
  }
}

/** Logits [n, c, d], samples numbered by n then d: the log-probabilities of each sample. */
function logProbabilities(x: readonly number[], n: number, c: number, d: number): number[][] {
  const rows: number[][] = [];
  for (let i = 0; i < n; i++) {
    for (let k = 0; k < d; k++) {
      const row = Array.from({ length: c }, (_, j) => x[(i * c + j) * d + k] as number);
      const top = Math.max(...row);
      const log = top + Math.log(row.reduce((sum, v) => sum + Math.exp(v - top), 0));
      rows.push(row.map((v) => v - log));
    }
  }
  return rows;
}

interface ClassOptions {
  readonly smoothing?: number;
  readonly ignore?: number;
  readonly weight?: readonly number[];
}

/** PyTorch's cross-entropy with class indices. */
function ofClasses(rows: number[][], labels: readonly number[], options: ClassOptions): ReturnType<Case["oracle"]> {
  const { smoothing = 0, ignore, weight } = options;
  let count = 0;
  const losses = rows.map((row, i) => {
    const label = labels[i] as number;
    if (label === ignore) return 0;
    count += weight?.[label] ?? 1;
    let loss = 0;
    for (let j = 0; j < row.length; j++) {
      const share = (j === label ? 1 - smoothing : 0) + smoothing / row.length;
      loss -= share * (weight?.[j] ?? 1) * (row[j] as number);
    }
    return loss;
  });
  return { losses, count };
}

const [N, C] = [5, 4];
const labels = [0, 3, 1, 1, 2];
const ignored = [0, -100, 1, -100, 2];
const weight = [0.5, 2, 1, 3];
const logits = pattern(N * C, 1.7, 3);
const planes = pattern(2 * 3 * 4, 0.9, 2);
const planeLabels = [0, 2, 1, 1, 2, 2, 0, 1];
const probabilities = Array.from({ length: N * C }, (_, i) => ((i * 7) % 5) / 5);

const classCase = (name: string, target: Tensor, wanted: readonly number[], options: ClassOptions = {}): Case => ({
  name: `crossEntropy, ${name}`,
  shape: [N, C],
  input: logits,
  loss: (x, reduction) =>
    nn.crossEntropy(x, target, {
      reduction,
      ...(options.smoothing === undefined ? {} : { labelSmoothing: options.smoothing }),
      ...(options.ignore === undefined ? {} : { ignoreIndex: options.ignore }),
      ...(options.weight === undefined ? {} : { weight: tensor([...options.weight]) }),
    }),
  oracle: (x) => ofClasses(logProbabilities(x, N, C, 1), wanted, options),
});

const y = Int32Array.from(labels);
const lazily = tensor(y).add(tensor(new Int32Array(N)));
const scores = pattern(6, 1.3, 2);
const targets = [0.3, -1, 2, 0.25, -0.5, 1];
const chances = [0.2, 0.5, 0.9, 0.01, 0.75, 0.33];
const outcomes = [0, 1, 1, 0, 0.5, 0.25];
const binary = (x: number, t: number, w: number): number => (1 - t) * x + (1 + (w - 1) * t) * Math.log1p(Math.exp(-x));

const elementwise = (
  name: string,
  input: readonly number[],
  loss: (x: Tensor, reduction: Reduction) => Tensor,
  each: (x: number, i: number) => number,
): Case => ({
  name,
  shape: [2, 3],
  input,
  loss,
  oracle: (x) => ({ losses: x.map(each), count: x.length }),
});
const grid = (values: readonly number[]): Tensor => tensor([...values]).reshape([2, 3]);
const smooth = (d: number, beta: number): number =>
  Math.abs(d) < beta ? (d * d) / (2 * beta) : Math.abs(d) - beta / 2;
const difference = (x: number, i: number): number => x - Math.fround(targets[i] as number);

const cases: readonly Case[] = [
  classCase("int32 classes", tensor(y), labels),
  classCase("uint8 classes", tensor(Uint8Array.from(labels)), labels),
  classCase("float32 classes", tensor(labels), labels),
  classCase("classes computed on the device", lazily, labels),
  classCase("smoothed labels", tensor(y), labels, { smoothing: 0.1 }),
  classCase("weighted classes", tensor(y), labels, { weight }),
  classCase("smoothed and weighted", tensor(y), labels, { smoothing: 0.3, weight }),
  classCase("ignored samples", tensor(Int32Array.from(ignored)), ignored, { ignore: -100 }),
  classCase("an ignored class", tensor(y), labels, { ignore: 1 }),
  classCase("ignored samples on the device", tensor(Int32Array.from(ignored)).add(tensor(new Int32Array(N))), ignored, {
    ignore: -100,
  }),
  classCase("all at once", tensor(Int32Array.from(ignored)), ignored, { ignore: -100, smoothing: 0.2, weight }),
  {
    name: "crossEntropy, planes",
    shape: [2, 3, 2, 2],
    input: planes,
    loss: (x, reduction) =>
      nn.crossEntropy(x, tensor(Int32Array.from(planeLabels), { shape: [2, 2, 2] }), {
        reduction,
        labelSmoothing: 0.05,
      }),
    oracle: (x) => ofClasses(logProbabilities(x, 2, 3, 4), planeLabels, { smoothing: 0.05 }),
  },
  {
    name: "crossEntropy, one sample",
    shape: [4],
    input: logits.slice(0, 4),
    loss: (x, reduction) => nn.crossEntropy(x, tensor(Int32Array.of(2), { shape: [] }), { reduction }),
    oracle: (x) => ofClasses(logProbabilities(x, 1, 4, 1), [2], {}),
  },
  {
    name: "crossEntropy, probabilities",
    shape: [N, C],
    input: logits,
    loss: (x, reduction) =>
      nn.crossEntropy(x, tensor(probabilities).reshape([N, C]), {
        reduction,
        labelSmoothing: 0.1,
        weight: tensor(weight),
      }),
    oracle: (x) => ({
      losses: logProbabilities(x, N, C, 1).map((row, i) =>
        row.reduce((sum, v, j) => {
          const share = 0.9 * Math.fround(probabilities[i * C + j] as number) + 0.1 / C;
          return sum - share * (weight[j] as number) * v;
        }, 0),
      ),
      count: N,
    }),
  },
  {
    name: "nllLoss",
    shape: [N, C],
    input: logits,
    loss: (x, reduction) => nn.nllLoss(x, tensor(y), { reduction, weight: tensor(weight) }),
    oracle: (x) => {
      const rows = labels.map((_, i) => x.slice(i * C, (i + 1) * C));
      return ofClasses(rows, labels, { weight });
    },
  },
  elementwise(
    "mseLoss",
    scores,
    (x, reduction) => nn.mseLoss(x, grid(targets), { reduction }),
    (x, i) => difference(x, i) ** 2,
  ),
  elementwise(
    "l1Loss",
    scores,
    (x, reduction) => nn.l1Loss(x, grid(targets), { reduction }),
    (x, i) => Math.abs(difference(x, i)),
  ),
  elementwise(
    "smoothL1Loss",
    scores,
    (x, reduction) => nn.smoothL1Loss(x, grid(targets), { reduction, beta: 0.75 }),
    (x, i) => smooth(difference(x, i), 0.75),
  ),
  elementwise(
    "binaryCrossEntropy",
    chances,
    (x, reduction) => nn.binaryCrossEntropy(x, grid(outcomes), { reduction }),
    (p, i) => -((outcomes[i] as number) * Math.log(p) + (1 - (outcomes[i] as number)) * Math.log1p(-p)),
  ),
  elementwise(
    "binaryCrossEntropyWithLogits",
    [...scores.slice(0, 4), 0, 30],
    (x, reduction) => nn.binaryCrossEntropyWithLogits(x, grid(outcomes), { reduction }),
    (x, i) => binary(x, outcomes[i] as number, 1),
  ),
  elementwise(
    "binaryCrossEntropyWithLogits, weighted",
    scores,
    (x, reduction) => nn.binaryCrossEntropyWithLogits(x, grid(outcomes), { reduction, posWeight: 2.5 }),
    (x, i) => binary(x, outcomes[i] as number, 2.5),
  ),
];

describe.each(cases.map((item) => [item.name, item] as const))("%s", (_, item) => {
  it.each(reductions)("%s", (reduction) => check(item, reduction));
});

describe("saturated losses", () => {
  it("of certain logits are finite, and their gradients too", async () => {
    const x = new Parameter(tensor([[200, -200, 0]]), "x");
    const loss = nn.crossEntropy(x, tensor(Int32Array.of(1)));
    loss.backward();
    expect(await loss.item()).toBe(400);
    expect(await (x.grad as Tensor).array()).toEqual([[1, -1, 0]]);
    const z = new Parameter(tensor([200, -200, 0]), "z");
    const binaryLoss = nn.binaryCrossEntropyWithLogits(z, tensor([0, 0, 0]), { reduction: "sum" });
    binaryLoss.backward();
    expect(await binaryLoss.item()).toBeCloseTo(200 + Math.LN2, 4);
    expect(await (z.grad as Tensor).array()).toEqual([1, 0, 0.5]);
    const s = new Parameter(tensor([0]), "s");
    s.softplus().sum().backward();
    expect(await (s.grad as Tensor).array()).toEqual([0.5]);
  });

  it("of certain probabilities end at 100, as PyTorch's do", async () => {
    const p = new Parameter(tensor([0, 1, 0, 1]), "p");
    const loss = nn.binaryCrossEntropy(p, tensor([0, 1, 1, 0]), { reduction: "none" });
    loss.sum().backward();
    expect([...(await loss.data())].map(Math.abs)).toEqual([0, 0, 100, 100]);
    expect((await (p.grad as Tensor).data()).every(Number.isFinite)).toBe(true);
    expect(await nn.binaryCrossEntropy(tensor([-0.5]), tensor([1])).item()).toBeNaN();
  });
});

describe("bad input", () => {
  const x = tensor(logits).reshape([N, C]);
  it.each<[string, () => unknown, string]>([
    [
      "a class out of range",
      () => nn.crossEntropy(x, tensor(Int32Array.of(0, 1, 2, 4, 0))),
      "crossEntropy: cannot read index 4 at position 3: wanted 0 to 3",
    ],
    ["a negative class", () => nn.crossEntropy(x, tensor([0, 1, 2, -1, 0])), "cannot read index -1 at position 3"],
    [
      "a class out of range beside ignored ones",
      () => nn.crossEntropy(x, tensor(Int32Array.of(0, -100, 9, -100, 0)), { ignoreIndex: -100 }),
      "crossEntropy: cannot read index 9 at position 2: wanted 0 to 3",
    ],
    [
      "a class that is no integer",
      () => nn.crossEntropy(x, tensor([0, 1, 0.5, 1, 0])),
      "cannot read class 0.5 at position 2",
    ],
    [
      "float32 classes of the device",
      () => nn.crossEntropy(x, tensor([0, 1, 2, 3, 0]).mul(1)),
      "cannot read classes from float32",
    ],
    ["bool classes", () => nn.crossEntropy(x, tensor([true, false, true, true, true])), "cannot index by bool"],
    [
      "another number of samples",
      () => nn.crossEntropy(x, tensor(Int32Array.of(0, 1))),
      "crossEntropy: cannot compare [5, 4] with [2]: wanted class indices [5], or probabilities [5, 4]",
    ],
    [
      "integer logits",
      () => nn.crossEntropy(x.to("int32"), tensor(y)),
      "crossEntropy: cannot use int32: wanted float32",
    ],
    ["too much smoothing", () => nn.crossEntropy(x, tensor(y), { labelSmoothing: 2 }), "cannot smooth labels by 2"],
    [
      "weights of other classes",
      () => nn.crossEntropy(x, tensor(y), { weight: tensor([1]) }),
      "cannot weigh 4 classes by [1]",
    ],
    [
      "an unknown reduction",
      () => nn.mseLoss(x, x, { reduction: "max" as "mean" }),
      'cannot reduce by max: wanted "mean"',
    ],
    [
      "no samples",
      () => nn.crossEntropy(tensor([]).reshape([0, 4]), tensor([])),
      "cannot use [0, 4]: it has no elements",
    ],
    [
      "shapes that only broadcast",
      () => nn.mseLoss(tensor([[1], [2]]), tensor([1, 2])),
      "mseLoss: cannot compare [2, 1] with [2]",
    ],
  ])("%s", (_, run, message) => {
    expect(run).toThrow(message);
  });

  it("a class out of range that only the device knows", async () => {
    const target = tensor(Int32Array.of(0, 1, 2, 4, 0)).add(tensor(new Int32Array(N)));
    await expect(nn.crossEntropy(x, target).item()).rejects.toThrow("cannot read index 4");
  });
});

it("modules of losses keep their options", async () => {
  const x = tensor(logits).reshape([N, C]);
  const both: [Tensor, Tensor][] = [
    [
      new nn.CrossEntropyLoss({ labelSmoothing: 0.1 }).forward(x, tensor(y)),
      nn.crossEntropy(x, tensor(y), { labelSmoothing: 0.1 }),
    ],
    [new nn.NLLLoss({ reduction: "sum" }).forward(x, tensor(y)), nn.nllLoss(x, tensor(y), { reduction: "sum" })],
    [new nn.MSELoss().forward(x, x.mul(2)), nn.mseLoss(x, x.mul(2))],
    [new nn.L1Loss().forward(x, x.mul(2)), nn.l1Loss(x, x.mul(2))],
    [new nn.SmoothL1Loss({ beta: 2 }).forward(x, x.mul(2)), nn.smoothL1Loss(x, x.mul(2), { beta: 2 })],
    [new nn.BCELoss().forward(x.sigmoid(), x.gt(0)), nn.binaryCrossEntropy(x.sigmoid(), x.gt(0))],
    [new nn.BCEWithLogitsLoss().forward(x, x.gt(0)), nn.binaryCrossEntropyWithLogits(x, x.gt(0))],
  ];
  for (const [module, loss] of both) expect(await module.item()).toBe(await loss.item());
});
