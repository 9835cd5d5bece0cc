/** Pooling layers. */
import type { Tensor } from "../tensor/tensor.ts";
import { type AvgPool2dOptions, avgPool2d, type MaxPool2dOptions, maxPool2d } from "./functional.ts";
import { Module } from "./module.ts";
import type { Pair } from "./window.ts";

const optionsOf = <O extends { readonly stride?: Pair }>(options: O | Pair): O =>
  (typeof options === "number" || Array.isArray(options) ? { stride: options } : options) as O;

/**
 * The greatest element of each window: [n, c, h, w] → [n, c, oh, ow]. A second number is the stride.
 *
 * @example
 * new nn.MaxPool2d(2).forward(zeros([64, 6, 28, 28])).shape; // [64, 6, 14, 14]
 */
export class MaxPool2d extends Module {
  readonly #kernel: Pair;
  readonly #options: MaxPool2dOptions;

  constructor(kernel: Pair, options: MaxPool2dOptions | Pair = {}) {
    super();
    this.#kernel = kernel;
    this.#options = optionsOf<MaxPool2dOptions>(options);
  }

  override forward(x: Tensor): Tensor {
    return maxPool2d(x, this.#kernel, this.#options);
  }
}

/**
 * The average of each window: [n, c, h, w] → [n, c, oh, ow]. A second number is the stride.
 *
 * @example
 * const x = arange(16).to("float32").reshape(1, 4, 4);
 * await new nn.AvgPool2d(2).forward(x).array(); // [[[2.5, 4.5], [10.5, 12.5]]]
 */
export class AvgPool2d extends Module {
  readonly #kernel: Pair;
  readonly #options: AvgPool2dOptions;

  constructor(kernel: Pair, options: AvgPool2dOptions | Pair = {}) {
    super();
    this.#kernel = kernel;
    this.#options = optionsOf<AvgPool2dOptions>(options);
  }

  override forward(x: Tensor): Tensor {
    return avgPool2d(x, this.#kernel, this.#options);
  }
}
