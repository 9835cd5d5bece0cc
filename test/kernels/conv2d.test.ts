/** Convolution and its two gradients against naive float64 sums, on a table of shapes. */
import { describe, expect, test } from "vitest";
import type { MapProgram, Operand, OpKernel } from "../../ts/compiler/kernel.ts";
import type { CommandWriter } from "../../ts/device/wasm/command.ts";
import { conv2d, conv2dPacked } from "../../ts/device/wasm/conv2d.ts";
import { conv2dInput, conv2dInputPacked, conv2dWeight } from "../../ts/device/wasm/conv2d-backward.ts";
import { conv2dPack, packConv2d, packConv2dInput } from "../../ts/device/wasm/conv2d-pack.ts";
import { makeSource, type Node } from "../../ts/graph/node.ts";
import { type Conv2dOptions, conv2dInput as conv2dInputNode, conv2d as conv2dNode } from "../../ts/ops/conv2d.ts";
import { leaf } from "../../ts/ops/leaf.ts";
import { type Build, builds, operand, random, runKernel, view } from "./harness.ts";

interface Case {
  readonly x: readonly [n: number, c: number, h: number, w: number];
  readonly o: number;
  readonly k: readonly [number, number];
  readonly stride?: readonly [number, number];
  readonly padding?: readonly [top: number, left: number, bottom: number, right: number];
  readonly dilation?: readonly [number, number];
  readonly groups?: number;
}

