/** Activations as layers. */
import type { Tensor } from "../tensor/tensor.ts";
import { hardswish } from "./functional.ts";
import { Module } from "./module.ts";

/** max(x, 0) */
export class ReLU extends Module {
  override forward(x: Tensor): Tensor {
    return x.relu();
  }
}

/** x where x > 0, else slope × x. */
export class LeakyReLU extends Module {
  readonly slope: number;
  constructor(slope = 0.01) {
    super();
    this.slope = slope;
  }
  override forward(x: Tensor): Tensor {
    return x.leakyRelu(this.slope);
  }
}

/** x where x > 0, else α (eˣ - 1). */
export class ELU extends Module {
  readonly alpha: number;
  constructor(alpha = 1) {
    super();
    this.alpha = alpha;
  }
  override forward(x: Tensor): Tensor {
    return x.elu(this.alpha);
  }
}

export class Tanh extends Module {
  override forward(x: Tensor): Tensor {
    return x.tanh();
  }
}

/** 1 / (1 + e⁻ˣ) */
export class Sigmoid extends Module {
  override forward(x: Tensor): Tensor {
    return x.sigmoid();
  }
}

/** x σ(x) */
export class SiLU extends Module {
  override forward(x: Tensor): Tensor {
    return x.silu();
  }
}

/** x Φ(x), by erf or by tanh's approximation. */
export class GELU extends Module {
  readonly approximate: "none" | "tanh";
  constructor(options: { approximate?: "none" | "tanh" } = {}) {
    super();
    this.approximate = options.approximate ?? "none";
  }
  override forward(x: Tensor): Tensor {
    return x.gelu({ approximate: this.approximate });
  }
}

/** ln(1 + eˣ) */
export class Softplus extends Module {
  override forward(x: Tensor): Tensor {
    return x.softplus();
  }
}

/** x max(0, min(1, x / 6 + 1/2)) */
export class Hardswish extends Module {
  override forward(x: Tensor): Tensor {
    return hardswish(x);
  }
}

/** exp(x) / Σ exp(x) along an axis, by default the last. */
export class Softmax extends Module {
  readonly axis: number;
  constructor(axis = -1) {
    super();
    this.axis = axis;
  }
  override forward(x: Tensor): Tensor {
    return x.softmax(this.axis);
  }
}

/** x - ln Σ exp(x) along an axis, by default the last. */
export class LogSoftmax extends Module {
  readonly axis: number;
  constructor(axis = -1) {
    super();
    this.axis = axis;
  }
  override forward(x: Tensor): Tensor {
    return x.logSoftmax(this.axis);
  }
}
