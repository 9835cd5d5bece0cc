import type { Tensor } from "../../ts/index.ts";
import { approx, type Case, type Input } from "./case.ts";
import { type Array64, array64, erf, map, zip } from "./oracle.ts";

type Method = (x: Tensor, ...others: Tensor[]) => Tensor;

const unary = (
  name: string,
  run: Method,
  f: (x: number) => number,
  input: Partial<Input> = {},
  rest: Partial<Case> = {},
): Case => ({ name, inputs: [{ shape: [3, 37], ...input }], run: (_, x) => run(x as Tensor), oracle: map(f), ...rest });

const binary = (
  name: string,
  run: (a: Tensor, b: Tensor) => Tensor,
  f: (a: number, b: number) => number,
  inputs: readonly [Partial<Input>, Partial<Input>] = [{}, {}],
  rest: Partial<Case> = {},
): Case => ({
  name,
  inputs: inputs.map((input, i) => ({
    shape: [5, 7],
    low: i === 0 ? -2 : -1.7,
    high: i === 0 ? 2 : 2.2,
    phase: 0.37 * i,
    ...input,
  })),
  run: (_, a, b) => run(a as Tensor, b as Tensor),
  oracle: zip(f as (...values: number[]) => number),
  ...rest,
});

const positive = { low: 0.2, high: 3 };
const ints = { dtype: "int32" as const, low: -20, high: 20 };
const none = { gradient: false } as const;
const sigmoid = (x: number): number => 1 / (1 + Math.exp(-x));
const evenly = (x: number): number => {
  const floor = Math.floor(x);
  return x - floor === 0.5 ? 2 * Math.round(floor / 2) : Math.round(x);
};

