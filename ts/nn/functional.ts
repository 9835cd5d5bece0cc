/** Layers as functions of tensors; the layers of this room are these with parameters. */
import { generator, type Key } from "../core/random.ts";
import { hardSwish } from "../ops/activation.ts";
import { conv2d as convolve } from "../ops/conv2d.ts";
import { le, mul, num, where } from "../ops/elementwise.ts";
import { avgPool2d as average, maxPool2d as maximum } from "../ops/pool2d.ts";
import { rand } from "../ops/random.ts";
import { Tensor } from "../tensor/tensor.ts";
import { type Pair, pairOf, planes, type Sides, sameSides, sidesOf } from "./window.ts";

/** How the windows of a convolution lie. */
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

/** How the windows of pooling lie. */
export interface PoolOptions {
  /** Rows and columns between windows; default the kernel's. */
  readonly stride?: Pair;
  /** Rows and columns around the plane, which never win a maximum and are 0 in an average; default 0. */
  readonly padding?: Pair | Sides;
}

/** Options of {@link maxPool2d}. */
export interface MaxPool2dOptions extends PoolOptions {
  /** Rows and columns between the elements of a window; default 1. */
  readonly dilation?: Pair;
}

/** Options of {@link avgPool2d}. */
export interface AvgPool2dOptions extends PoolOptions {
  /** Whether padding counts as elements of a window; default true. */
  readonly countIncludePad?: boolean;
}

/**
 * x wᵀ + b with w [out, in]; x [..., in] → [..., out].
 *
 * @example
 * await nn.functional.linear(tensor([[1, 2]]), tensor([[3, 4]]), tensor([5])).array(); // [[16]]
 */
export function linear(x: Tensor, weight: Tensor, bias: Tensor | null = null): Tensor {
  const y = x.matmul(weight.t());
  return bias === null ? y : y.add(bias);
}

/**
 * Cross-correlation of x [n, c, h, w] with w [o, c / groups, kh, kw] → [n, o, oh, ow].
 *
 * @example
 * const edges = tensor([1, -1], { shape: [1, 1, 1, 2] });
 * const x = tensor([0, 0, 5, 5], { shape: [1, 1, 1, 4] });
 * await nn.functional.conv2d(x, edges).flatten().array(); // [0, -5, 0]
 */
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

/**
 * The greatest element of each window of x [n, c, h, w].
 *
 * @example
 * await nn.functional.maxPool2d(tensor([[[1, 2], [4, 3]]]), 2).array(); // [[[4]]]
 */
export function maxPool2d(x: Tensor, kernel: Pair, options: MaxPool2dOptions = {}): Tensor {
  const window = {
    kernel: pairOf(kernel),
    stride: pairOf(options.stride ?? kernel),
    padding: sidesOf(options.padding ?? 0),
    dilation: pairOf(options.dilation ?? 1),
  };
  return planes("maxPool2d", x, (batch) => new Tensor(maximum(batch.node, window)));
}

/**
 * The average of each window of x [n, c, h, w].
 *
 * @example
 * await nn.functional.avgPool2d(tensor([[[1, 2], [4, 3]]]), 2).array(); // [[[2.5]]]
 */
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
 *
 * @example
 * await nn.functional.dropout(tensor([1, 2]), 0).array(); // [1, 2]
 */
export function dropout(x: Tensor, p = 0.5, key: Key = generator.next()): Tensor {
  if (p === 0) return x;
  const uniform = rand(key, x.shape);
  const scale = p === 1 ? 0 : 1 / (1 - p);
  const scaled = mul(x.node, num(scale, uniform));
  return new Tensor(where(le(num(p, uniform), uniform), scaled, num(0, scaled)));
}

/**
 * max(x, 0)
 *
 * @example
 * await nn.functional.relu(tensor([-1, 2])).array(); // [0, 2]
 */
export const relu = (x: Tensor): Tensor => x.relu();
/**
 * The hyperbolic tangent.
 *
 * @example
 * await nn.functional.tanh(tensor([0, 100])).array(); // [0, 1]
 */
export const tanh = (x: Tensor): Tensor => x.tanh();
/**
 * 1 / (1 + e⁻ˣ)
 *
 * @example
 * await nn.functional.sigmoid(tensor([0, 100])).array(); // [0.5, 1]
 */
export const sigmoid = (x: Tensor): Tensor => x.sigmoid();
/**
 * x σ(x); Elfwing, Uchibe, Doya 2017.
 *
 * @example
 * await nn.functional.silu(tensor([0, 1])).array(); // [0, 0.7310586]
 */
export const silu = (x: Tensor): Tensor => x.silu();
/**
 * x Φ(x), by erf or by tanh's approximation; Hendrycks, Gimpel 2016.
 *
 * @example
 * await nn.functional.gelu(tensor([0, 1]), { approximate: "tanh" }).array(); // [0, 0.841192]
 */
export const gelu = (x: Tensor, options: { approximate?: "none" | "tanh" } = {}): Tensor => x.gelu(options);
/**
 * ln(1 + eˣ)
 *
 * @example
 * await nn.functional.softplus(tensor([0, 100])).array(); // [0.6931472, 100]
 */
export const softplus = (x: Tensor): Tensor => x.softplus();
/**
 * x where x > 0, else slope × x.
 *
 * @example
 * await nn.functional.leakyRelu(tensor([-1, 2]), 0.1).array(); // [-0.1, 2]
 */
export const leakyRelu = (x: Tensor, slope = 0.01): Tensor => x.leakyRelu(slope);
/**
 * x where x > 0, else α (eˣ - 1); Clevert, Unterthiner, Hochreiter 2015.
 *
 * @example
 * await nn.functional.elu(tensor([-1, 2])).array(); // [-0.6321206, 2]
 */
export const elu = (x: Tensor, alpha = 1): Tensor => x.elu(alpha);
/**
 * x max(0, min(1, x / 6 + 1/2)); Howard et al. 2019.
 *
 * @example
 * await nn.functional.hardswish(tensor([-3, 3])).array(); // [0, 3]
 */
export const hardswish = (x: Tensor): Tensor => new Tensor(hardSwish(x.node));
/**
 * exp(x) / Σ exp(x) along an axis, by default the last.
 *
 * @example
 * await nn.functional.softmax(tensor([1, 1])).array(); // [0.5, 0.5]
 */
export const softmax = (x: Tensor, axis = -1): Tensor => x.softmax(axis);
/**
 * x - ln Σ exp(x) along an axis, by default the last.
 *
 * @example
 * await nn.functional.logSoftmax(tensor([1, 1])).array(); // [-0.6931472, -0.6931472]
 */
export const logSoftmax = (x: Tensor, axis = -1): Tensor => x.logSoftmax(axis);
