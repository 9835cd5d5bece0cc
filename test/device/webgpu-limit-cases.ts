/** Tensors far beyond the page of an adapter of small limits: each is many pages, most more than can be bound at once. */
import * as hebb from "../../ts/index.ts";
import { attention } from "../../ts/ops/attention.ts";
import { conv2d, conv2dInput, conv2dWeight } from "../../ts/ops/conv2d.ts";
import { conv2dInteger, matmulInteger } from "../../ts/ops/integer.ts";
import { interpolate } from "../../ts/ops/interpolate.ts";
import { iota } from "../../ts/ops/iota.ts";
import { layerNorm } from "../../ts/ops/norm.ts";
import { type CellName, type Direction, recurrent } from "../../ts/ops/recurrent.ts";
import { type ScatterReduction, scatterNd } from "../../ts/ops/scatter.ts";
import { type Case, close, exact, filled, reordered, type Tolerance } from "./webgpu-case.ts";

type Tensor = hebb.Tensor;

/** The limit that stands for the adapter's, in bytes. */
export const smallPage = 65536;

interface LimitCase extends Case {
  /** Whether a part of it may cross to wasm. */
  readonly crosses: boolean;
}

const on = (name: string, build: () => Tensor | Promise<Tensor>, tolerance: Tolerance = exact): LimitCase => ({
  name,
  build,
  tolerance,
  crosses: false,
});
const crossing = (name: string, build: () => Tensor | Promise<Tensor>, tolerance: Tolerance = exact): LimitCase => ({
  ...on(name, build, tolerance),
  crosses: true,
});

/** Values that live on the device between runs. */
async function resident(...tensors: Tensor[]): Promise<Tensor[]> {
  return (await hebb.realize(...tensors)) as Tensor[];
}

const options = { stride: [1, 1], dilation: [1, 1], padding: [1, 1, 1, 1], groups: 1 } as const;
const convolved = (x: number[], w: number[]): Tensor =>
  new hebb.Tensor(conv2d(filled(x).node, filled(w).node, options));
const large = [300, 1000];
/** Positions below `n`, some of them counted from the end. */
const places = (rows: number, columns: number, n: number): Tensor =>
  hebb.tensor(
    Int32Array.from({ length: rows * columns }, (_, i) => ((i * 7919) % (2 * n)) - n),
    {
      shape: [rows, columns],
    },
  );
const written = (reduction: ScatterReduction, [n, inner]: [number, number], j: number): Tensor => {
  const updates = filled([j, inner], 0.5, 1);
  return new hebb.Tensor(scatterNd(filled([n, inner]).node, places(j, 1, n).node, updates.node, reduction));
};
/** Bytes of either sign, or from 0 to 255. */
const integers = (shape: number[], dtype: "int8" | "uint8"): Tensor =>
  filled(shape, 127, dtype === "int8" ? 0 : 127)
    .round()
    .to(dtype);
const zero = (dtype: "int8" | "uint8"): Tensor => hebb.tensor([3]).to(dtype);
const multiplied = (a: number[], b: number[]): Tensor => {
  const q = zero("int8").node;
  return new hebb.Tensor(matmulInteger(integers(a, "uint8").node, integers(b, "int8").node, zero("uint8").node, q));
};
const convolvedIntegers = (x: number[], w: number[]): Tensor =>
  new hebb.Tensor(
    conv2dInteger(integers(x, "uint8").node, integers(w, "int8").node, zero("uint8").node, zero("int8").node, options),
  );
