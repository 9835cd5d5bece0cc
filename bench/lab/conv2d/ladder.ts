/**
 * Milliseconds and GFLOP/s (of the plain sum's products) of the convolution kernels on layers: those of shapes.ts, forward and
 * both gradients, or with `models` those of models.ts, forward with bias and relu on packed weights, as a model runs them.
 *
 *   npx esbuild bench/lab/conv2d/ladder.ts --bundle --platform=node --format=esm --outfile=ladder.mjs && node ladder.mjs [filter] [milliseconds a kernel] [models]
 */
import { Bench, type Build, builds, operand, random, view } from "../../../test/kernels/harness.ts";
import type { MapProgram, Operand, OpKernel } from "../../../ts/compiler/kernel.ts";
import { conv2d, conv2dPacked } from "../../../ts/device/wasm/conv2d.ts";
import { conv2dInput, conv2dWeight } from "../../../ts/device/wasm/conv2d-backward.ts";
import { conv2dPack, packConv2d } from "../../../ts/device/wasm/conv2d-pack.ts";
import { type Conv2dOptions, conv2d as conv2dNode } from "../../../ts/ops/conv2d.ts";
import { hostLeaf } from "../../../ts/ops/leaf.ts";
import { modelLayers } from "./models.ts";
import { type Layer, layers } from "./shapes.ts";

const filter = process.argv[2] ?? "";
const budget = Number(process.argv[3] ?? 60);
const models = process.argv[4] === "models";
const count = (shape: readonly number[]): number => shape.reduce((a, b) => a * b, 1);
const both = (v: number | readonly number[], n = 2): readonly number[] => (typeof v === "number" ? new Array<number>(n).fill(v) : v);

function sizes(layer: Layer): { x: number[]; w: number[]; y: number[]; options: Conv2dOptions } {
  const { x, o, groups = 1 } = layer;
  const [k, s, d, p] = [both(layer.k), both(layer.s ?? 1), both(layer.d ?? 1), both(layer.p ?? 0, 4)] as number[][];
  const size = (i: 0 | 1): number => {
    const span = (d?.[i] as number) * ((k?.[i] as number) - 1) + 1;
    return Math.floor(((x[i + 2] as number) + (p?.[i] as number) + (p?.[i + 2] as number) - span) / (s?.[i] as number)) + 1;
  };
  const options = { stride: s, padding: p, dilation: d, groups } as unknown as Conv2dOptions;
  return { x: [...x], w: [o, x[1] / groups, ...(k as number[])], y: [x[0], o, size(0), size(1)], options };
}

/** The least time of many runs. */
function least(bench: Bench): number {
  // A page's clock ticks in tenths of a millisecond: a sample takes at least two of them.
  let best = Number.POSITIVE_INFINITY;
  let repeat = 1;
  let samples = 0;
  for (const until = performance.now() + budget; samples < 8 || performance.now() < until; samples++) {
    const start = performance.now();
    for (let i = 0; i < repeat; i++) bench.run();
    const time = (performance.now() - start) / repeat;
    if (time * repeat < 2) repeat *= 2;
    else best = Math.min(best, time);
  }
  return best;
}

const op = (inputs: readonly Operand[], output: Operand, attrs: object, epilogue: MapProgram | null = null): OpKernel => ({
  kind: "op", op: "", inputs, output, attrs: attrs as OpKernel["attrs"], epilogue,
});

/** Forward or a gradient, weights as they are. */
function train(build: Build, layer: Layer, which: string): Bench {
  const { x, w, y, options } = sizes(layer);
  const [a, b, c] = which === "y" ? [x, w, y] : which === "x" ? [y, w, x] : [x, y, w];
  const lower = which === "y" ? conv2d : which === "x" ? conv2dInput : conv2dWeight;
  const kernel = op([operand(0, a), operand(1, b)], operand(2, c), { ...options, input: x.slice(2), kernel: w.slice(2) });
  return new Bench(build, [random(count(a)), random(count(b)), new Float32Array(count(c))], (out) => lower(kernel, out), 1);
}

/** Forward with bias and relu, as a model has it. */
function infer(build: Build, layer: Layer): Bench {
  const { x, w, y, options } = sizes(layer);
  const output = operand(2, y);
  const epilogue: MapProgram = {
    shape: y,
    inputs: [output, view(3, y, [0, 1, 0, 0]), view(4, y, [0, 0, 0, 0])],
    outputs: [{ to: output, value: 5 }],
    instructions: [
      { op: "add", dtype: "float32", args: [0, 1] },
      { op: "maximum", dtype: "float32", args: [4, 2] },
    ],
  };
  const rest = [new Float32Array(count(y)), random(y[1] as number), new Float32Array(1)];
  const node = packConv2d(conv2dNode(hostLeaf(0, x, "float32"), hostLeaf(0, w, "float32"), options));
  const packed = node?.inputs[1];
  if (node === null || packed === undefined) {
    const kernel = op([operand(0, x), operand(1, w)], output, options, epilogue);
    return new Bench(build, [random(count(x)), random(count(w)), ...rest], (out) => conv2d(kernel, out, true), 1);
  }
  const pack = op([operand(0, w)], operand(1, packed.shape), packed.attrs);
  const first = new Bench(build, [random(count(w)), new Float32Array(count(packed.shape))], (out) => conv2dPack(pack, out), 1);
  first.run();
  const kernel = op([operand(0, x), operand(1, packed.shape)], output, node.attrs, epilogue);
  return new Bench(build, [random(count(x)), first.read()[1] as Float32Array, ...rest], (out) => conv2dPacked(kernel, out, true), 1);
}

for (const layer of models ? modelLayers : layers) {
  const { x, w, y } = sizes(layer);
  const name = models ? `${layer.name} [${x}] × [${w}]` : layer.name;
  if (!name.includes(filter)) continue;
  const flops = (2 * count(y) * count(w)) / layer.o;
  const line = [name.padEnd(models ? 44 : 16)];
  for (const build of builds) {
    line.push(build.name === "plain" ? "plain" : " | relaxed");
    for (const which of models ? "y" : (layer.run ?? "y")) {
      const best = least(models ? infer(build, layer) : train(build, layer, which));
      line.push(` ${which === "y" ? "y" : `d${which}`} ${best.toFixed(3)} ms ${(flops / best / 1e6).toFixed(1).padStart(5)} GF`);
    }
  }
  console.log(line.join(""));
}
