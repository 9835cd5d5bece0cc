/**
 * Every elementwise function against float64: bit patterns across all of float32, dense samples where it bends, special
 * values. The bounds, in units in the last place, are those that the functions' own comments state.
 */
import { describe, expect, test } from "vitest";
import { lowerMap } from "../ts/device/wasm/map.ts";
import { Bench, type Build, builds, operand } from "./kernels/harness.ts";

/** Elements a run of the program. */
const COUNT = 1 << 16;

/** erf by its Taylor series below 3, by Laplace's continued fraction of erfc above. */
function erf(x: number): number {
  const a = Math.abs(x);
  if (a < 3) {
    let term = x;
    let sum = x;
    for (let k = 1; Math.abs(term) > 1e-18 * Math.abs(sum); k++) {
      term *= (-x * x) / k;
      sum += term / (2 * k + 1);
    }
    return (2 / Math.sqrt(Math.PI)) * sum;
  }
  let fraction = a;
  for (let k = 60; k > 0; k--) fraction = a + k / 2 / fraction;
  return Math.sign(x) * (1 - Math.exp(-a * a) / (fraction * Math.sqrt(Math.PI)));
}

interface Case {
  readonly op: string;
  readonly reference: (x: number, y: number) => number;
  /** Greatest error in units in the last place. */
  readonly bound: number;
  /** Where to look closely. */
  readonly dense: readonly [from: number, to: number];
  /** Inputs and what they must give exactly. */
  readonly special: readonly (readonly [x: number, y: number])[];
}

const { POSITIVE_INFINITY: inf, NaN: nan } = Number;

const cases: readonly Case[] = [
  {
    op: "exp",
    reference: Math.exp,
    bound: 1.1,
    dense: [-104, 89],
    special: [
      [0, 1],
      [-0, 1],
      [inf, inf],
      [-inf, 0],
      [89, inf],
      [-104, 0],
      [nan, nan],
    ],
  },
  {
    op: "expm1",
    reference: Math.expm1,
    bound: 1.4,
    dense: [-18, 89],
    special: [
      [0, 0],
      [-0, -0],
      [inf, inf],
      [-inf, -1],
      [-40, -1],
      [nan, nan],
    ],
  },
  {
    op: "log",
    reference: Math.log,
    bound: 0.9,
    dense: [0, 4],
    special: [
      [0, -inf],
      [-0, -inf],
      [1, 0],
      [-1, nan],
      [-1e-45, nan],
      [-inf, nan],
      [inf, inf],
      [nan, nan],
    ],
  },
  {
    op: "log1p",
    reference: Math.log1p,
    bound: 1.5,
    dense: [-1, 3],
    special: [
      [0, 0],
      [-0, -0],
      [-1, -inf],
      [-1.5, nan],
      [-inf, nan],
      [inf, inf],
      [nan, nan],
    ],
  },
  {
    op: "sin",
    reference: Math.sin,
    bound: 1.6,
    dense: [-20, 20],
    special: [
      [0, 0],
      [-0, -0],
      [inf, nan],
      [-inf, nan],
      [nan, nan],
    ],
  },
  {
    op: "cos",
    reference: Math.cos,
    bound: 1.6,
    dense: [-20, 20],
    special: [
      [0, 1],
      [-0, 1],
      [inf, nan],
      [-inf, nan],
      [nan, nan],
    ],
  },
  {
    op: "tan",
    reference: Math.tan,
    bound: 3,
    dense: [-20, 20],
    special: [
      [0, 0],
      [-0, -0],
      [inf, nan],
      [-inf, nan],
      [nan, nan],
    ],
  },
  {
    op: "atan",
    reference: Math.atan,
    bound: 1.5,
    dense: [-4, 4],
    special: [
      [0, 0],
      [-0, -0],
      [inf, Math.fround(Math.PI / 2)],
      [-inf, -Math.fround(Math.PI / 2)],
      [nan, nan],
    ],
  },
  {
    op: "tanh",
    reference: Math.tanh,
    bound: 2.3,
    dense: [-10, 10],
    special: [
      [0, 0],
      [-0, -0],
      [inf, 1],
      [-inf, -1],
      [30, 1],
      [nan, nan],
    ],
  },
  {
    op: "erf",
    reference: erf,
    bound: 1.3,
    dense: [-4.5, 4.5],
    special: [
      [0, 0],
      [-0, -0],
      [inf, 1],
      [-inf, -1],
      [5, 1],
      [nan, nan],
    ],
  },
  {
    op: "sigmoid",
    reference: (x) => 1 / (1 + Math.exp(-x)),
    bound: 2.2,
    dense: [-105, 20],
    special: [
      [0, 0.5],
      [-0, 0.5],
      [inf, 1],
      [-inf, 0],
      [-110, 0],
      [nan, nan],
    ],
  },
  {
    op: "sqrt",
    reference: Math.sqrt,
    bound: 0.5,
    dense: [0, 4],
    special: [
      [0, 0],
      [-0, -0],
      [-1, nan],
      [inf, inf],
      [nan, nan],
    ],
  },
];

const bits = new Uint32Array(1);
const asFloat = new Float32Array(bits.buffer);
function fromBits(pattern: number): number {
  bits[0] = pattern;
  return asFloat[0] as number;
}

/** One unit in the last place of float32 at `x`. */
function ulp(x: number): number {
  asFloat[0] = Math.fround(x);
  const exponent = ((bits[0] as number) >>> 23) & 255;
  return 2 ** (Math.max(exponent, 1) - 150);
}

