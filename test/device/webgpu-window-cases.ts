/** Convolution and pooling in shapes that take every way through the lowering, and kernels with all kinds of epilogues. */
import { concat, grad, nn, realize, Tensor, tensor } from "../../ts/index.ts";
import { type Conv2dOptions, conv2d, conv2dInput, conv2dWeight } from "../../ts/ops/conv2d.ts";
import { avgPool2d, maxPool2d, maxPool2dGather, type Pool2dOptions } from "../../ts/ops/pool2d.ts";
import { type Case, exact, filled, noise, reordered } from "./webgpu-case.ts";

const { NaN: nan, POSITIVE_INFINITY: inf } = Number;

const flat = (...parts: readonly Tensor[]): Tensor => concat(parts.map((part) => part.reshape([-1])));

interface Convolution {
  readonly name: string;
  readonly x: readonly [n: number, c: number, h: number, w: number];
  readonly w: readonly [o: number, c: number, h: number, w: number];
  readonly options?: Partial<Conv2dOptions>;
}

const convolved: readonly Convolution[] = [
  { name: "in tiles", x: [2, 20, 9, 13], w: [70, 20, 3, 3], options: { padding: [1, 1, 1, 1] } },
  { name: "in flat tiles, padded unevenly", x: [3, 1, 21, 18], w: [6, 1, 5, 5], options: { padding: [2, 0, 1, 3] } },
  { name: "cut into parts", x: [1, 64, 6, 5], w: [24, 64, 3, 3], options: { stride: [2, 1] } },
  {
    name: "in groups, strided and dilated",
    x: [2, 18, 14, 11],
    w: [16, 9, 2, 3],
    options: { groups: 2, stride: [3, 2], dilation: [2, 3], padding: [0, 2, 1, 0] },
  },
  {
    name: "by channel",
    x: [2, 8, 10, 9],
    w: [16, 1, 3, 3],
    options: { groups: 8, stride: [2, 2], padding: [1, 1, 0, 1] },
  },
  { name: "pointwise", x: [2, 24, 16, 16], w: [10, 12, 1, 1], options: { groups: 2 } },
  { name: "pointwise and strided", x: [2, 7, 9, 9], w: [5, 7, 1, 1], options: { stride: [2, 2] } },
  { name: "by minimal filtering", x: [2, 32, 13, 18], w: [34, 32, 3, 3], options: { padding: [1, 0, 2, 1] } },
  {
    name: "by minimal filtering in bands of tiles",
    x: [2, 32, 58, 67],
    w: [32, 32, 3, 3],
    options: { padding: [1, 1, 1, 1] },
  },
  {
    name: "strided, each phase with its taps",
    x: [2, 5, 11, 12],
    w: [6, 5, 5, 4],
    options: { stride: [2, 3], padding: [2, 1, 1, 2] },
  },
  { name: "of nothing", x: [0, 3, 5, 5], w: [4, 3, 2, 2] },
];

const convolutions: readonly Case[] = convolved.map(({ name, x: xShape, w: wShape, options }) => ({
  name: `conv2d ${name}`,
  build: () => {
    const all = { stride: [1, 1], dilation: [1, 1], padding: [0, 0, 0, 0], groups: 1, ...options } as const;
    const [x, w] = [filled([...xShape]), filled([...wShape])];
    const y = new Tensor(conv2d(x.node, w.node, all));
    const dy = filled([...y.shape], 0.5, 0.1);
    const dx = conv2dInput(dy.node, w.node, [xShape[2], xShape[3]], all);
    const dw = conv2dWeight(x.node, dy.node, [wShape[2], wShape[3]], all);
    return flat(y.add(filled([wShape[0], 1, 1])).relu(), new Tensor(dx), new Tensor(dw));
  },
  tolerance: reordered,
}));

