/** The fully connected layer. */
import { Parameter } from "../tensor/parameter.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { linear } from "./functional.ts";
import { byFanIn } from "./init.ts";
import { Module } from "./module.ts";
import { checkCounts } from "./window.ts";

/**
 * y = x Wᵀ + b: [..., inFeatures] → [..., outFeatures]. Starts uniform in ±1/√inFeatures, as PyTorch's.
 *
 * @example
 * new nn.Linear(784, 10).forward(zeros([64, 784])).shape; // [64, 10]
 */
export class Linear extends Module {
  /** [outFeatures, inFeatures] */
  readonly weight: Parameter;
  /** [outFeatures] */
  readonly bias: Parameter | null;

  constructor(inFeatures: number, outFeatures: number, options: { bias?: boolean } = {}) {
    super();
    checkCounts("Linear", { inFeatures, outFeatures });
    this.weight = new Parameter(byFanIn([outFeatures, inFeatures], inFeatures), "weight");
    this.bias = options.bias === false ? null : new Parameter(byFanIn([outFeatures], inFeatures), "bias");
  }

  override forward(x: Tensor): Tensor {
    return linear(x, this.weight, this.bias);
  }
}