/** Distance of `got` from `want` in units in the last place; infinite where only one is NaN. */
function errorOf(got: number, want: number): number {
  if (Object.is(got, Math.fround(want))) return 0.5;
  if (Number.isNaN(got) || Number.isNaN(want) || Math.abs(got) === inf) return inf;
  return Math.abs(got - want) / ulp(want);
}

/** A program `op(x)` or `op(x, y)` over COUNT elements; returns what it makes of them. */
function compile(build: Build, op: string, arity: number): (...inputs: Float32Array[]) => Float32Array {
  const buffers = Array.from({ length: arity + 1 }, () => new Float32Array(COUNT));
  const inputs = Array.from({ length: arity }, (_, i) => operand(i, [COUNT]));
  const instructions = [{ op, dtype: "float32" as const, args: inputs.map((_, i) => i) }];
  const program = {
    shape: [COUNT],
    inputs,
    instructions,
    outputs: [{ to: operand(arity, [COUNT]), value: arity + 1 }],
  };
  const bench = new Bench(build, buffers, (out) => lowerMap({ kind: "map", programs: [program] }, out));
  return (...arrays) => {
    for (const [i, array] of arrays.entries()) buffers[i]?.set(array);
    bench.fill();
    bench.run();
    return bench.read()[arity] as Float32Array;
  };
}

/** Bit patterns at an even distance over all of float32, then numbers evenly spread over the dense interval. */
function* samples([from, to]: readonly [number, number]): Generator<Float32Array> {
  for (let block = 0; block < 8; block++) {
    yield Float32Array.from({ length: COUNT }, (_, i) => fromBits((block * COUNT + i) * 8191 + block));
  }
  for (let block = 0; block < 4; block++) {
    yield Float32Array.from(
      { length: COUNT },
      (_, i) => from + ((to - from) * (4 * i + block + (i % 7) / 7)) / (4 * COUNT),
    );
  }
}

describe.each(builds)("float32 functions of the $name build", (build) => {
  test.each(cases)("$op", ({ op, reference, bound, dense, special }) => {
    const run = compile(build, op, 1);
    let worst = 0;
    let at = 0;
    for (const x of samples(dense)) {
      const y = run(x);
      for (let i = 0; i < COUNT; i++) {
        const error = errorOf(y[i] as number, reference(x[i] as number, 0));
        if (error > worst) [worst, at] = [error, x[i] as number];
      }
    }
    if (process.env.HEBB_SHOW_ULP) console.log(`${build.name} ${op}: ${worst.toFixed(3)} ulp at ${at}`);
    expect(worst, `error in ulp at ${at}`).toBeLessThanOrEqual(bound);
    const given = new Float32Array(COUNT).map((_, i) => (special[i % special.length] as readonly [number, number])[0]);
    const got = run(given);
    expect([...got.subarray(0, special.length)]).toEqual(special.map(([, y]) => y));
  });

  test("pow", () => {
    const run = compile(build, "pow", 2);
    let worst = 0;
    let at = "";
    for (let block = 0; block < 8; block++) {
      const x = Float32Array.from({ length: COUNT }, (_, i) =>
        fromBits(((block * COUNT + i) * 4093 + block) & 0x7fffffff),
      );
      const y = Float32Array.from({ length: COUNT }, (_, i) => {
        const spread = ((i * 7919) % 4001) / 2000 - 1;
        return block % 2 === 0 ? spread * 6 : (spread * 130) / Math.log2(Math.max(x[i] as number, 1e-40));
      });
      const z = run(x, y);
      for (let i = 0; i < COUNT; i++) {
        if ((x[i] as number) === 1) continue;
        const error = errorOf(z[i] as number, (x[i] as number) ** (y[i] as number));
        if (error > worst) [worst, at] = [error, `${x[i]}, ${y[i]}`];
      }
    }
    if (process.env.HEBB_SHOW_ULP) console.log(`${build.name} pow: ${worst.toFixed(3)} ulp at ${at}`);
    expect(worst, `error in ulp at ${at}`).toBeLessThanOrEqual(0.6);
    const values = [0, -0, 1, -1, 2, -2, 3, -3, 0.5, -0.5, 2.5, 1e30, -1e30, 16777217, inf, -inf, nan];
    const x = new Float32Array(COUNT).map((_, i) => values[Math.floor(i / values.length) % values.length] as number);
    const y = new Float32Array(COUNT).map((_, i) => values[i % values.length] as number);
    const got = run(x, y);
    for (let i = 0; i < values.length ** 2; i++) {
      const [a, b] = [x[i] as number, y[i] as number];
      const want = a === 1 || (a === -1 && Math.abs(b) === inf) ? 1 : Math.fround(a ** b);
      expect(got[i], `pow(${a}, ${b})`).toBe(want);
    }
  });

  test("sin, cos and tan of whole powers of two and of the float32 nearest to multiples of π/2", () => {
    const hard = Array.from({ length: 254 }, (_, e) => fromBits((e + 1) << 23));
    for (let k = 1; k < 4000; k++) hard.push(Math.fround((k * Math.PI) / 2));
    // Of all float32 the one whose distance from a multiple of π/2 is least in proportion.
    hard.push(fromBits(0x5bb6dc7f), fromBits(0x7f7fffff), 16367173 * 2 ** 72);
    const x = new Float32Array(COUNT).map((_, i) => hard[i % hard.length] as number);
    for (const op of ["sin", "cos", "tan"] as const) {
      const y = compile(build, op, 1)(x);
      for (let i = 0; i < hard.length; i++) {
        expect(errorOf(y[i] as number, Math[op](x[i] as number)), `${op} of ${x[i]}`).toBeLessThanOrEqual(3);
      }
    }
  });
});
