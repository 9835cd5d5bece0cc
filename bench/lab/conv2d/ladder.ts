/**
 * Milliseconds and GFLOP/s (of the plain sum's products) of every convolution kernel on every layer.
 *
 *   npx esbuild bench/lab/conv2d/ladder.ts --bundle --platform=node --format=esm --outfile=ladder.mjs && node ladder.mjs [filter]
 */
import type { OpKernel } from "../../../ts/compiler/kernel.ts";
import { conv2d } from "../../../ts/device/wasm/conv2d.ts";
import { conv2dInput, conv2dWeight } from "../../../ts/device/wasm/conv2d-backward.ts";
import { Bench, builds, operand, random } from "../../../test/kernels/harness.ts";
import { layers } from "./shapes.ts";

const filter = process.argv[2] ?? "";
const budget = Number(process.argv[3] ?? 60);
const count = (shape: readonly number[]): number => shape.reduce((a, b) => a * b, 1);

for (const layer of layers) {
  if (!layer.name.includes(filter)) continue;
  const { name, x, o, k, s = 1, p = 0, d = 1, groups = 1, run = "y" } = layer;
  const size = (i: number): number => Math.floor((i + 2 * p - d * (k - 1) - 1) / s) + 1;
  const y = [x[0], o, size(x[2]), size(x[3])];
  const w = [o, x[1] / groups, k, k];
  const attrs = { stride: [s, s], padding: [p, p, p, p], dilation: [d, d], groups, input: x.slice(2), kernel: [k, k] };
  const flops = (2 * count(y) * count(w)) / o;
  const line = [name.padEnd(16)];
  for (const build of builds) {
    line.push(build.name === "plain" ? "plain" : " | relaxed");
    for (const which of run) {
      const [a, b, c] = which === "y" ? [x, w, y] : which === "x" ? [y, w, x] : [x, y, w];
      const lower = which === "y" ? conv2d : which === "x" ? conv2dInput : conv2dWeight;
      const kernel: OpKernel = { kind: "op", op: "", inputs: [operand(0, a), operand(1, b)], output: operand(2, c), attrs, epilogue: null };
      const bench = new Bench(build, [random(count(a)), random(count(b)), new Float32Array(count(c))], (out) => lower(kernel, out), 1);
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
      line.push(` ${which === "y" ? "y" : `d${which}`} ${best.toFixed(3)} ms ${(flops / best / 1e6).toFixed(1).padStart(5)} GF`);
    }
  }
  console.log(line.join(""));
}