export const elementwise: readonly Case[] = [
  binary(
    "add",
    (a, b) => a.add(b),
    (a, b) => a + b,
  ),
  binary(
    "add broadcast rows",
    (a, b) => a.add(b),
    (a, b) => a + b,
    [{ shape: [4, 3, 5] }, { shape: [5] }],
  ),
  binary(
    "add broadcast columns",
    (a, b) => a.add(b),
    (a, b) => a + b,
    [{ shape: [4, 1] }, { shape: [3, 1, 5] }],
  ),
  binary(
    "add of scalars",
    (a, b) => a.add(b),
    (a, b) => a + b,
    [{ shape: [] }, { shape: [] }],
  ),
  binary(
    "add of one element",
    (a, b) => a.add(b),
    (a, b) => a + b,
    [{ shape: [1] }, { shape: [3, 3] }],
  ),
  binary(
    "add int32",
    (a, b) => a.add(b),
    (a, b) => a + b,
    [ints, ints],
  ),
  binary(
    "add int32 and float32",
    (a, b) => a.add(b),
    (a, b) => a + b,
    [ints, {}],
    { gradient: [1] },
  ),
  binary(
    "sub",
    (a, b) => a.sub(b),
    (a, b) => a - b,
  ),
  binary(
    "mul",
    (a, b) => a.mul(b),
    (a, b) => a * b,
  ),
  binary(
    "mul uint8 wraps",
    (a, b) => a.mul(b),
    (a, b) => (a * b) % 256,
    [
      { dtype: "uint8", low: 0, high: 255 },
      { dtype: "uint8", low: 0, high: 255 },
    ],
  ),
  binary(
    "div",
    (a, b) => a.div(b),
    (a, b) => a / b,
    [{}, positive],
  ),
  binary(
    "div int32 gives float32",
    (a, b) => a.div(b),
    (a, b) => a / b,
    [ints, { ...ints, low: 1 }],
  ),
  binary(
    "pow",
    (a, b) => a.pow(b),
    (a, b) => a ** b,
    [positive, {}],
    { tolerance: approx },
  ),
  unary(
    "pow 2",
    (x) => x.pow(2),
    (x) => x ** 2,
  ),
  unary(
    "pow 3",
    (x) => x.pow(3),
    (x) => x ** 3,
    {},
    { tolerance: approx },
  ),
  unary(
    "pow 1.7",
    (x) => x.pow(1.7),
    (x) => x ** 1.7,
    positive,
    { tolerance: approx },
  ),
  unary(
    "pow -1",
    (x) => x.pow(-1),
    (x) => 1 / x,
    positive,
  ),
  binary(
    "remainder",
    (a, b) => a.remainder(b),
    (a, b) => a - Math.floor(a / b) * b,
    [{ low: -9, high: 9 }, positive],
    { tolerance: approx },
  ),
  binary(
    "remainder int32",
    (a, b) => a.remainder(b),
    (a, b) => ((a % b) + b) % b,
    [ints, { ...ints, low: 1 }],
  ),
  binary("maximum", (a, b) => a.maximum(b), Math.max),
  binary("minimum", (a, b) => a.minimum(b), Math.min),
  binary(
    "eq",
    (a, b) => a.eq(b),
    (a, b) => Number(a === b),
    [
      { ...ints, high: -15 },
      { ...ints, high: -15 },
    ],
    none,
  ),
  binary(
    "ne",
    (a, b) => a.ne(b),
    (a, b) => Number(a !== b),
    [
      { ...ints, high: -15 },
      { ...ints, high: -15 },
    ],
    none,
  ),
  binary(
    "lt",
    (a, b) => a.lt(b),
    (a, b) => Number(a < b),
    [{}, {}],
    none,
  ),
  binary(
    "le",
    (a, b) => a.le(b),
    (a, b) => Number(a <= b),
    [ints, ints],
    none,
  ),
  binary(
    "gt",
    (a, b) => a.gt(b),
    (a, b) => Number(a > b),
    [{}, {}],
    none,
  ),
  binary(
    "ge",
    (a, b) => a.ge(b),
    (a, b) => Number(a >= b),
    [{}, {}],
    none,
  ),
  binary(
    "logicalAnd",
    (a, b) => a.gt(0).logicalAnd(b.gt(0)),
    (a, b) => Number(a > 0 && b > 0),
    [{}, {}],
    none,
  ),
  binary(
    "logicalOr",
    (a, b) => a.gt(0).logicalOr(b.gt(0)),
    (a, b) => Number(a > 0 || b > 0),
    [{}, {}],
    none,
  ),
  binary(
    "logicalXor",
    (a, b) => a.gt(0).logicalXor(b.gt(0)),
    (a, b) => Number(a > 0 !== b > 0),
    [{}, {}],
    none,
  ),
  unary(
    "logicalNot",
    (x) => x.gt(0).logicalNot(),
    (x) => Number(!(x > 0)),
    {},
    none,
  ),
  {
    name: "where",
    inputs: [
      { shape: [4, 5], dtype: "bool", values: (i) => (i % 3 === 0 ? 1 : 0) },
      { shape: [4, 5] },
      { shape: [5], low: 3, high: 4 },
    ],
    run: (hebb, c, a, b) => hebb.where(c as Tensor, a as Tensor, b as Tensor),
    oracle: zip((c, a, b) => ((c as number) !== 0 ? (a as number) : (b as number))),
  },
  unary(
    "clamp",
    (x) => x.clamp(-1.01, 0.8),
    (x) => Math.min(Math.max(x, -1.01), 0.8),
  ),
  unary(
    "neg",
    (x) => x.neg(),
    (x) => -x,
  ),
  unary("abs", (x) => x.abs(), Math.abs),
  unary("sign", (x) => x.sign(), Math.sign, {}, none),
  unary("floor", (x) => x.floor(), Math.floor, {}, none),
  unary("ceil", (x) => x.ceil(), Math.ceil, {}, none),
  unary("round half to even", (x) => x.round(), evenly, { values: (i) => (i - 50) / 2 }, none),
  unary("sqrt", (x) => x.sqrt(), Math.sqrt, positive),
  unary(
    "rsqrt",
    (x) => x.rsqrt(),
    (x) => 1 / Math.sqrt(x),
    positive,
    { tolerance: approx },
  ),
  unary(
    "square",
    (x) => x.square(),
    (x) => x * x,
  ),
  unary(
    "reciprocal",
    (x) => x.reciprocal(),
    (x) => 1 / x,
    positive,
  ),
  unary("exp", (x) => x.exp(), Math.exp),
  unary(
    "exp of saturated tails",
    (x) => x.exp(),
    (x) => Math.fround(Math.exp(x)),
    { values: (i) => (i - 55) * 4, shape: [40] },
    none,
  ),
  unary("expm1", (x) => x.expm1(), Math.expm1),
  unary("log", (x) => x.log(), Math.log, positive),
  unary("log1p", (x) => x.log1p(), Math.log1p, positive),
  unary("sin", (x) => x.sin(), Math.sin),
  unary("cos", (x) => x.cos(), Math.cos),
  unary("tan", (x) => x.tan(), Math.tan, { low: -1.1, high: 1.2 }, { tolerance: approx }),
  unary("asin", (x) => x.asin(), Math.asin, { low: -0.9, high: 0.9 }, { tolerance: approx }),
  unary("acos", (x) => x.acos(), Math.acos, { low: -0.9, high: 0.9 }, { tolerance: approx }),
  unary("atan", (x) => x.atan(), Math.atan),
  unary("sinh", (x) => x.sinh(), Math.sinh, {}, { tolerance: approx }),
  unary("cosh", (x) => x.cosh(), Math.cosh, {}, { tolerance: approx }),
  unary("sinh, saturated", (x) => x.sinh(), Math.sinh, { low: -80, high: 80 }, { tolerance: approx, gradient: false }),
  unary("asinh", (x) => x.asinh(), Math.asinh, {}, { tolerance: approx }),
  unary(
    "asinh, large",
    (x) => x.asinh(),
    Math.asinh,
    { low: -1e30, high: 1e30 },
    { tolerance: approx, gradient: false },
  ),
  unary("acosh", (x) => x.acosh(), Math.acosh, { low: 1.1, high: 30 }, { tolerance: approx }),
  unary("atanh", (x) => x.atanh(), Math.atanh, { low: -0.95, high: 0.95 }, { tolerance: approx }),
  unary("tanh", (x) => x.tanh(), Math.tanh),
  unary("erf", (x) => x.erf(), erf),
  unary("sigmoid", (x) => x.sigmoid(), sigmoid),
  unary(
    "relu",
    (x) => x.relu(),
    (x) => Math.max(x, 0),
  ),
  unary(
    "silu",
    (x) => x.silu(),
    (x) => x * sigmoid(x),
  ),
  unary(
    "gelu",
    (x) => x.gelu(),
    (x) => (x / 2) * (1 + erf(x * Math.SQRT1_2)),
  ),
  unary(
    "gelu tanh",
    (x) => x.gelu({ approximate: "tanh" }),
    (x) => (x / 2) * (1 + Math.tanh(Math.sqrt(2 / Math.PI) * (x + 0.044715 * x ** 3))),
  ),
  unary(
    "softplus",
    (x) => x.softplus(),
    (x) => Math.log1p(Math.exp(x)),
  ),
  unary(
    "leakyRelu",
    (x) => x.leakyRelu(0.1),
    (x) => (x > 0 ? x : 0.1 * x),
  ),
  unary(
    "elu",
    (x) => x.elu(1.3),
    (x) => (x > 0 ? x : 1.3 * Math.expm1(x)),
  ),
  unary(
    "isnan",
    (x) => x.log().isnan(),
    (x) => Number(x < 0),
    {},
    none,
  ),
  unary("cast to int32 truncates", (x) => x.to("int32"), Math.trunc, { low: -9, high: 9 }, none),
  unary(
    "cast to bool",
    (x) => x.to("bool"),
    (x) => Number(x !== 0),
    { ...ints, high: 3, low: -3 },
    none,
  ),
  unary("cast to uint8 and back", (x) => x.to("uint8").to("float32"), Math.trunc, { low: 0, high: 255 }, none),
  unary(
    "a long chain in one map",
    (x) => x.mul(x).add(1).sqrt().log().sin().exp().sub(x).tanh(),
    (x) => Math.tanh(Math.exp(Math.sin(Math.log(Math.sqrt(x * x + 1)))) - x),
  ),
  {
    name: "empty tensors",
    inputs: [{ shape: [0, 3] }, { shape: [3] }],
    run: (_, a, b) => (a as Tensor).add(b as Tensor).exp(),
    oracle: (): Array64 => array64([0, 3], []),
    gradient: false,
  },
];