const cases: readonly Case[] = [
  // LeNet-5
  { x: [3, 1, 28, 28], o: 6, k: [5, 5], padding: [2, 2, 2, 2] },
  { x: [3, 6, 14, 14], o: 16, k: [5, 5] },
  // the small network
  { x: [2, 1, 28, 28], o: 8, k: [3, 3], stride: [2, 2], padding: [1, 1, 1, 1] },
  { x: [2, 8, 14, 14], o: 16, k: [3, 3], stride: [2, 2], padding: [1, 1, 1, 1] },
  // every number of outputs a tile can have, and one more
  ...[1, 2, 3, 4, 5, 7].map((o): Case => ({ x: [1, 3, 9, 11], o, k: [3, 3], padding: [1, 1, 1, 1] })),
  // planes of 1 to 5 columns
  ...[1, 2, 3, 5].map((w): Case => ({ x: [2, 2, 4, w], o: 3, k: [3, 3], padding: [1, 1, 1, 1] })),
  { x: [2, 3, 1, 1], o: 5, k: [1, 1] },
  { x: [1, 4, 1, 1], o: 4, k: [3, 3], padding: [1, 1, 1, 1] },
  { x: [1, 2, 2, 3], o: 3, k: [5, 7], padding: [2, 3, 2, 3] },
  // asymmetric padding, padding beyond the kernel
  { x: [1, 3, 7, 6], o: 4, k: [3, 2], padding: [0, 1, 2, 0] },
  { x: [1, 2, 5, 5], o: 2, k: [2, 3], padding: [3, 4, 1, 5] },
  { x: [1, 2, 6, 7], o: 3, k: [3, 3], stride: [2, 3], padding: [4, 0, 3, 2] },
  // stride: larger than the kernel, not dividing, on one axis
  { x: [2, 3, 9, 10], o: 4, k: [1, 1], stride: [2, 2] },
  { x: [1, 3, 11, 13], o: 5, k: [2, 2], stride: [3, 4] },
  { x: [1, 3, 12, 12], o: 4, k: [3, 3], stride: [1, 2], padding: [1, 1, 1, 1] },
  { x: [1, 3, 23, 19], o: 6, k: [7, 7], stride: [2, 2], padding: [3, 3, 3, 3] },
  { x: [1, 1, 40, 40], o: 3, k: [9, 9], stride: [4, 4], padding: [4, 4, 4, 4] },
  { x: [1, 10, 12, 12], o: 7, k: [4, 4], stride: [2, 2] },
  { x: [1, 9, 12, 11], o: 6, k: [3, 5], stride: [2, 1], padding: [1, 2, 1, 2], groups: 3 },
  // dilation
  { x: [1, 3, 13, 12], o: 4, k: [3, 3], padding: [2, 2, 2, 2], dilation: [2, 2] },
  { x: [1, 2, 17, 16], o: 3, k: [3, 2], stride: [2, 3], padding: [3, 1, 2, 2], dilation: [3, 2] },
  { x: [1, 2, 12, 12], o: 2, k: [3, 3], stride: [2, 2], padding: [4, 4, 4, 4], dilation: [4, 4] },
  // groups, depthwise, depthwise with a multiplier
  { x: [2, 6, 8, 9], o: 9, k: [3, 3], padding: [1, 1, 1, 1], groups: 3 },
  { x: [2, 5, 10, 9], o: 5, k: [3, 3], padding: [1, 1, 1, 1], groups: 5 },
  { x: [1, 6, 13, 14], o: 6, k: [3, 3], stride: [2, 2], padding: [1, 1, 1, 1], groups: 6 },
  { x: [1, 6, 13, 14], o: 6, k: [3, 3], stride: [2, 2], padding: [0, 0, 1, 1], groups: 6 },
  { x: [1, 4, 15, 9], o: 4, k: [5, 5], padding: [2, 2, 2, 2], groups: 4 },
  { x: [2, 3, 9, 9], o: 9, k: [3, 3], padding: [1, 1, 1, 1], groups: 3 },
  { x: [1, 4, 7, 7], o: 4, k: [7, 7], padding: [3, 3, 3, 3], groups: 4 },
  { x: [1, 3, 8, 8], o: 3, k: [3, 3], dilation: [2, 2], padding: [2, 2, 2, 2], groups: 3 },
  // depthwise 3 × 3 in place: inner strips, every padding, few rows, more padding than it takes, several epilogue ranges
  { x: [2, 3, 20, 21], o: 3, k: [3, 3], padding: [1, 1, 1, 1], groups: 3 },
  { x: [1, 3, 17, 23], o: 3, k: [3, 3], padding: [2, 2, 2, 2], groups: 3 },
  { x: [1, 3, 6, 14], o: 3, k: [3, 3], padding: [0, 0, 2, 2], groups: 3 },
  { x: [1, 2, 5, 12], o: 2, k: [3, 3], padding: [0, 2, 1, 0], groups: 2 },
  { x: [1, 2, 8, 8], o: 2, k: [3, 3], groups: 2 },
  { x: [1, 3, 1, 5], o: 3, k: [3, 3], padding: [1, 1, 1, 1], groups: 3 },
  { x: [1, 3, 1, 9], o: 3, k: [3, 3], padding: [0, 1, 2, 1], groups: 3 },
  { x: [1, 3, 1, 9], o: 3, k: [3, 3], padding: [2, 1, 0, 1], groups: 3 },
  { x: [1, 3, 4, 9], o: 3, k: [3, 3], padding: [3, 3, 3, 3], groups: 3 },
  { x: [1, 3, 24, 25], o: 3, k: [3, 3], stride: [2, 2], padding: [1, 1, 1, 1], groups: 3 },
  { x: [1, 3, 9, 21], o: 3, k: [3, 3], stride: [2, 2], padding: [2, 2, 2, 2], groups: 3 },
  { x: [1, 3, 8, 22], o: 3, k: [3, 3], stride: [2, 2], padding: [0, 0, 2, 2], groups: 3 },
  { x: [1, 3, 1, 8], o: 3, k: [3, 3], stride: [2, 2], padding: [1, 0, 1, 2], groups: 3 },
  { x: [1, 3, 12, 12], o: 3, k: [3, 3], stride: [2, 1], padding: [1, 1, 1, 1], groups: 3 },
  { x: [2, 7, 7, 7], o: 7, k: [3, 3], padding: [1, 1, 1, 1], groups: 7 },
  // in several bands, several outputs a channel, a single long row, planes of any kernel
  { x: [1, 2, 10, 2100], o: 2, k: [3, 3], padding: [1, 1, 2, 1], groups: 2 },
  { x: [1, 2, 21, 1200], o: 2, k: [3, 3], stride: [2, 2], padding: [1, 1, 1, 1], groups: 2 },
  { x: [2, 1, 70, 121], o: 5, k: [3, 3], padding: [1, 1, 1, 1] },
  { x: [1, 4, 9, 10], o: 8, k: [3, 3], stride: [2, 2], padding: [1, 1, 1, 1], groups: 4 },
  { x: [1, 5, 1, 90], o: 5, k: [1, 4], stride: [1, 2], padding: [0, 1, 0, 2], groups: 5 },
  { x: [1, 3, 1, 12], o: 3, k: [1, 5], groups: 3 },
  { x: [2, 3, 14, 19], o: 3, k: [5, 4], stride: [2, 1], padding: [2, 1, 1, 2], dilation: [1, 2], groups: 3 },
  // one and two outputs in long rows
  { x: [1, 5, 6, 37], o: 1, k: [3, 3], padding: [1, 1, 1, 1] },
  { x: [1, 4, 5, 33], o: 2, k: [2, 5], stride: [1, 2], padding: [0, 2, 1, 2] },
  // pointwise
  { x: [2, 7, 6, 5], o: 9, k: [1, 1] },
  { x: [1, 16, 28, 28], o: 24, k: [1, 1] },
  { x: [1, 8, 5, 5], o: 8, k: [1, 1], padding: [1, 1, 1, 1] },
  { x: [1, 12, 7, 7], o: 8, k: [1, 1], groups: 4 },
  // 3 × 3 with many channels
  { x: [2, 16, 14, 14], o: 16, k: [3, 3], padding: [1, 1, 1, 1] },
  { x: [1, 17, 13, 15], o: 19, k: [3, 3], padding: [1, 1, 1, 1] },
  { x: [1, 32, 7, 9], o: 32, k: [3, 3] },
  { x: [1, 24, 18, 11], o: 20, k: [3, 3], padding: [0, 2, 1, 0] },
  { x: [1, 64, 11, 15], o: 72, k: [3, 3], padding: [1, 1, 1, 1] },
  { x: [1, 320, 4, 4], o: 280, k: [3, 3], padding: [1, 1, 1, 1] },
  { x: [1, 32, 15, 15], o: 32, k: [3, 3], stride: [2, 2], padding: [1, 1, 1, 1] },
  // several bands
  { x: [1, 20, 70, 66], o: 4, k: [3, 3], padding: [1, 1, 1, 1] },
  { x: [1, 16, 50, 49], o: 16, k: [3, 3], padding: [1, 1, 1, 1] },
  { x: [11, 16, 13, 13], o: 15, k: [3, 3], padding: [1, 1, 1, 1] },
  { x: [9, 6, 14, 14], o: 9, k: [5, 5] },
  { x: [1, 4, 130, 131], o: 3, k: [5, 5], stride: [2, 2], padding: [2, 2, 2, 2] },
  { x: [1, 100, 30, 31], o: 12, k: [1, 1] },
  // 5 × 5 with enough products for minimal filtering: odd planes, padding, outputs no multiple of 4, several blocks
  { x: [2, 7, 9, 11], o: 14, k: [5, 5], padding: [2, 1, 0, 3] },
  { x: [1, 20, 60, 47], o: 18, k: [5, 5], padding: [2, 2, 2, 2] },
  // few channels, many outputs: threads share the outputs of the weights' gradient
  { x: [2, 4, 9, 8], o: 27, k: [3, 3], padding: [1, 1, 1, 1] },
  { x: [2, 4, 9, 8], o: 26, k: [5, 5], padding: [2, 2, 2, 2] },
  // an empty batch
  { x: [0, 3, 8, 8], o: 4, k: [3, 3], padding: [1, 1, 1, 1] },
];

