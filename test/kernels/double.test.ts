/** Functions of float64 against the engine's own, which are within 1 ulp: the bounds that assembly/double.ts states. */
import { describe, expect, test } from "vitest";
import { lowerMap } from "../../ts/device/wasm/map.ts";
import { type Build, builds, operand, runKernel } from "./harness.ts";

const ulp = 2 ** -52;
const { NaN: nan, POSITIVE_INFINITY: infinity } = Number;

function run(build: Build, op: string, ...inputs: readonly (readonly number[])[]): number[] {
  const n = inputs[0]?.length as number;
  const program = {
    shape: [n],
    inputs: inputs.map((_, i) => operand(i, [n], "float64")),
    instructions: [{ op, dtype: "float64" as const, args: inputs.map((_, i) => i) }],
    outputs: [{ to: operand(inputs.length, [n], "float64"), value: inputs.length + 1 }],
  };
  const buffers = [...inputs.map((values) => Float64Array.from(values)), new Float64Array(n)];
  const got = runKernel(build, buffers, (out) => lowerMap({ kind: "map", programs: [program] }, out));
  return Array.from(got[inputs.length] as Float64Array);
}

/** Numbers from `low` to `high`, evenly by their logarithms where both are above 0. */
function spread(low: number, high: number, n = 400): number[] {
  const at = (i: number) => i / (n - 1);
  if (low > 0) return Array.from({ length: n }, (_, i) => low * (high / low) ** at(i));
  return Array.from({ length: n }, (_, i) => low + (high - low) * at(i));
}

const tiny = [0, 1e-300, 5e-324, -1e-10, 1e-17, 0.1, 0.5, 1];
const special = [nan, infinity, -infinity];

const functions: readonly (readonly [
  op: string,
  f: (x: number) => number,
  inputs: readonly number[],
  bound: number,
])[] = [
  ["exp", Math.exp, [...spread(-700, 709), 710, -750], 3],
  ["expm1", Math.expm1, [...spread(-40, 700), ...tiny], 2],
  ["log", Math.log, [...spread(1e-320, 1e308), ...spread(0.3, 3), 0, -1], 3],
  ["log1p", Math.log1p, [...spread(-0.99, 10), ...tiny, -1, -2], 2],
  ["sin", Math.sin, [...spread(-100, 100), 1e10, 1e22, ...tiny], 2],
  ["cos", Math.cos, [...spread(-100, 100), 1e10, 1e22], 2],
  ["tan", Math.tan, [...spread(-100, 100), ...tiny], 3],
  ["atan", Math.atan, [...spread(-50, 50), 1e300, ...tiny], 2],
  ["tanh", Math.tanh, [...spread(-30, 30), ...tiny], 3],
  ["sigmoid", (x) => 1 / (1 + Math.exp(-x)), spread(-700, 40), 4],
];

describe.each(builds)("on the $name build", (build) => {
  test.each(functions)("%s of float64", (op, f, list, bound) => {
    const inputs = [...list, ...special];
    run(build, op, inputs).forEach((y, i) => {
      const [x, want] = [inputs[i] as number, f(inputs[i] as number)];
      if (Object.is(y, want) || y === want) return;
      const error = Math.abs(y - want) / Math.max(Math.abs(want) * ulp, 5e-324);
      expect(error, `${op}(${x}) = ${y}, wanted ${want}`).toBeLessThanOrEqual(bound);
    });
  });

  test("erf of float64", () => {
    // By glibc.
    const values: [number, number][] = [
      [0.1, 0.1124629160182849],
      [0.5, 0.5204998778130465],
      [1, 0.8427007929497149],
      [2, 0.9953222650189527],
      [3, 0.9999779095030014],
      [5, 0.9999999999984626],
      [7, 1],
    ];
    const inputs = values.flatMap(([x]) => [x, -x]);
    run(build, "erf", [...inputs, 0, nan]).forEach((y, i) => {
      const want =
        i < inputs.length ? (i % 2 === 0 ? 1 : -1) * (values[i >> 1]?.[1] as number) : i === inputs.length ? 0 : nan;
      if (Number.isNaN(want)) expect(y).toBeNaN();
      else expect(Math.abs(y - want)).toBeLessThanOrEqual(8 * ulp * Math.abs(want));
    });
  });

  test("powers of float64", () => {
    const bases = [2, 0.5, 10, 1.0000001, 3.7, 1e-5];
    const exponents = [0, 1, 2, 3, -1, -7, 0.5, 2.5, -0.3, 100, 1000.5];
    const pairs = bases.flatMap((x) => exponents.map((y) => [x, y] as const));
    const got = run(
      build,
      "pow",
      pairs.map(([x]) => x),
      pairs.map(([, y]) => y),
    );
    pairs.forEach(([x, y], i) => {
      const bound = Math.max(2, 3 * Math.abs(y * Math.log(x)), Number.isInteger(y) ? Math.abs(y) : 0) * ulp;
      const want = x ** y;
      if (got[i] !== want) expect(Math.abs((got[i] as number) / want - 1), `${x} ** ${y}`).toBeLessThanOrEqual(bound);
    });
  });

  // As in C and NumPy: 1 to whatever power is 1, and -1 to an infinite one.
  test.each<[number, number, number]>([
    [1, nan, 1],
    [nan, 0, 1],
    [-1, infinity, 1],
    [-2, 3, -8],
    [-2, 0.5, nan],
    [-0, 3, -0],
    [-0, -3, -infinity],
    [0, -2, infinity],
    [-infinity, 3, -infinity],
    [-infinity, -2, 0],
    [infinity, 0.5, infinity],
    [2, -infinity, 0],
    [0.5, -infinity, infinity],
  ])("%s to the power of %s", (x, y, want) => {
    expect(run(build, "pow", [x], [y])[0]).toBe(want);
  });

  test.each<[number, number, number, number]>([
    [7, 3, 1, 1],
    [-7, 3, -1, 2],
    [7, -3, 1, -2],
    [-7, -3, -1, -1],
    [5.5, 0.1, 5.5 % 0.1, 5.5 % 0.1],
    [1e308, 3, 1e308 % 3, 1e308 % 3],
    [1, 0, nan, nan],
    [infinity, 2, nan, nan],
  ])("remainders of %s by %s", (a, b, truncated, floored) => {
    expect([run(build, "fmod", [a], [b])[0], run(build, "mod", [a], [b])[0]]).toEqual([truncated, floored]);
  });
});