/** All three results of a cell over t steps of b sequences, one after the other. */
const sequence = (
  cell: CellName,
  direction: Direction,
  [t, b, h]: [number, number, number],
  lengths?: Tensor,
): Tensor => {
  const gates = { rnn: 1, gru: 3, lstm: 4 }[cell];
  const each = { rnn: ["tanh"], gru: ["sigmoid", "tanh"], lstm: ["sigmoid", "tanh", "tanh"] }[cell];
  const d = direction === "bidirectional" ? 2 : 1;
  const activations = Array.from({ length: d }, () => each).flat();
  const inputs = {
    x: filled([t, b, 4]).node,
    w: filled([d, gates * h, 4], 0.5).node,
    r: filled([d, gates * h, h], 0.1).node,
    h: filled([d, b, h], 0.7).node,
    lengths: lengths?.node,
  };
  const how = {
    direction,
    clip: 0,
    variant: false,
    activations: activations.map((name) => ({ name, alpha: 0, beta: 0 })),
  };
  const { y, h: last, c } = recurrent(cell, inputs, how);
  const parts = [y, last, ...(c === null ? [] : [c])].map((node) => new hebb.Tensor(node).reshape([-1]));
  return hebb.concat(parts);
};
const slope = (f: (x: Tensor) => Tensor, shape: number[]): Tensor =>
  hebb.grad((x: Tensor) =>
    f(x)
      .mul(filled([...f(x).shape]))
      .sum(),
  )(filled(shape)) as Tensor;