const attributes = (c: Case) => ({
  stride: c.stride ?? [1, 1],
  padding: c.padding ?? [0, 0, 0, 0],
  dilation: c.dilation ?? [1, 1],
  groups: c.groups ?? 1,
});

function shapes(c: Case) {
  const { stride, padding, dilation, groups } = attributes(c);
  const [n, channels, h, w] = c.x;
  const size = (i: number, at: 0 | 1) =>
    Math.floor(
      (i + (padding[at] as number) + (padding[at + 2] as number) - (dilation[at] as number) * (c.k[at] - 1) - 1) /
        (stride[at] as number),
    ) + 1;
  return { x: [...c.x], w: [c.o, channels / groups, ...c.k], y: [n, c.o, size(h, 0), size(w, 1)] };
}

const count = (shape: readonly number[]): number => shape.reduce((a, b) => a * b, 1);

/** Calls `visit` with the flat indexes (x, w, y) of every product that the convolution sums. */
function products(c: Case, visit: (x: number, w: number, y: number) => void): void {
  const { stride, padding, dilation, groups } = attributes(c);
  const [n, channels, h, w] = c.x;
  const [, , oh, ow] = shapes(c).y as [number, number, number, number];
  const [cg, og] = [channels / groups, c.o / groups];
  for (let image = 0; image < n; image++)
    for (let o = 0; o < c.o; o++)
      for (let r = 0; r < oh; r++)
        for (let q = 0; q < ow; q++)
          for (let i = 0; i < cg; i++)
            for (let ky = 0; ky < c.k[0]; ky++)
              for (let kx = 0; kx < c.k[1]; kx++) {
                const y = r * (stride[0] as number) + ky * (dilation[0] as number) - (padding[0] as number);
                const x = q * (stride[1] as number) + kx * (dilation[1] as number) - (padding[1] as number);
                if (y < 0 || y >= h || x < 0 || x >= w) continue;
                const from = ((image * channels + Math.floor(o / og) * cg + i) * h + y) * w + x;
                visit(from, ((o * cg + i) * c.k[0] + ky) * c.k[1] + kx, ((image * c.o + o) * oh + r) * ow + q);
              }
}

