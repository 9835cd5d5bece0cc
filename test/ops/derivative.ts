/** Derivatives as cases: what only the second and third derivatives of an op reach. */
import type * as Hebb from "../../ts/index.ts";
import type { Tensor } from "../../ts/index.ts";
import { approx, type Case } from "./case.ts";
import { type Array64, array64, conv2d, pool2d, sizeOf, sumOf } from "./oracle.ts";

/** d/dx of Σ f(x)² / 2 for a linear f: the product of f(x) with f of every unit vector. */
function pulledBack(x: Array64, f: (x: Array64) => Array64): Array64 {
  const y = f(x).data;
  return array64(x.shape, (i) => {
    const unit = array64(x.shape, (k) => Number(k === i));
    return sumOf(Array.from(f(unit).data, (value, k) => value * (y[k] as number)));
  });
}

const derivative = (hebb: typeof Hebb, f: (x: Tensor) => Tensor, x: Tensor): Tensor => hebb.grad(f)(x) as Tensor;
const halfSquare = (y: Tensor): Tensor => y.mul(y).sum().mul(0.5);

const convolution = {
  stride: [2, 1],
  padding: [1, 0, 0, 1],
  dilation: [1, 1],
  groups: 2,
} as const;
const planes = [{ shape: [1, 4, 5, 4] }, { shape: [2, 2, 2, 3], low: -1, high: 1 }] as const;

const convolutions: readonly Case[] = [
  {
    name: "derivative of conv2d by its input",
    inputs: planes,
    run: (hebb, x, w) =>
      derivative(hebb, (at) => halfSquare(hebb.nn.functional.conv2d(at, w as Tensor, null, convolution)), x as Tensor),
    oracle: (x, w) => pulledBack(x as Array64, (at) => conv2d(at, w as Array64, convolution)),
    tolerance: approx,
  },
  {
    name: "derivative of conv2d by its weight",
    inputs: planes,
    run: (hebb, x, w) =>
      derivative(hebb, (at) => halfSquare(hebb.nn.functional.conv2d(x as Tensor, at, null, convolution)), w as Tensor),
    oracle: (x, w) => pulledBack(w as Array64, (at) => conv2d(x as Array64, at, convolution)),
    tolerance: approx,
  },
];

const window = { stride: [2, 2], padding: [1, 0, 0, 1], dilation: [1, 1] } as const;

/** `value` of the maximum of every window, summed up where the maximum lies. */
function atMaxima(x: Array64, value: (maximum: number) => number): Array64 {
  const size = sizeOf(x.shape);
  // Values do not repeat, so a maximum says where it lies.
  const maxima = pool2d(x, [2, 3], window, (values) => Math.max(...values)).data;
  const sums = new Float64Array(size);
  for (const maximum of maxima) {
    const at = x.data.indexOf(maximum);
    sums[at] = (sums[at] as number) + value(maximum);
  }
  return array64(x.shape, sums);
}

const pools: readonly Case[] = [
  {
    name: "derivative of avgPool2d",
    inputs: [{ shape: [1, 2, 5, 6] }],
    run: (hebb, x) =>
      derivative(
        hebb,
        (at) => halfSquare(hebb.nn.functional.avgPool2d(at, [2, 3], { stride: [2, 2], padding: [1, 0, 0, 1] })),
        x as Tensor,
      ),
    oracle: (x) =>
      pulledBack(x as Array64, (at) => pool2d(at, [2, 3], window, (values, padded) => sumOf(values) / padded)),
    tolerance: approx,
  },
  {
    name: "derivative of maxPool2d",
    inputs: [{ shape: [1, 2, 5, 6] }],
    run: (hebb, x) =>
      derivative(hebb, (at) => hebb.nn.functional.maxPool2d(at, [2, 3], window).exp().sum(), x as Tensor),
    oracle: (x) => atMaxima(x as Array64, Math.exp),
    tolerance: approx,
  },
  {
    // f = Σ eᵐ over the maxima m, g = Σ x df/dx = Σ m eᵐ, dg/dx = (1 + m) eᵐ where the maximum lies.
    name: "second derivative of maxPool2d",
    inputs: [{ shape: [1, 2, 5, 6] }],
    run: (hebb, x) => {
      const f = (at: Tensor): Tensor => hebb.nn.functional.maxPool2d(at, [2, 3], window).exp().sum();
      return derivative(hebb, (at) => derivative(hebb, f, at).mul(at).sum(), x as Tensor);
    },
    oracle: (x) => atMaxima(x as Array64, (m) => (1 + m) * Math.exp(m)),
    tolerance: approx,
  },
];

export const derivatives: readonly Case[] = [...convolutions, ...pools];
