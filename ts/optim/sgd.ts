/** Stochastic gradient descent. */
import { Optimizer, type Update } from "./optimizer.ts";
import type { Parameter } from "../tensor/parameter.ts";
import type { Tensor } from "../tensor/tensor.ts";

export interface SGDOptions {
  readonly lr: number;
  /** Share of the last step's direction that is kept; default 0. */
  readonly momentum?: number;
  /** Share of the gradient left out once momentum is there; default 0. */
  readonly dampening?: number;
  /** Added to the gradient for every unit of the parameter (L2 penalty); default 0. */
  readonly weightDecay?: number;
  /** Nesterov's look-ahead; default false. */
  readonly nesterov?: boolean;
}

/**
 * SGD with momentum, as PyTorch defines it: v ← μ v + (1 - τ) g (v = g at the first step), p ← p - lr v.
 *
 * @example
 * const optimizer = new SGD(model.parameters(), { lr: 0.01, momentum: 0.9 });
 */
export class SGD extends Optimizer {
  protected override readonly stateNames: readonly string[];
  readonly #options: SGDOptions;

  constructor(parameters: Iterable<Parameter>, options: SGDOptions) {
    super(parameters, options.lr);
    this.#options = options;
    this.stateNames = (options.momentum ?? 0) !== 0 ? ["momentum"] : [];
  }

  protected override update(p: Tensor, gradient: Tensor, state: Readonly<Record<string, Tensor>>): Update {
    const { momentum = 0, dampening = 0, weightDecay = 0, nesterov = false } = this.#options;
    const g = weightDecay === 0 ? gradient : gradient.add(p.mul(weightDecay));
    if (momentum === 0) return { parameter: p.sub(g.mul(this.lr)), state };
    // The first step takes the gradient whole.
    const share = this.steps === 1 ? 1 : 1 - dampening;
    const v = (state["momentum"] as Tensor).mul(momentum).add(g.mul(share));
    const direction = nesterov ? g.add(v.mul(momentum)) : v;
    return { parameter: p.sub(direction.mul(this.lr)), state: { momentum: v } };
  }
}