/** Largest error allowed, against the largest value expected: what minimal filtering's transforms leave of float32. */
const tolerance = (c: Case): number => {
  if (Math.max(c.x[1], c.o) > 64) return 5e-6;
  // A gradient of the weights sums over a whole plane.
  return (c.k[0] === 5 && c.k[1] === 5) || c.x[2] * c.x[3] > 16384 ? 4e-6 : 2e-6;
};

function check(got: ArrayLike<number>, expected: Float64Array, limit: number): void {
  let error = 0;
  let scale = 0;
  for (let i = 0; i < expected.length; i++) {
    const difference = Math.abs((got[i] as number) - (expected[i] as number));
    error = Math.max(error, difference);
    scale = Math.max(scale, Math.abs(expected[i] as number));
  }
  expect(error).toBeLessThanOrEqual(limit * scale);
}

const kernelOf = (
  op: string,
  inputs: readonly (readonly number[])[],
  output: readonly number[],
  c: Case,
): OpKernel => ({
  kind: "op",
  op,
  inputs: inputs.map((shape, i) => operand(i, shape)),
  output: operand(inputs.length, output),
  attrs: { ...attributes(c), input: c.x.slice(2), kernel: c.k },
  epilogue: null,
});

/** out · 0.75 + bias[channel], in place, with the bias in buffer 3: right only where it is applied once. */
function withEpilogue(kernel: OpKernel): OpKernel {
  const { output } = kernel;
  const epilogue: MapProgram = {
    shape: output.shape,
    inputs: [output, view(3, output.shape, [0, 1, 0, 0]), view(4, output.shape, [0, 0, 0, 0])],
    outputs: [{ to: output, value: 5 }],
    instructions: [
      { op: "mul", dtype: "float32", args: [0, 2] },
      { op: "add", dtype: "float32", args: [4, 1] },
    ],
  };
  return { ...kernel, epilogue };
}

/** max(out + bias[channel], −0.25) in buffer 3, min 0.5 of it: all of it a tail, or with a product after it that is none. */
function withTail(kernel: OpKernel, product: boolean): OpKernel {
  const { output } = kernel;
  const number = (buffer: number): Operand => view(buffer, output.shape, [0, 0, 0, 0]);
  const steps: MapProgram["instructions"] = [
    { op: "add", dtype: "float32", args: [0, 1] },
    { op: "maximum", dtype: "float32", args: [6, 2] },
    { op: "minimum", dtype: "float32", args: [3, 7] },
  ];
  const last: MapProgram["instructions"] = [{ op: "mul", dtype: "float32", args: [8, 4] }];
  const epilogue: MapProgram = {
    shape: output.shape,
    inputs: [output, view(3, output.shape, [0, 1, 0, 0]), number(4), number(5), number(6)],
    outputs: [{ to: output, value: product ? 9 : 8 }],
    instructions: product ? [...steps, ...last] : steps,
  };
  return { ...kernel, epilogue };
}

/** With weights packed first, as constant ones are: the same bits. */
function runPacked(
  build: Build,
  c: Case,
  op: "y" | "dx",
  a: Float32Array,
  ws: Float32Array,
  expected: Float32Array,
): void {
  const { x, w, y } = shapes(c);
  const [from, to] = op === "y" ? [x, y] : [y, x];
  const [first, weight] = [from, w].map((shape) => leaf(makeSource(null, null, false), shape, "float32")) as [
    Node,
    Node,
  ];
  const options = attributes(c) as Conv2dOptions;
  const node =
    op === "y"
      ? packConv2d(conv2dNode(first, weight, options))
      : packConv2dInput(conv2dInputNode(first, weight, x.slice(2) as [number, number], options));
  if (node === null) return;
  const packed = node.inputs[1] as Node;
  const pack: OpKernel = { ...kernelOf("conv2dPack", [x, w], packed.shape, c), attrs: packed.attrs };
  const kernel: OpKernel = { ...kernelOf(node.op.name, [from, packed.shape], to, c), attrs: node.attrs };
  const lower = op === "y" ? conv2dPacked : conv2dInputPacked;
  const write = (out: CommandWriter): void => {
    conv2dPack({ ...pack, inputs: [operand(1, w)], output: operand(2, packed.shape) }, out);
    lower({ ...kernel, inputs: [operand(0, from), operand(2, packed.shape)], output: operand(3, to) }, out);
  };
  const buffers = [a, ws, new Float32Array(packed.shape[0] as number), new Float32Array(count(to)).fill(Number.NaN)];
  expect(runKernel(build, buffers, write)[3]).toEqual(expected);
}