const windows: readonly (readonly [name: string, options: Pool2dOptions])[] = [
  ["of 2 × 2", { kernel: [2, 2], stride: [2, 2], padding: [0, 0, 0, 0], dilation: [1, 1] }],
  ["that overlap", { kernel: [3, 3], stride: [2, 1], padding: [1, 0, 1, 2], dilation: [1, 2] }],
  [
    "that end behind the padding",
    { kernel: [2, 3], stride: [3, 2], padding: [0, 1, 0, 1], dilation: [2, 1], size: [4, 6] },
  ],
];

/** Values of which some are equal and some are not finite. */
const rough = (shape: number[]): Tensor => {
  const values = noise(
    shape.reduce((n, size) => n * size, 1),
    3,
  ).map(Math.round);
  values.set([inf, -inf, nan, -inf], 5);
  return tensor(values, { shape });
};

const pools: readonly Case[] = windows.flatMap(([name, options]): Case[] => {
  const shape = [2, 3, 9, 10];
  const slope = (f: (x: Tensor) => Tensor, x: Tensor): Tensor =>
    grad((at: Tensor) =>
      f(at)
        .mul(filled([...f(at).shape]))
        .sum(),
    )(x) as Tensor;
  const max = (x: Tensor): Tensor => new Tensor(maxPool2d(x.node, options));
  const average =
    (countIncludePad: boolean) =>
    (x: Tensor): Tensor =>
      new Tensor(avgPool2d(x.node, { ...options, countIncludePad }));
  return [
    {
      name: `maxima of windows ${name}`,
      build: () => flat(max(rough(shape)), new Tensor(maxPool2dGather(rough(shape).node, filled(shape).node, options))),
      tolerance: exact,
    },
    { name: `gradient of maxima of windows ${name}`, build: () => slope(max, rough(shape)), tolerance: reordered },
    {
      name: `averages of windows ${name}, and gradients`,
      build: () =>
        flat(
          ...[true, false].flatMap((counted) =>
            [average(counted), (x: Tensor) => slope(average(counted), x)].map((f) => f(filled(shape))),
          ),
        ),
      tolerance: reordered,
    },
  ];
});

const epilogues: readonly Case[] = [
  {
    name: "an epilogue beside another reader of the kernel's output",
    build: () => {
      const y = filled([9, 40]).matmul(filled([40, 7]));
      return flat(y.tanh().mul(2), y.t().sum(0), y.flip([0]));
    },
    tolerance: reordered,
  },
  {
    name: "an epilogue that adds the kernel's own input",
    build: () => {
      const x = filled([12, 12]).exp();
      return x
        .matmul(filled([12, 12]))
        .add(x)
        .relu();
    },
    tolerance: reordered,
  },
  {
    name: "an epilogue that gives truths",
    build: () =>
      filled([9, 40])
        .matmul(filled([40, 7]))
        .gt(0.3)
        .to("float32"),
    tolerance: exact,
  },
  {
    name: "an epilogue that reads more buffers than can be bound",
    build: async () => {
      const parts = await realize(...Array.from({ length: 12 }, (_, i) => filled([8, 6], i + 1)));
      return parts.reduce((total, part) => total.add(part), filled([8, 5]).matmul(filled([5, 6])));
    },
    tolerance: reordered,
  },
  {
    name: "epilogues of a reduction and of softmax",
    build: () =>
      flat(
        filled([6, 50])
          .sum(1)
          .exp()
          .mul(filled([6])),
        filled([6, 50]).softmax(1).sqrt(),
      ),
    tolerance: reordered,
  },
  {
    name: "batch norm and a residual behind a convolution",
    build: () => {
      const x = filled([2, 6, 7, 7]).exp();
      return nn.functional
        .conv2d(x, filled([6, 6, 3, 3]), filled([6]), { padding: 1 })
        .mul(filled([6, 1, 1]))
        .add(x)
        .sigmoid();
    },
    tolerance: reordered,
  },
];

export const windowCases: readonly Case[] = [...convolutions, ...pools, ...epilogues];
