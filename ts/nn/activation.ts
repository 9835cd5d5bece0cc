/** Activations as layers. */
import type { Tensor } from "../tensor/tensor.ts";
import { hardswish } from "./functional.ts";
import { Module } from "./module.ts";

/**
 * max(x, 0)
 *
 * @example
 * await new nn.ReLU().forward(tensor([-1, 2])).array(); // [0, 2]
 */
export class ReLU extends Module {
  override forward(x: Tensor): Tensor {
    return x.relu();
  }
}

/**
 * x where x > 0, else slope × x.
 *
 * @example
 * await new nn.LeakyReLU(0.1).forward(tensor([-1, 2])).array(); // [-0.1, 2]
 */
export class LeakyReLU extends Module {
  /** Slope where x is negative. */
  readonly slope: number;
  constructor(slope = 0.01) {
    super();
    this.slope = slope;
  }
  override forward(x: Tensor): Tensor {
    return x.leakyRelu(this.slope);
  }
}

/**
 * x where x > 0, else α (eˣ - 1).
 *
 * @example
 * await new nn.ELU().forward(tensor([-1, 2])).array(); // [-0.6321206, 2]
 */
export class ELU extends Module {
  /** α: minus the limit at -∞. */
  readonly alpha: number;
  constructor(alpha = 1) {
    super();
    this.alpha = alpha;
  }
  override forward(x: Tensor): Tensor {
    return x.elu(this.alpha);
  }
}

/**
 * The hyperbolic tangent.
 *
 * @example
 * await new nn.Tanh().forward(tensor([0, 100])).array(); // [0, 1]
 */
export class Tanh extends Module {
  override forward(x: Tensor): Tensor {
    return x.tanh();
  }
}

/**
 * 1 / (1 + e⁻ˣ)
 *
 * @example
 * await new nn.Sigmoid().forward(tensor([0, 100])).array(); // [0.5, 1]
 */
export class Sigmoid extends Module {
  override forward(x: Tensor): Tensor {
    return x.sigmoid();
  }
}

/**
 * x σ(x)
 *
 * @example
 * await new nn.SiLU().forward(tensor([0, 1])).array(); // [0, 0.7310586]
 */
export class SiLU extends Module {
  override forward(x: Tensor): Tensor {
    return x.silu();
  }
}

/**
 * x Φ(x), by erf or by tanh's approximation; Hendrycks, Gimpel 2016.
 *
 * @example
 * await new nn.GELU().forward(tensor([0, 1])).array(); // [0, 0.8413447]
 */
export class GELU extends Module {
  /** "tanh" takes the approximation by tanh, "none" erf. */
  readonly approximate: "none" | "tanh";
  constructor(options: { approximate?: "none" | "tanh" } = {}) {
    super();
    this.approximate = options.approximate ?? "none";
  }
  override forward(x: Tensor): Tensor {
    return x.gelu({ approximate: this.approximate });
  }
}

/**
 * ln(1 + eˣ)
 *
 * @example
 * await new nn.Softplus().forward(tensor([0, 100])).array(); // [0.6931472, 100]
 */
export class Softplus extends Module {
  override forward(x: Tensor): Tensor {
    return x.softplus();
  }
}

/**
 * x max(0, min(1, x / 6 + 1/2))
 *
 * @example
 * await new nn.Hardswish().forward(tensor([-3, 3])).array(); // [0, 3]
 */
export class Hardswish extends Module {
  override forward(x: Tensor): Tensor {
    return hardswish(x);
  }
}

/**
 * exp(x) / Σ exp(x) along an axis, by default the last.
 *
 * @example
 * await new nn.Softmax().forward(tensor([[1, 1], [0, 100]])).array(); // [[0.5, 0.5], [0, 1]]
 */
export class Softmax extends Module {
  /** The axis whose elements sum to 1. */
  readonly axis: number;
  constructor(axis = -1) {
    super();
    this.axis = axis;
  }
  override forward(x: Tensor): Tensor {
    return x.softmax(this.axis);
  }
}

/**
 * x - ln Σ exp(x) along an axis, by default the last.
 *
 * @example
 * await new nn.LogSoftmax().forward(tensor([1, 1])).array(); // [-0.6931472, -0.6931472]
 */
export class LogSoftmax extends Module {
  /** The axis whose exponentials sum to 1. */
  readonly axis: number;
  constructor(axis = -1) {
    super();
    this.axis = axis;
  }
  override forward(x: Tensor): Tensor {
    return x.logSoftmax(this.axis);
  }
}
