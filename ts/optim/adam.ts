/** Adam and AdamW. */
import type { Parameter } from "../tensor/parameter.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { checkNumber, Optimizer, type Tensors, type Update } from "./optimizer.ts";

/** Options of {@link Adam} and {@link AdamW}. */
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

type State = Readonly<Record<"m" | "v", Tensor>>;
type Numbers = Readonly<
  Record<"size" | "root" | "eps" | "keepM" | "takeM" | "keepV" | "takeV" | "decay" | "shrink", Tensor>
>;

/**
 * Adam (Kingma, Ba 2014), as PyTorch computes it: p ← p - lr / (1 - β₁ᵗ) m / (√v / √(1 - β₂ᵗ) + ε).
 *
 * @example
 * const model = new nn.Linear(4, 2);
 * const optimizer = new optim.Adam(model.parameters(), { lr: 1e-3 });
 * await optimizer.step(model.forward(zeros([8, 4])).square().mean());
 */
export class Adam extends Optimizer {
  /** @internal */
  protected override readonly stateNames: readonly string[] = ["m", "v"];
  /** All options, those not given by their defaults. @internal */
  protected readonly options: Required<AdamOptions>;

  constructor(parameters: Iterable<Parameter>, options: AdamOptions = {}) {
    super(parameters, options.lr ?? 1e-3);
    this.options = { lr: 1e-3, betas: [0.9, 0.999], eps: 1e-8, weightDecay: 0, ...options };
    const { betas, eps, weightDecay } = this.options;
    for (const beta of betas) checkNumber("betas", beta, 1);
    checkNumber("eps", eps);
    checkNumber("weightDecay", weightDecay);
  }

  /** @internal */
  protected override numbers(step: number): Record<keyof Numbers, number> {
    const { betas, eps, weightDecay } = this.options;
    const [b1, b2] = betas;
    return {
      size: this.lr / (1 - power(b1, step)),
      root: 1 / Math.sqrt(1 - power(b2, step)),
      eps,
      keepM: b1,
      takeM: 1 - b1,
      keepV: b2,
      takeV: 1 - b2,
      decay: weightDecay,
      shrink: 1 - this.lr * weightDecay,
    };
  }

  /** @internal */
  protected override update(p: Tensor, gradient: Tensor, state: Tensors, n: Tensors): Update {
    const g = this.options.weightDecay === 0 ? gradient : gradient.add(p.mul((n as Numbers).decay));
    return this.descend(p, g, state as State, n as Numbers);
  }

  /** The step along the averages, from where `p` is. @internal */
  protected descend(p: Tensor, g: Tensor, state: State, n: Numbers): Update {
    const m = state.m.mul(n.keepM).add(g.mul(n.takeM));
    const v = state.v.mul(n.keepV).add(g.mul(g).mul(n.takeV));
    const scale = v.sqrt().mul(n.root).add(n.eps);
    return { parameter: p.sub(m.div(scale).mul(n.size)), state: { m, v } };
  }
}

/** xⁿ by squaring: engines may round their own `**` in different ways. */
function power(x: number, n: number): number {
  let [result, base] = [1, x];
  for (let left = n; left > 0; left = Math.floor(left / 2)) {
    if (left % 2 === 1) result *= base;
    base *= base;
  }
  return result;
}

/**
 * Adam with decoupled weight decay (Loshchilov, Hutter 2017): p shrinks by lr × weightDecay before the step.
 *
 * @example
 * const model = new nn.Linear(4, 2);
 * const optimizer = new optim.AdamW(model.parameters(), { lr: 1e-3, weightDecay: 0.1 });
 * await optimizer.step(model.forward(zeros([8, 4])).square().mean());
 */
export class AdamW extends Adam {
  constructor(parameters: Iterable<Parameter>, options: AdamOptions = {}) {
    super(parameters, { weightDecay: 0.01, ...options });
  }

  /** @internal */
  protected override update(p: Tensor, gradient: Tensor, state: Tensors, n: Tensors): Update {
    return this.descend(p.mul((n as Numbers).shrink), gradient, state as State, n as Numbers);
  }
}
