/** Methods of tensors that are functions of every element by itself, activations and conversions among them. */
import type { DType } from "../core/dtype.ts";
import * as activation from "../ops/activation.ts";
import * as op from "../ops/elementwise.ts";
import * as trigonometry from "../ops/trigonometry.ts";
import { Arithmetic } from "./arithmetic.ts";

export abstract class Functions<T extends Functions<T>> extends Arithmetic<T> {
  /**
   * -this.
   *
   * @example
   * await tensor([1, -2]).neg().array(); // [-1, 2]
   */
  neg(): T {
    return this.wrap(op.neg(this.node));
  }
  /**
   * |this|.
   *
   * @example
   * await tensor([1, -2]).abs().array(); // [1, 2]
   */
  abs(): T {
    return this.wrap(op.abs(this.node));
  }
  /**
   * -1, 0 or 1.
   *
   * @example
   * await tensor([-2, 0, 2]).sign().array(); // [-1, 0, 1]
   */
  sign(): T {
    return this.wrap(op.sign(this.node));
  }
  /**
   * Rounds towards -∞.
   *
   * @example
   * await tensor([1.5, -1.5]).floor().array(); // [1, -2]
   */
  floor(): T {
    return this.wrap(op.floor(this.node));
  }
  /**
   * Rounds towards ∞.
   *
   * @example
   * await tensor([1.5, -1.5]).ceil().array(); // [2, -1]
   */
  ceil(): T {
    return this.wrap(op.ceil(this.node));
  }
  /**
   * Rounds half to even.
   *
   * @example
   * await tensor([0.5, 1.5, -2.4]).round().array(); // [0, 2, -2]
   */
  round(): T {
    return this.wrap(op.round(this.node));
  }
  /**
   * Rounds toward 0.
   *
   * @example
   * await tensor([1.5, -1.5]).trunc().array(); // [1, -1]
   */
  trunc(): T {
    return this.wrap(op.trunc(this.node));
  }
  /**
   * √this; integers become float32, as for all functions of reals below.
   *
   * @example
   * await tensor([4, 9]).sqrt().array(); // [2, 3]
   */
  sqrt(): T {
    return this.wrap(op.sqrt(this.node));
  }
  /**
   * 1 / √this.
   *
   * @example
   * await tensor([4, 16]).rsqrt().array(); // [0.5, 0.25]
   */
  rsqrt(): T {
    return this.wrap(activation.power(this.node, -0.5));
  }
  /**
   * this × this.
   *
   * @example
   * await tensor([3, -4]).square().array(); // [9, 16]
   */
  square(): T {
    return this.wrap(op.mul(this.node, this.node));
  }
  /**
   * 1 / this.
   *
   * @example
   * await tensor([2, -4]).reciprocal().array(); // [0.5, -0.25]
   */
  reciprocal(): T {
    return this.wrap(activation.power(this.node, -1));
  }
  /**
   * eˣ.
   *
   * @example
   * await tensor([0, 1]).exp().array(); // [1, 2.718282]
   */
  exp(): T {
    return this.wrap(op.exp(this.node));
  }
  /**
   * eˣ - 1, accurate near 0.
   *
   * @example
   * await tensor([0, 0.001]).expm1().array(); // [0, 0.0010005]
   */
  expm1(): T {
    return this.wrap(op.expm1(this.node));
  }
  /**
   * Natural logarithm.
   *
   * @example
   * await tensor([1, 10]).log().array(); // [0, 2.302585]
   */
  log(): T {
    return this.wrap(op.log(this.node));
  }
  /**
   * ln(1 + x), accurate near 0.
   *
   * @example
   * await tensor([0, 0.001]).log1p().array(); // [0, 0.0009995003]
   */
  log1p(): T {
    return this.wrap(op.log1p(this.node));
  }
  /**
   * Sine of radians.
   *
   * @example
   * await tensor([0, 1]).sin().array(); // [0, 0.841471]
   */
  sin(): T {
    return this.wrap(op.sin(this.node));
  }
  /**
   * Cosine of radians.
   *
   * @example
   * await tensor([0, 1]).cos().array(); // [1, 0.5403023]
   */
  cos(): T {
    return this.wrap(op.cos(this.node));
  }
  /**
   * Tangent of radians.
   *
   * @example
   * await tensor([0, 1]).tan().array(); // [0, 1.557408]
   */
  tan(): T {
    return this.wrap(op.tan(this.node));
  }
  /**
   * The angle in ±π/2 whose sine this is.
   *
   * @example
   * await tensor([0, 1]).asin().array(); // [0, 1.570796]
   */
  asin(): T {
    return this.wrap(trigonometry.asin(this.node));
  }
  /**
   * The angle in 0 … π whose cosine this is.
   *
   * @example
   * await tensor([1, 0]).acos().array(); // [0, 1.570796]
   */
  acos(): T {
    return this.wrap(trigonometry.acos(this.node));
  }
  /**
   * The angle in ±π/2 whose tangent this is.
   *
   * @example
   * await tensor([0, 1]).atan().array(); // [0, 0.7853982]
   */
  atan(): T {
    return this.wrap(op.atan(this.node));
  }
  /**
   * Hyperbolic sine.
   *
   * @example
   * await tensor([0, 1]).sinh().array(); // [0, 1.175201]
   */
  sinh(): T {
    return this.wrap(trigonometry.sinh(this.node));
  }
  /**
   * Hyperbolic cosine.
   *
   * @example
   * await tensor([0, 1]).cosh().array(); // [1, 1.543081]
   */
  cosh(): T {
    return this.wrap(trigonometry.cosh(this.node));
  }
  /**
   * The number whose hyperbolic sine this is.
   *
   * @example
   * await tensor([0, 1]).asinh().array(); // [0, 0.8813736]
   */
  asinh(): T {
    return this.wrap(trigonometry.asinh(this.node));
  }
  /**
   * The number of 0 … ∞ whose hyperbolic cosine this is.
   *
   * @example
   * await tensor([1, 2]).acosh().array(); // [0, 1.316958]
   */
  acosh(): T {
    return this.wrap(trigonometry.acosh(this.node));
  }
  /**
   * The number whose hyperbolic tangent this is.
   *
   * @example
   * await tensor([0, 0.5]).atanh().array(); // [0, 0.5493061]
   */
  atanh(): T {
    return this.wrap(trigonometry.atanh(this.node));
  }
  /**
   * Hyperbolic tangent.
   *
   * @example
   * await tensor([0, 1]).tanh().array(); // [0, 0.7615942]
   */
  tanh(): T {
    return this.wrap(op.tanh(this.node));
  }
  /**
   * The Gauss error function.
   *
   * @example
   * await tensor([0, 9]).erf().array(); // [0, 1]
   */
  erf(): T {
    return this.wrap(op.erf(this.node));
  }

