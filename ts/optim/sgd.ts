/** Stochastic gradient descent. */
import type { Parameter } from "../tensor/parameter.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { checkNumber, Optimizer, type Tensors, type Update } from "./optimizer.ts";

/** Options of {@link SGD}. */
export interface SGDOptions {
  /** Learning rate. */
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

type Numbers = Readonly<Record<"lr" | "momentum" | "weightDecay" | "share", Tensor>>;

/**
 * SGD with momentum, as PyTorch defines it: v ← μ v + (1 - τ) g (v = g at the first step), p ← p - lr v.
 *
 * @example
 * const model = new nn.Linear(4, 2);
 * const optimizer = new optim.SGD(model.parameters(), { lr: 0.01, momentum: 0.9 });
 * await optimizer.step(model.forward(zeros([8, 4])).square().mean());
 */
export class SGD extends Optimizer {
  /** @internal */
  protected override readonly stateNames: readonly string[];
  readonly #options: Required<SGDOptions>;

  constructor(parameters: Iterable<Parameter>, options: SGDOptions) {
    super(parameters, options.lr);
    this.#options = { momentum: 0, dampening: 0, weightDecay: 0, nesterov: false, ...options };
    checkNumber("momentum", this.#options.momentum);
    checkNumber("weightDecay", this.#options.weightDecay);
    this.stateNames = this.#options.momentum !== 0 ? ["momentum"] : [];
  }

  /** @internal */
  protected override numbers(step: number): Record<keyof Numbers, number> {
    const { momentum, dampening, weightDecay } = this.#options;
    // The first step takes the gradient whole.
    return { lr: this.lr, momentum, weightDecay, share: step === 1 ? 1 : 1 - dampening };
  }

  /** @internal */
  protected override update(p: Tensor, gradient: Tensor, state: Tensors, n: Tensors): Update {
    const { lr, momentum, weightDecay, share } = n as Numbers;
    const options = this.#options;
    const g = options.weightDecay === 0 ? gradient : gradient.add(p.mul(weightDecay));
    if (options.momentum === 0) return { parameter: p.sub(g.mul(lr)), state };
    const v = (state["momentum"] as Tensor).mul(momentum).add(options.dampening === 0 ? g : g.mul(share));
    const direction = options.nesterov ? g.add(v.mul(momentum)) : v;
    return { parameter: p.sub(direction.mul(lr)), state: { momentum: v } };
  }
}
