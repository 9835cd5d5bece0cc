/**
 * Values and gradients against PyTorch's, of operations whose semantics could be told otherwise: edges of clamp, ties,
 * paddings, divisors, duplicates. scripts/golden/ops.py wrote ops.json in float64.
 */
import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { grad, nn, type Tensor, tensor, where } from "../../ts/index.ts";
import { floats, integers } from "./generator.ts";

interface Spec {
  readonly shape: number[];
  readonly stream?: number;
  readonly scale?: number;
  readonly shift?: number;
  readonly below?: number;
  readonly values?: (number | boolean)[];
  readonly dtype?: "float32" | "int32" | "bool";
}

interface Case {
  readonly op: string;
  readonly name: string;
  // biome-ignore lint/suspicious/noExplicitAny: read from JSON, of other types for every operation
  readonly attrs: Record<string, any>;
  readonly inputs: Spec[];
  readonly shape: number[];
  readonly y: (number | string)[];
  readonly dy?: Spec;
  readonly dx?: (number | string)[][];
}

const cases = JSON.parse(readFileSync(new URL("ops.json", import.meta.url), "utf8")) as Case[];

/** float32 against float64: a few roundings of the largest term, which cancellation may leave of a small result. */
const close = { relative: 3e-5, absolute: 3e-6 };

function input({ shape, stream = 0, scale = 1, shift = 0, below, values, dtype = "float32" }: Spec): Tensor {
  const count = shape.reduce((product, dim) => product * dim, 1);
  if (values) {
    if (dtype === "bool") return tensor(Uint8Array.from(values, Number), { shape, dtype });
    return tensor(dtype === "int32" ? Int32Array.from(values, Number) : Float32Array.from(values, Number), { shape });
  }
  if (below !== undefined)
    return tensor(
      integers(stream, below, count).map((i) => i + shift),
      { shape },
    );
  return tensor(
    Float32Array.from(floats(stream, count), (x) => x * scale + shift),
    { shape },
  );
}

const unary = ["silu", "softplus", "sigmoid", "tanh", "elu", "erf", "relu", "abs"] as const;
const binary = ["add", "sub", "mul", "div", "pow", "remainder", "maximum", "minimum", "matmul"] as const;

/** Each operation in the public API. */
const compute: Record<string, (xs: Tensor[], attrs: Case["attrs"]) => Tensor> = {
  ...Object.fromEntries(unary.map((name) => [name, ([x]: Tensor[]) => (x as Tensor)[name]()])),
  ...Object.fromEntries(binary.map((name) => [name, ([x, y]: Tensor[]) => (x as Tensor)[name](y as Tensor)])),
  softmax: ([x], { axis }) => x!.softmax(axis),
  logSoftmax: ([x], { axis }) => x!.logSoftmax(axis),
  crossEntropy: ([x, target], options) => nn.crossEntropy(x!, target!, options),
  gelu: ([x], options) => x!.gelu(options),
  leakyRelu: ([x], { slope }) => x!.leakyRelu(slope),
  conv2d: ([x, w, bias], options) => nn.functional.conv2d(x!, w!, bias, options),
  maxPool2d: ([x], { kernel, ...options }) => nn.functional.maxPool2d(x!, kernel, options),
  avgPool2d: ([x], { kernel, ...options }) => nn.functional.avgPool2d(x!, kernel, options),
  powScalar: ([x], { exponent }) => x!.pow(exponent),
  clamp: ([x], { min, max }) => x!.clamp(min, max),
  where: ([condition, x, y]) => where(condition!, x!, y!),
  sum: ([x], { axis }) => x!.sum(axis),
  mean: ([x], { axis, keepdim }) => x!.mean(axis, keepdim),
  prod: ([x], { axis }) => x!.prod(axis),
  max: ([x], { axis }) => x!.amax(axis),
  min: ([x], { axis }) => x!.amin(axis),
  var: ([x], { axis, ...options }) => x!.var(axis, options),
  std: ([x], { axis, ...options }) => x!.std(axis, options),
  argmax: ([x], { axis }) => x!.argmax(axis),
  argmin: ([x], { axis }) => x!.argmin(axis),
  gather: ([x, index], { axis }) => x!.gather(axis, index!),
  scatterAdd: ([x, index, y], { axis }) => x!.scatterAdd(axis, index!, y!),
};

function expectClose(what: string, actual: ArrayLike<number>, expected: readonly (number | string)[]): void {
  expect(actual.length, `${what} has as many values`).toBe(expected.length);
  const largest = Math.max(...expected.map((value) => Math.abs(Number(value))).filter(Number.isFinite), 0);
  for (const [i, text] of expected.entries()) {
    const value = Number(text === "inf" ? Infinity : text === "-inf" ? -Infinity : text);
    const bound = close.relative * Math.abs(value) + close.absolute * Math.max(1, largest);
    const got = actual[i] as number;
    const fits = Number.isFinite(value) ? Math.abs(got - value) <= bound : Object.is(got, value);
    if (!fits) expect.fail(`${what}[${i}] is ${got}, PyTorch has ${value}`);
  }
}

const groups = [...new Set(cases.map(({ op }) => op))];
describe.each(groups)("%s", (op) => {
  const rows = cases.filter((row) => row.op === op).map((row) => [row.name || "as in PyTorch", row] as const);
  test.each(rows)("%s", async (_name, { attrs, inputs, shape, y, dy, dx }) => {
    const apply = compute[op];
    if (!apply) throw new Error(`golden: cannot compute ${op}: it has no row here`);
    const xs = inputs.map(input);
    const result = apply(xs, attrs);
    expect(result.shape).toEqual(shape);
    expectClose("y", await result.data(), y);
    if (!dy || !dx) return;
    // The gradient of ⟨y, dy⟩ by each float input.
    const real = xs.flatMap((x, i) => (x.dtype === "float32" ? [i] : []));
    const weights = input(dy);
    const objective = (...reals: Tensor[]): Tensor => {
      const all = xs.map((x, i) => (real.includes(i) ? (reals[real.indexOf(i)] as Tensor) : x));
      return apply(all, attrs).mul(weights).sum();
    };
    const gradients = grad(objective)(...real.map((i) => xs[i] as Tensor));
    const list = Array.isArray(gradients) ? gradients : [gradients];
    for (const [k, expected] of dx.entries()) expectClose(`dx${k}`, await (list[k] as Tensor).data(), expected);
  });
});