export const limitCases: readonly LimitCase[] = [
  on("a map of one tensor", () => filled(large).mul(3).exp(), close),
  on("a map of several", () =>
    filled(large)
      .add(filled([1000]))
      .mul(filled(large, 2).add(filled([300, 1]))),
  ),
  on("a map of residents", async () => {
    const [a, b, c] = await resident(filled(large, 1), filled(large, 2), filled(large, 3));
    return (a as Tensor).mul(b as Tensor).sub(c as Tensor);
  }),
  on("a transposed map", () =>
    filled([600, 500])
      .t()
      .add(filled([500, 600])),
  ),
  on("windows and joins", () =>
    hebb.concat([filled([300, 500]).flip([0]), filled([300, 400]).slice(null, [5, 205])], 1),
  ),
  on("bytes", () => filled(large).gt(0).logicalNot()),
  on("float16", () =>
    filled(large)
      .to("float16")
      .add(filled([1000]).to("float16")),
  ),
  on(
    "a sum of rows, then of columns",
    () =>
      filled(large)
        .sum(1)
        .add(filled([1000, 300]).sum(0)),
    reordered,
  ),
  on("a sum of everything", () => filled([500, 1000], 1, 0.5).sum(), reordered),
  on("the greatest of everything", () => filled([500, 1000]).amax()),
  on("argmax of rows", () => filled(large).argmax(1)),
  on("softmax", () => filled(large).softmax(1), close),
  on("layer norm", () => new hebb.Tensor(layerNorm(filled(large).node, 1, 1e-5)), reordered),
  on("cumsum", () => hebb.cumsum(filled([120, 2000], 1, 1), 1), reordered),
  on("topk", () => hebb.topk(filled([120, 1000]), 5, 1).values),
  on("matmul", () => filled([600, 200]).matmul(filled([200, 200])), reordered),
  on(
    "matmul of residents",
    async () => {
      const [a, b] = await resident(filled([500, 200]), filled([200, 150]));
      return (a as Tensor).matmul(b as Tensor);
    },
    reordered,
  ),
  on(
    "matmul with bias and relu",
    () =>
      filled([700, 100])
        .matmul(filled([100, 300]))
        .add(filled([300]))
        .relu(),
    reordered,
  ),
  on("matmul in batches", () => filled([12, 100, 90]).matmul(filled([12, 90, 110])), reordered),
  on("vector by matrix", () => filled([1, 200]).matmul(filled([200, 500])), reordered),
  on("conv2d", () => convolved([6, 8, 50, 50], [12, 8, 3, 3]), reordered),
  on("conv2d of one image", () => convolved([1, 4, 120, 120], [16, 4, 3, 3]), reordered),
  on("conv2d of many channels", () => convolved([2, 40, 40, 40], [40, 40, 3, 3]), reordered),
  on(
    "gradient of conv2d by its input",
    () => new hebb.Tensor(conv2dInput(filled([8, 8, 40, 40]).node, filled([8, 6, 3, 3]).node, [40, 40], options)),
    reordered,
  ),
  on(
    "gradient of conv2d by its weights",
    () => new hebb.Tensor(conv2dWeight(filled([3, 4, 50, 50]).node, filled([3, 4, 50, 50]).node, [3, 3], options)),
    reordered,
  ),
  on("pooling", () => hebb.nn.functional.maxPool2d(filled([10, 8, 60, 60]), 2)),
  on("random numbers", () => {
    hebb.manualSeed(7);
    return hebb.rand([700, 431]);
  }),
  on("elements of long columns", () => filled([9000, 30]).gather(0, places(9000, 30, 9000))),
  on("rows written", () => written("none", [2500, 60], 1500)),
  on("many updates added to few rows", () => written("add", [90, 60], 4000), reordered),
  on("a few long rows multiplied", () => written("mul", [3, 120_000], 2), close),
  on(
    "gradient of rows of a table",
    () => slope((x) => x.indexSelect(0, hebb.arange(0, 6000).remainder(3000)), [3000, 50]),
    reordered,
  ),
  on("gradient of elements of rows", () => slope((x) => x.gather(1, places(400, 300, 500)), [400, 500]), reordered),
  on("gradient of elements of columns", () => slope((x) => x.gather(0, places(2000, 60, 500)), [500, 60]), reordered),
  on("a product of integers", () => multiplied([900, 150], [150, 300])),
  on("integers in batches", () => multiplied([9, 100, 90], [9, 90, 200])),
  on("a row of integers by many columns", () => multiplied([1, 150], [150, 9000])),
  on("rows of integers by many columns", () => multiplied([5, 200], [200, 6000])),
  on("a convolution of integers", () => convolvedIntegers([5, 6, 70, 70], [10, 6, 3, 3])),
  on("a convolution of one image of integers", () => convolvedIntegers([1, 3, 90, 90], [30, 3, 3, 3])),
  on("an RNN", () => sequence("rnn", "reverse", [500, 6, 80]), reordered),
  on("a GRU", () => sequence("gru", "forward", [300, 4, 60]), reordered),
  on(
    "an LSTM in both directions",
    () => sequence("lstm", "bidirectional", [100, 8, 40], hebb.arange(30, 110, 10).to("int32")),
    reordered,
  ),
  on(
    "interpolation",
    () => {
      const taps = (last: number): number[] =>
        Array.from({ length: 2 * 900 }, (_, i) => Math.min((i * last) >> 1, 299));
      const index = hebb.tensor(Int32Array.from(taps(1)), { shape: [1, 900, 2] });
      return new hebb.Tensor(interpolate(filled([40, 300, 12]).node, index.node, filled([1, 900, 2]).node));
    },
    close,
  ),
  on("rows of a table", () => filled([1000, 50]).indexSelect(0, hebb.arange(0, 6000).remainder(1000))),
  on("elements of rows", () => filled([400, 500]).gather(1, hebb.arange(0, 400).reshape([400, 1]))),
  on(
    "attention",
    () => {
      const q = filled([8, 4, 60, 32]);
      return new hebb.Tensor(attention(q.node, filled([8, 4, 60, 32], 2).node, q.node, { scale: 0.2 }));
    },
    reordered,
  ),
  on("progressions", () => new hebb.Tensor(iota(100_000, 0, 1, "float32")).mul(2)),
  on(
    "an update of parameters",
    async () => {
      const weight = new hebb.Parameter(filled(large));
      const step = filled(large, 3);
      await new hebb.optim.Adam([weight], { lr: 0.1 }).step(weight.mul(step).sum());
      return weight.add(0);
    },
    close,
  ),
  on("rows of a table beyond all bindings", () => filled([5000, 50]).indexSelect(0, hebb.arange(0, 1500, 3))),
  on("argmin of the first of equals", () => filled([700, 500], 4).round().flatten().argmin(0)),
  on("argmax of everything", () => filled([500, 1000]).flatten().argmax(0)),
  crossing("a running total of one line beyond all bindings", () => hebb.cumsum(filled([400_000], 1, 1), 0), reordered),
];
