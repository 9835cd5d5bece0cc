import { describe, expect, test } from "vitest";
import type { OpKernel } from "../../ts/compiler/kernel.ts";
import { Threefry } from "../../ts/core/random.ts";
import type { CommandWriter } from "../../ts/device/wasm/command.ts";
import * as pool from "../../ts/device/wasm/pool2d.ts";
import { builds, operand, random, runKernel } from "./harness.ts";

type Quad = readonly [number, number, number, number];

interface Window {
  readonly kernel: readonly [number, number];
  readonly stride: readonly [number, number];
  readonly padding: Quad;
  readonly dilation: readonly [number, number];
  readonly countIncludePad: boolean;
}

interface Case extends Window {
  readonly shape: Quad;
  /** Rows and columns of windows beyond what the padding holds, as in ceil mode. */
  readonly extra: readonly [number, number];
}

function make(shape: Quad, kernel: Window["kernel"], stride: Window["stride"], rest: Partial<Case> = {}): Case {
  const plain = { padding: [0, 0, 0, 0], dilation: [1, 1], countIncludePad: true, extra: [0, 0] } as const;
  return { shape, kernel, stride, ...plain, ...rest };
}

const cases: readonly Case[] = [
  make([2, 3, 28, 28], [2, 2], [2, 2]),
  make([2, 3, 10, 10], [2, 2], [2, 2]),
  make([3, 2, 9, 7], [2, 2], [2, 2]),
  make([1, 2, 2, 3], [2, 2], [2, 2]),
  make([2, 1, 7, 9], [2, 2], [2, 2], { extra: [1, 1] }),
  make([2, 2, 15, 15], [3, 3], [2, 2]),
  make([2, 2, 16, 13], [3, 3], [2, 2], { padding: [1, 1, 1, 1] }),
  make([2, 2, 16, 13], [3, 3], [2, 2], { padding: [1, 1, 1, 1], countIncludePad: false }),
  ...[11, 12, 13, 19, 20, 21, 28, 33].flatMap((w) =>
    [0, 1].map((pad) => make([1, 2, 8, w], [3, 3], [2, 2], { padding: [1 - pad, pad, pad, 1], extra: [pad, 0] })),
  ),
  make([1, 2, 1, 2], [3, 3], [2, 2], { padding: [1, 1, 1, 1] }),
  make([1, 2, 11, 12], [3, 3], [1, 1], { padding: [1, 1, 1, 1], countIncludePad: false }),
  make([1, 3, 6, 25], [5, 3], [3, 3], { padding: [2, 1, 0, 1] }),
  make([1, 1, 20, 20], [3, 2], [2, 3], { dilation: [2, 3], padding: [1, 0, 2, 1], countIncludePad: false }),
  make([2, 2, 7, 7], [7, 7], [7, 7]),
  make([1, 1, 1, 1], [1, 1], [1, 1]),
  make([1, 2, 3, 30], [1, 4], [1, 1]),
  make([1, 2, 5, 5], [3, 3], [4, 4], { padding: [1, 2, 1, 2], extra: [1, 0], countIncludePad: false }),
  make([1, 1, 3, 3], [2, 2], [1, 1], { padding: [3, 2, 0, 3], countIncludePad: false }),
  make([0, 2, 4, 4], [2, 2], [2, 2]),
];

/** Geometries by chance: small planes, any window that fits, with padding on any side. */
function byChance(count: number): Case[] {
  const stream = new Threefry([2, 3]);
  const among = (low: number, high: number): number => low + stream.below(high - low + 1);
  return Array.from({ length: count }, () => {
    const kernel = [among(1, 4), among(1, 4)] as const;
    const dilation = [among(1, 2), among(1, 3)] as const;
    const padding = [among(0, 3), among(0, 3), among(0, 3), among(0, 3)] as const;
    const size = (a: 0 | 1): number => Math.max(1, (kernel[a] - 1) * dilation[a] + 1 - padding[a] + among(0, 14));
    const shape = [1, among(1, 4), size(0), size(1)] as const;
    return make(shape, kernel, [among(1, 4), among(1, 4)], {
      padding,
      dilation,
      countIncludePad: among(0, 1) === 1,
      extra: [among(0, 1), among(0, 1)],
    });
  });
}

function outputSize(c: Case): [oh: number, ow: number] {
  return [0, 1].map((a) => {
    const span = (c.kernel[a as 0 | 1] - 1) * c.dilation[a as 0 | 1] + 1;
    const room = (c.shape[a + 2] as number) + (c.padding[a] as number) + (c.padding[a + 2] as number) - span;
    return Math.floor(room / c.stride[a as 0 | 1]) + 1 + c.extra[a as 0 | 1];
  }) as [number, number];
}

interface View {
  /** Position of the window's output element. */
  readonly y: number;
  /** Positions in x of its taps, row-major, without padding. */
  readonly taps: readonly number[];
  /** Elements that an average divides by. */
  readonly count: number;
}

/** Every window of every plane, straight from the definition. */
function windows(c: Case): View[] {
  const [n, ch, h, w] = c.shape;
  const [oh, ow] = outputSize(c);
  const [top, left, bottom, right] = c.padding;
  const views: View[] = [];
  for (let p = 0; p < n * ch; p++)
    for (let oy = 0; oy < oh; oy++)
      for (let ox = 0; ox < ow; ox++) {
        const taps: number[] = [];
        let padded = 0;
        for (let ky = 0; ky < c.kernel[0]; ky++)
          for (let kx = 0; kx < c.kernel[1]; kx++) {
            const iy = oy * c.stride[0] + ky * c.dilation[0] - top;
            const ix = ox * c.stride[1] + kx * c.dilation[1] - left;
            if (iy >= 0 && iy < h && ix >= 0 && ix < w) taps.push((p * h + iy) * w + ix);
            if (iy < h + bottom && ix < w + right) padded++;
          }
        views.push({ y: (p * oh + oy) * ow + ox, taps, count: c.countIncludePad ? padded : taps.length });
      }
  return views;
}

