/** Layers as functions of tensors; the layers of this room are these with parameters. */
import { generator, type Key } from "../core/random.ts";
import { hardSwish } from "../ops/activation.ts";
import { conv2d as convolve } from "../ops/conv2d.ts";
import { le, mul, num, where } from "../ops/elementwise.ts";
import { avgPool2d as average, maxPool2d as maximum } from "../ops/pool2d.ts";
import { rand } from "../ops/random.ts";
import { Tensor } from "../tensor/tensor.ts";
import { type Pair, pairOf, planes, type Sides, sameSides, sidesOf } from "./window.ts";

export interface Conv2dOptions {
  /** Rows and columns between windows; default 1. */
  readonly stride?: Pair;
  /** Zeros around the plane; "same" keeps its size (at stride 1), "valid" is 0, the default. */
  readonly padding?: Pair | Sides | "same" | "valid";
  /** Rows and columns between the taps of a window; default 1. */
  readonly dilation?: Pair;
  /** Parts of the channels that are convolved apart from each other; default 1. */
  readonly groups?: number;
}

export interface PoolOptions {
  /** Rows and columns between windows; default the kernel's. */
  readonly stride?: Pair;
  /** Rows and columns around the plane, which never win a maximum and are 0 in an average; default 0. */
  readonly padding?: Pair | Sides;
}

export interface MaxPool2dOptions extends PoolOptions {
  /** Rows and columns between the elements of a window; default 1. */
  readonly dilation?: Pair;
}

export interface AvgPool2dOptions extends PoolOptions {
  /** Whether padding counts as elements of a window; default true. */
  readonly countIncludePad?: boolean;
}

/** x wᵀ + b with w [out, in]; x [..., in] → [..., out]. */
export function linear(x: Tensor, weight: Tensor, bias: Tensor | null = null): Tensor {
  const y = x.matmul(weight.t());
  return bias === null ? y : y.add(bias);
}

/** Cross-correlation of x [n, c, h, w] with w [o, c / groups, kh, kw] → [n, o, oh, ow]. */
export function conv2d(x: Tensor, weight: Tensor, bias: Tensor | null = null, options: Conv2dOptions = {}): Tensor {
  const { padding = 0, groups = 1 } = options;
  const stride = pairOf(options.stride ?? 1);
  const dilation = pairOf(options.dilation ?? 1);
  const [kh = 1, kw = 1] = weight.shape.slice(2);
  if (padding === "same" && (stride[0] !== 1 || stride[1] !== 1)) {
    throw new RangeError(`conv2d: cannot pad to the same size: the stride is [${stride}], wanted 1`);
  }
  const sides = padding === "same" ? sameSides([kh, kw], dilation) : sidesOf(padding === "valid" ? 0 : padding);
  return planes("conv2d", x, (batch) => {
    const y = new Tensor(convolve(batch.node, weight.node, { stride, padding: sides, dilation, groups }));
    return bias === null ? y : y.add(bias.reshape([bias.size, 1, 1]));
  });
}

/** The greatest element of each window of x [n, c, h, w]. */
export function maxPool2d(x: Tensor, kernel: Pair, options: MaxPool2dOptions = {}): Tensor {
  const window = {
    kernel: pairOf(kernel),
    stride: pairOf(options.stride ?? kernel),
    padding: sidesOf(options.padding ?? 0),
    dilation: pairOf(options.dilation ?? 1),
  };
  return planes("maxPool2d", x, (batch) => new Tensor(maximum(batch.node, window)));
}

/** The average of each window of x [n, c, h, w]. */
export function avgPool2d(x: Tensor, kernel: Pair, options: AvgPool2dOptions = {}): Tensor {
  const window = {
    kernel: pairOf(kernel),
    stride: pairOf(options.stride ?? kernel),
    padding: sidesOf(options.padding ?? 0),
    dilation: [1, 1] as const,
    countIncludePad: options.countIncludePad ?? true,
  };
  return planes("avgPool2d", x, (batch) => new Tensor(average(batch.node, window)));
}

/**
 * x with elements set to 0 with probability p, the others divided by 1 - p; Srivastava et al. 2014. The key is data of a
 * run: another key is no other program.
 */
export function dropout(x: Tensor, p = 0.5, key: Key = generator.next()): Tensor {
  if (p === 0) return x;
  const uniform = rand(key, x.shape);
  const scale = p === 1 ? 0 : 1 / (1 - p);
  const scaled = mul(x.node, num(scale, uniform));
  return new Tensor(where(le(num(p, uniform), uniform), scaled, num(0, scaled)));
}

export const relu = (x: Tensor): Tensor => x.relu();
export const tanh = (x: Tensor): Tensor => x.tanh();
export const sigmoid = (x: Tensor): Tensor => x.sigmoid();
export const silu = (x: Tensor): Tensor => x.silu();
export const gelu = (x: Tensor, options: { approximate?: "none" | "tanh" } = {}): Tensor => x.gelu(options);
export const softplus = (x: Tensor): Tensor => x.softplus();
export const leakyRelu = (x: Tensor, slope = 0.01): Tensor => x.leakyRelu(slope);
export const elu = (x: Tensor, alpha = 1): Tensor => x.elu(alpha);
export const hardswish = (x: Tensor): Tensor => new Tensor(hardSwish(x.node));
export const softmax = (x: Tensor, axis = -1): Tensor => x.softmax(axis);
export const logSoftmax = (x: Tensor, axis = -1): Tensor => x.logSoftmax(axis);
