import { describe, expect, test } from "vitest";
import { interpolate, interpolateInput } from "../../ts/device/wasm/interpolate.ts";
import { array, type Build, builds, operand, random, runKernel } from "./harness.ts";

interface Sizes {
  /** Planes, and batches of them that share taps. */
  readonly o: number;
  readonly b: number;
  readonly n: number;
  readonly p: number;
  readonly k: number;
  readonly i: number;
  /** Taps lie within this many neighbours. */
  readonly reach: number;
}

const cases: readonly Sizes[] = [
  { o: 1, b: 1, n: 1, p: 1, k: 1, i: 1, reach: 1 },
  { o: 5, b: 1, n: 12, p: 23, k: 2, i: 1, reach: 2 },
  { o: 140, b: 2, n: 9, p: 18, k: 4, i: 1, reach: 3 },
  { o: 3, b: 3, n: 400, p: 805, k: 3, i: 1, reach: 5 },
  { o: 4, b: 2, n: 50, p: 6, k: 9, i: 1, reach: 50 },
  { o: 2, b: 1, n: 300, p: 10, k: 200, i: 1, reach: 300 },
  { o: 2, b: 1, n: 5, p: 7, k: 2, i: 3, reach: 2 },
  { o: 3, b: 3, n: 6, p: 4, k: 3, i: 21, reach: 6 },
  { o: 1, b: 1, n: 4, p: 9, k: 2, i: 600, reach: 4 },
];

function tapsOf({ b, n, p, k, reach }: Sizes): { index: Int32Array; weight: Float32Array } {
  const index = new Int32Array(b * p * k);
  const jumps = random(index.length, 5);
  for (let at = 0; at < index.length; at++) {
    const q = Math.floor(at / k) % p;
    const first = Math.floor(((n - reach) * q) / Math.max(1, p - 1));
    index[at] = first + Math.floor(((jumps[at] as number) * 0.5 + 0.5) * reach);
  }
  return { index, weight: random(index.length, 6) };
}

/** Calls `f` with the places of x and y that a tap pairs, and its weight. */
function pairs(sizes: Sizes, f: (x: number, y: number, weight: number) => void): void {
  const { o, b, n, p, k, i } = sizes;
  const { index, weight } = tapsOf(sizes);
  for (let plane = 0; plane < o; plane++) {
    for (let q = 0; q < p; q++) {
      for (let t = 0; t < k; t++) {
        const tap = (Math.floor(plane / (o / b)) * p + q) * k + t;
        for (let column = 0; column < i; column++) {
          f((plane * n + (index[tap] as number)) * i + column, (plane * p + q) * i + column, weight[tap] as number);
        }
      }
    }
  }
}

function run(build: Build, lower: typeof interpolate, sizes: Sizes, input: Float32Array, from: number, to: number) {
  const { o, b, p, k, i } = sizes;
  const { index, weight } = tapsOf(sizes);
  const taps = [b, p, k];
  const kernel = {
    kind: "op" as const,
    op: "interpolate",
    inputs: [operand(0, [o, from, i]), operand(1, taps, "int32"), operand(2, taps)],
    output: operand(3, [o, to, i]),
    attrs: {},
    epilogue: null,
  };
  const out = array("float32", o * to * i).fill(9);
  return runKernel(build, [input, index, weight, out], (writer) => lower(kernel, writer))[3] as Float32Array;
}

function expectClose(got: Float32Array, want: Float64Array, terms: number): void {
  for (let at = 0; at < want.length; at++) {
    const error = Math.abs((got[at] as number) - (want[at] as number));
    if (error > 1e-7 * (terms + 1)) expect(`${got[at]} at ${at}`).toBe(`${want[at]} at ${at}`);
  }
}

describe.each(builds)("on the $name build", (build) => {
  test.each(cases)("interpolate %o", (sizes) => {
    const x = random(sizes.o * sizes.n * sizes.i, 2);
    const want = new Float64Array(sizes.o * sizes.p * sizes.i);
    pairs(sizes, (from, to, weight) => {
      want[to] = (want[to] as number) + weight * (x[from] as number);
    });
    expectClose(run(build, interpolate, sizes, x, sizes.n, sizes.p), want, sizes.k);
  });

  test.each(cases)("interpolateInput %o", (sizes) => {
    const dy = random(sizes.o * sizes.p * sizes.i, 3);
    const want = new Float64Array(sizes.o * sizes.n * sizes.i);
    pairs(sizes, (to, from, weight) => {
      want[to] = (want[to] as number) + weight * (dy[from] as number);
    });
    expectClose(run(build, interpolateInput, sizes, dy, sizes.p, sizes.n), want, sizes.p * sizes.k);
  });
});