  /**
   * max(x, 0).
   *
   * @example
   * await tensor([-1, 2]).relu().array(); // [0, 2]
   */
  relu(): T {
    return this.wrap(op.relu(this.node));
  }
  /**
   * 1 / (1 + e⁻ˣ).
   *
   * @example
   * await tensor([0, 1]).sigmoid().array(); // [0.5, 0.7310586]
   */
  sigmoid(): T {
    return this.wrap(op.sigmoid(this.node));
  }
  /**
   * x σ(x).
   *
   * @example
   * await tensor([0, 1]).silu().array(); // [0, 0.7310586]
   */
  silu(): T {
    return this.wrap(activation.silu(this.node));
  }
  /**
   * x Φ(x), by erf or by tanh's approximation.
   *
   * @example
   * await tensor([1]).gelu({ approximate: "tanh" }).array(); // [0.841192]
   */
  gelu(options: { approximate?: "none" | "tanh" } = {}): T {
    return this.wrap(activation.gelu(this.node, options.approximate ?? "none"));
  }
  /**
   * ln(1 + eˣ).
   *
   * @example
   * await tensor([0, 1]).softplus().array(); // [0.6931472, 1.313262]
   */
  softplus(): T {
    return this.wrap(activation.softplus(this.node));
  }
  /**
   * x where x > 0, else slope × x.
   *
   * @example
   * await tensor([-1, 2]).leakyRelu(0.1).array(); // [-0.1, 2]
   */
  leakyRelu(slope = 0.01): T {
    return this.wrap(activation.leakyRelu(this.node, slope));
  }
  /**
   * x where x > 0, else α (eˣ - 1).
   *
   * @example
   * await tensor([-1, 2]).elu().array(); // [-0.6321206, 2]
   */
  elu(alpha = 1): T {
    return this.wrap(activation.elu(this.node, alpha));
  }

  /**
   * The same values as another dtype: float → integer truncates, any → bool asks for not 0.
   *
   * @example
   * await tensor([-1.5, 2.5]).to("int32").array(); // [-1, 2]
   */
  to(dtype: DType): T {
    return this.wrap(op.cast(this.node, dtype));
  }

  /**
   * The same bits as another dtype of the same size.
   *
   * @example
   * await tensor([1]).bitcast("int32").item(); // 1065353216
   */
  bitcast(dtype: DType): T {
    return this.wrap(op.bitcast(this.node, dtype));
  }
}