const title = (c: Case): string => {
  const { stride, padding, dilation, groups } = attributes(c);
  return `[${c.x}] × [${shapes(c).w}] stride ${stride} padding ${padding} dilation ${dilation} groups ${groups}`;
};

describe.each(builds)("$name", (build) => {
  test.each(cases.map((c) => [title(c), c] as const))(
    "%s",
    (_, c) => {
      const { x, w, y } = shapes(c);
      const [xs, ws, dy] = [random(count(x), 1), random(count(w), 2), random(count(y), 3)];
      const expected = {
        y: new Float64Array(count(y)),
        dx: new Float64Array(count(x)),
        dw: new Float64Array(count(w)),
      };
      products(c, (i, k, j) => {
        (expected.y[j] as number) += (xs[i] as number) * (ws[k] as number);
        (expected.dx[i] as number) += (dy[j] as number) * (ws[k] as number);
        (expected.dw[k] as number) += (xs[i] as number) * (dy[j] as number);
      });
      const blank = (shape: readonly number[]) => new Float32Array(count(shape)).fill(Number.NaN);
      const run = (
        lower: typeof conv2d,
        op: string,
        a: Float32Array,
        b: Float32Array,
        shape: readonly number[],
        inputs: readonly (readonly number[])[],
      ) =>
        runKernel(build, [a, b, blank(shape)], (out) => lower(kernelOf(op, inputs, shape, c), out))[2] as Float32Array;
      const [gotY, gotDx] = [
        run(conv2d, "conv2d", xs, ws, y, [x, w]),
        run(conv2dInput, "conv2dInput", dy, ws, x, [y, w]),
      ];
      check(gotY, expected.y, tolerance(c));
      runPacked(build, c, "y", xs, ws, gotY);
      runPacked(build, c, "dx", dy, ws, gotDx);
      check(gotDx, expected.dx, tolerance(c));
      check(run(conv2dWeight, "conv2dWeight", xs, dy, w, [x, y]), expected.dw, tolerance(c));

      const finish = (
        lower: typeof conv2d,
        op: string,
        a: Float32Array,
        b: Float32Array,
        shape: readonly number[],
        inputs: readonly (readonly number[])[],
        raw: Float32Array,
      ) => {
        const bias = random(shape[1] as number, 4);
        const plane = (shape[2] as number) * (shape[3] as number);
        const buffers = [a, b, blank(shape), bias, new Float32Array([0.75])];
        const kernel = withEpilogue(kernelOf(op, inputs, shape, c));
        const got = runKernel(build, buffers, (out) => lower(kernel, out))[2] as Float32Array;
        const finished = Float64Array.from(
          raw,
          (v, i) => v * 0.75 + (bias[Math.floor(i / plane) % bias.length] as number),
        );
        check(got, finished, 1e-6);
        const bounds = [-0.25, 0.5, 0.75].map((v) => new Float32Array([v]));
        for (const product of [false, true]) {
          const tailed = withTail(kernelOf(op, inputs, shape, c), product);
          const all = [a, b, blank(shape), bias, ...bounds];
          const bounded = runKernel(build, all, (out) => lower(tailed, out, true))[2] as Float32Array;
          const clamp = (v: number): number => Math.min(0.5, Math.max(-0.25, v)) * (product ? 0.75 : 1);
          expect(bounded).toEqual(
            raw.map((v, i) => clamp(Math.fround(v + (bias[Math.floor(i / plane) % bias.length] as number)))),
          );
        }
      };
      finish(conv2d, "conv2d", xs, ws, y, [x, w], gotY);
      finish(conv2dInput, "conv2dInput", dy, ws, x, [y, w], gotDx);
    },
    60_000,
  );
});