/** Position of the greatest tap: the first of equals, the last NaN; -1 if there is none. */
function argmax(x: Float32Array, taps: readonly number[]): number {
  let best = -1;
  for (const tap of taps) {
    const v = x[tap] as number;
    if (best < 0 || v > (x[best] as number) || Number.isNaN(v)) best = tap;
  }
  return best;
}

const inputSize = (c: Case): number => c.shape.reduce((a, b) => a * b);

/** Inputs with and without what is awkward: ties, infinities, NaN, signed zeros. */
function inputs(c: Case): Record<"smooth" | "awkward", Float32Array> {
  const smooth = random(inputSize(c), 5);
  const awkward = smooth.map((v, i) => {
    if (i % 31 === 7) return Number.NaN;
    if (i % 13 === 3) return Number.NEGATIVE_INFINITY;
    if (i % 17 === 5) return Number.POSITIVE_INFINITY;
    return Math.round(v * 2) / 2;
  });
  return { smooth, awkward };
}

describe.each(builds)("$name", (build) => {
  describe.each([...cases, ...byChance(60)])(
    "$shape kernel $kernel stride $stride padding $padding dilation $dilation",
    (c) => {
      const [oh, ow] = outputSize(c);
      const large = operand(0, c.shape);
      const small = (buffer: number) => operand(buffer, [c.shape[0], c.shape[1], oh, ow]);
      const views = windows(c);

      function run(
        lower: (kernel: OpKernel, out: CommandWriter) => void,
        buffers: readonly Float32Array[],
        operands: readonly ReturnType<typeof operand>[],
        attrs: Readonly<Record<string, unknown>> = {},
      ): Float32Array {
        const window = {
          kernel: c.kernel,
          stride: c.stride,
          padding: c.padding,
          dilation: c.dilation,
          countIncludePad: c.countIncludePad,
        };
        const kernel: OpKernel = {
          kind: "op",
          op: lower.name,
          inputs: operands.slice(0, -1),
          output: operands.at(-1) as ReturnType<typeof operand>,
          attrs: { ...window, ...attrs },
          epilogue: null,
          label: "",
        };
        return runKernel(build, buffers, (out) => lower(kernel, out)).at(-1) as Float32Array;
      }

      test.each(["smooth", "awkward"] as const)("maxPool2d of %s values", (kind) => {
        const x = inputs(c)[kind];
        const want = new Float32Array(views.length);
        for (const { y, taps } of views) {
          const at = argmax(x, taps);
          want[y] = at < 0 ? Number.NEGATIVE_INFINITY : (x[at] as number);
        }
        const got = run(pool.maxPool2d, [x, new Float32Array(want.length).fill(9)], [large, small(1)]);
        // Which of two zeros of unlike sign is given is left open.
        expect(got.map((v) => v + 0)).toEqual(want.map((v) => v + 0));
      });

      test.each(["smooth", "awkward"] as const)("maxPool2dBackward of %s values", (kind) => {
        const x = inputs(c)[kind];
        const dy = random(views.length, 8);
        const want = new Float32Array(x.length);
        for (const { y, taps } of views) {
          const at = argmax(x, taps);
          if (at >= 0) want[at] = (want[at] as number) + (dy[y] as number);
        }
        const got = run(
          pool.maxPool2dBackward,
          [x, dy, new Float32Array(x.length).fill(9)],
          [large, small(1), operand(2, c.shape)],
        );
        expect(got).toEqual(want);
      });

      test.each(["smooth", "awkward"] as const)("maxPool2dGather of %s values", (kind) => {
        const x = inputs(c)[kind];
        const g = random(x.length, 9);
        const want = new Float32Array(views.length);
        for (const { y, taps } of views) {
          const at = argmax(x, taps);
          want[y] = at < 0 ? 0 : (g[at] as number);
        }
        const got = run(
          pool.maxPool2dGather,
          [x, g, new Float32Array(want.length).fill(9)],
          [large, operand(1, c.shape), small(2)],
        );
        expect(got).toEqual(want);
      });

      // A sum of k terms of at most 1 in float32 is off by at most k 2^-24 k; windows here have up to 49 elements.
      const tolerance = (terms: number): number => 2 ** -23 * terms;

      test("avgPool2d", () => {
        const { smooth: x } = inputs(c);
        const got = run(pool.avgPool2d, [x, new Float32Array(views.length).fill(9)], [large, small(1)]);
        for (const { y, taps, count } of views) {
          const want = taps.reduce((sum, tap) => sum + (x[tap] as number), 0) / Math.max(1, count);
          expect(Math.abs((got[y] as number) - want)).toBeLessThanOrEqual(tolerance(taps.length));
        }
      });

      test("avgPool2dBackward", () => {
        const dy = random(views.length, 10);
        const want = new Float64Array(inputSize(c));
        for (const { y, taps, count } of views)
          for (const tap of taps) want[tap] = (want[tap] as number) + (dy[y] as number) / count;
        const got = run(
          pool.avgPool2dBackward,
          [dy, new Float32Array(want.length).fill(9)],
          [small(0), operand(1, c.shape)],
          { input: c.shape.slice(2) },
        );
        const worst = want.reduce((most, v, i) => Math.max(most, Math.abs(v - (got[i] as number))), 0);
        expect(worst).toBeLessThanOrEqual(tolerance(c.kernel[0] * c.kernel[1]));
        expect(got.length).toBe(want.length);
      });
    },
  );
});
