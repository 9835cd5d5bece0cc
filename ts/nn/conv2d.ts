/** The convolutional layer. */
import { ShapeError } from "../core/errors.ts";
import { Parameter } from "../tensor/parameter.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { type Conv2dOptions, conv2d } from "./functional.ts";
import { byFanIn } from "./init.ts";
import { Module } from "./module.ts";
import { checkCounts, type Pair, pairOf } from "./window.ts";

/**
 * 2-d convolution with a bias: [n, inChannels, h, w] → [n, outChannels, oh, ow]. Starts uniform in ±1/√(fan in), as
 * PyTorch's.
 *
 * @example
 * const x = zeros([64, 1, 28, 28]);
 * new nn.Conv2d(1, 6, 5, { padding: 2 }).forward(x).shape; // [64, 6, 28, 28]
 */
export class Conv2d extends Module {
  /** [outChannels, inChannels / groups, ...kernelSize] */
  readonly weight: Parameter;
  /** [outChannels] */
  readonly bias: Parameter | null;
  readonly #options: Conv2dOptions;

  constructor(
    inChannels: number,
    outChannels: number,
    kernelSize: Pair,
    options: Conv2dOptions & { readonly bias?: boolean } = {},
  ) {
    super();
    const [kh, kw] = pairOf(kernelSize);
    const groups = options.groups ?? 1;
    checkCounts("Conv2d", { inChannels, outChannels, kernelRows: kh, kernelColumns: kw, groups });
    if (inChannels % groups !== 0 || outChannels % groups !== 0) {
      throw new ShapeError(
        `Conv2d: cannot divide ${inChannels} to ${outChannels} channels into ${groups} groups: wanted a divisor of both`,
      );
    }
    const shape = [outChannels, inChannels / groups, kh, kw];
    const fanIn = (inChannels / groups) * kh * kw;
    this.weight = new Parameter(byFanIn(shape, fanIn), "weight");
    this.bias = options.bias === false ? null : new Parameter(byFanIn([outChannels], fanIn), "bias");
    this.#options = options;
  }

  override forward(x: Tensor): Tensor {
    return conv2d(x, this.weight, this.bias, this.#options);
  }
}
