/** Adam and AdamW. */
import { Optimizer, type Update } from "./optimizer.ts";
import type { Parameter } from "../tensor/parameter.ts";
import type { Tensor } from "../tensor/tensor.ts";

export interface AdamOptions {
  /** Default 0.001. */
  readonly lr?: number;
  /** Decay of the averages of the gradient and of its square; default [0.9, 0.999]. */
  readonly betas?: readonly [number, number];
  /** Added to the root; default 1e-8. */
  readonly eps?: number;
  /** Adam: added to the gradient (L2 penalty). AdamW: taken from the parameter itself. Default 0, AdamW 0.01. */
  readonly weightDecay?: number;
}

/**
 * Adam (Kingma, Ba 2014), as PyTorch computes it: p ← p - lr / (1 - β₁ᵗ) m / (√v / √(1 - β₂ᵗ) + ε).
 *
 * @example
 * const optimizer = new Adam(model.parameters(), { lr: 1e-3 });
 */
export class Adam extends Optimizer {
  protected override readonly stateNames: readonly string[] = ["m", "v"];
  protected readonly options: Required<AdamOptions>;

  constructor(parameters: Iterable<Parameter>, options: AdamOptions = {}) {
    super(parameters, options.lr ?? 1e-3);
    this.options = { lr: 1e-3, betas: [0.9, 0.999], eps: 1e-8, weightDecay: 0, ...options };
  }

  protected override update(p: Tensor, gradient: Tensor, state: Readonly<Record<string, Tensor>>): Update {
    const { weightDecay } = this.options;
    return this.moments(p, weightDecay === 0 ? gradient : gradient.add(p.mul(weightDecay)), state);
  }

  /** The step along the averages, from where `p` is. */
  protected moments(p: Tensor, g: Tensor, state: Readonly<Record<string, Tensor>>): Update {
    const { betas, eps } = this.options;
    const [b1, b2] = betas;
    const m = (state["m"] as Tensor).mul(b1).add(g.mul(1 - b1));
    const v = (state["v"] as Tensor).mul(b2).add(g.mul(g).mul(1 - b2));
    const root = v.sqrt().mul(1 / Math.sqrt(1 - b2 ** this.steps)).add(eps);
    return { parameter: p.sub(m.div(root).mul(this.lr / (1 - b1 ** this.steps))), state: { m, v } };
  }
}

/** Adam with decoupled weight decay (Loshchilov, Hutter 2017): p shrinks by lr × weightDecay before the step. */
export class AdamW extends Adam {
  constructor(parameters: Iterable<Parameter>, options: AdamOptions = {}) {
    super(parameters, { weightDecay: 0.01, ...options });
  }

  protected override update(p: Tensor, gradient: Tensor, state: Readonly<Record<string, Tensor>>): Update {
    return this.moments(p.mul(1 - this.lr * this.options.weightDecay), gradient, state);
  }
}
