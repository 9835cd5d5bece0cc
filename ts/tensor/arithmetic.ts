/** Elementwise methods of tensors. */
import { type DType, dtypes } from "../core/dtype.ts";
import type { Node } from "../graph/node.ts";
import * as activation from "../ops/activation.ts";
import * as op from "../ops/elementwise.ts";
import * as trigonometry from "../ops/trigonometry.ts";
import { Handle, type Operand } from "./handle.ts";

export abstract class Arithmetic<T extends Arithmetic<T>> extends Handle<T> {
  /**
   * this + other, broadcast.
   *
   * @example
   * await tensor([[1], [2]]).add(tensor([10, 20])).array(); // [[11, 21], [12, 22]]
   */
  add(other: Operand<T>): T {
    return this.#with(op.add, other);
  }
  /**
   * this - other, broadcast.
   *
   * @example
   * await tensor([3, 4]).sub(1).array(); // [2, 3]
   */
  sub(other: Operand<T>): T {
    return this.#with(op.sub, other);
  }
  /**
   * this × other, element by element, broadcast.
   *
   * @example
   * await tensor([3, 4]).mul(2).array(); // [6, 8]
   */
  mul(other: Operand<T>): T {
    return this.#with(op.mul, other);
  }
  /**
   * this / other, broadcast; integers become float32.
   *
   * @example
   * await tensor([3, 4]).div(2).array(); // [1.5, 2]
   */
  div(other: Operand<T>): T {
    return this.#with((a, b) => op.div(real(a), real(b)), other);
  }
  /**
   * this to the power of other; squares, cubes, roots and reciprocals take their cheaper form.
   *
   * @example
   * await tensor([2, 3]).pow(2).array(); // [4, 9]
   */
  pow(other: Operand<T>): T {
    return this.wrap(activation.power(this.node, typeof other === "number" ? other : this.operand(other)));
  }
  /**
   * The remainder with the sign of the divisor.
   *
   * @example
   * await tensor([-3, 5]).remainder(4).array(); // [1, 1]
   */
  remainder(other: Operand<T>): T {
    return this.#with(op.mod, other);
  }
  /**
   * The remainder with the sign of this tensor.
   *
   * @example
   * await tensor([-3, 5]).fmod(4).array(); // [-3, 1]
   */
  fmod(other: Operand<T>): T {
    return this.#with(op.fmod, other);
  }
  /**
   * The larger of both; NaN wins.
   *
   * @example
   * await tensor([1, 5]).maximum(3).array(); // [3, 5]
   */
  maximum(other: Operand<T>): T {
    return this.#with(op.maximum, other);
  }
  /** The smaller of both; NaN wins. */
  minimum(other: Operand<T>): T {
    return this.#with(op.minimum, other);
  }

  /**
   * this = other, as bool.
   *
   * @example
   * await tensor([1, 2]).eq(2).array(); // [false, true]
   */
  eq(other: Operand<T>): T {
    return this.#with(op.eq, other);
  }
  /** this ≠ other, as bool. */
  ne(other: Operand<T>): T {
    return this.#with((a, b) => op.not(op.eq(a, b)), other);
  }
  /** this < other, as bool. */
  lt(other: Operand<T>): T {
    return this.#with(op.lt, other);
  }
  /** this ≤ other, as bool. */
  le(other: Operand<T>): T {
    return this.#with(op.le, other);
  }
  /** this > other, as bool. */
  gt(other: Operand<T>): T {
    return this.#with((a, b) => op.lt(b, a), other);
  }
  /** this ≥ other, as bool. */
  ge(other: Operand<T>): T {
    return this.#with((a, b) => op.le(b, a), other);
  }
  /** Both true (not 0), as bool. */
  logicalAnd(other: Operand<T>): T {
    return this.#with((a, b) => op.and(truth(a), truth(b)), other);
  }
  /** Either true, as bool. */
  logicalOr(other: Operand<T>): T {
    return this.#with((a, b) => op.or(truth(a), truth(b)), other);
  }
  /** One true, not both, as bool. */
  logicalXor(other: Operand<T>): T {
    return this.#with((a, b) => op.xor(truth(a), truth(b)), other);
  }
  /** Not true, as bool. */
  logicalNot(): T {
    return this.wrap(op.not(this.node));
  }
  /**
   * The bits that both have; integers and bool, as for all methods of bits below.
   *
   * @example
   * await tensor([6, 5], { dtype: "int32" }).bitwiseAnd(3).array(); // [2, 1]
   */
  bitwiseAnd(other: Operand<T>): T {
    return this.#with(op.and, other);
  }
  /** The bits that either has. */
  bitwiseOr(other: Operand<T>): T {
    return this.#with(op.or, other);
  }
  /** The bits that one has and not both. */
  bitwiseXor(other: Operand<T>): T {
    return this.#with(op.xor, other);
  }
  /** Every bit turned over. */
  bitwiseNot(): T {
    return this.wrap(op.invert(this.node));
  }
  /** Bits moved up by `other` places; those that leave are lost. */
  bitwiseLeftShift(other: Operand<T>): T {
    return this.#with(op.shiftLeft, other);
  }
  /** Bits moved down by `other` places; the sign's bit comes in, 0 where there is none. */
  bitwiseRightShift(other: Operand<T>): T {
    return this.#with(op.shiftRight, other);
  }
  /**
   * This where `condition` is true, else `other`.
   *
   * @example
   * await tensor([1, 2]).where(tensor([true, false]), 0).array(); // [1, 0]
   */
  where(condition: T, other: Operand<T>): T {
    return this.wrap(op.where(condition.node, this.node, this.operand(other)));
  }
  /**
   * `value` where `mask` is true, else this.
   *
   * @example
   * await tensor([1, 2]).maskedFill(tensor([true, false]), -1).array(); // [-1, 2]
   */
  maskedFill(mask: T, value: Operand<T>): T {
    return this.wrap(op.where(mask.node, this.operand(value), this.node));
  }
  /**
   * True where NaN.
   *
   * @example
   * await tensor([1, Number.NaN]).isnan().array(); // [false, true]
   */
  isnan(): T {
    return this.wrap(op.not(op.eq(this.node, this.node)));
  }
  /**
   * Limited to min … max; either may be absent.
   *
   * @example
   * await tensor([-2, 0, 2]).clamp(-1, 1).array(); // [-1, 0, 1]
   */
  clamp(min?: number | null, max?: number | null): T {
    return this.wrap(activation.clamp(this.node, min ?? null, max ?? null));
  }

  /** -this. */
  neg(): T {
    return this.wrap(op.neg(this.node));
  }
  /** |this|. */
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
  /** Rounds towards -∞. */
  floor(): T {
    return this.wrap(op.floor(this.node));
  }
  /** Rounds towards ∞. */
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
  /** Rounds toward 0. */
  trunc(): T {
    return this.wrap(op.trunc(this.node));
  }
  /** √this; integers become float32, as for all functions of reals below. */
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
  /** this × this. */
  square(): T {
    return this.wrap(op.mul(this.node, this.node));
  }
  /** 1 / this. */
  reciprocal(): T {
    return this.wrap(activation.power(this.node, -1));
  }
  /** eˣ. */
  exp(): T {
    return this.wrap(op.exp(this.node));
  }
  /** eˣ - 1, accurate near 0. */
  expm1(): T {
    return this.wrap(op.expm1(this.node));
  }
  /** Natural logarithm. */
  log(): T {
    return this.wrap(op.log(this.node));
  }
  /** ln(1 + x), accurate near 0. */
  log1p(): T {
    return this.wrap(op.log1p(this.node));
  }
  /** Sine of radians. */
  sin(): T {
    return this.wrap(op.sin(this.node));
  }
  /** Cosine of radians. */
  cos(): T {
    return this.wrap(op.cos(this.node));
  }
  /** Tangent of radians. */
  tan(): T {
    return this.wrap(op.tan(this.node));
  }
  /** The angle in ±π/2 whose sine this is. */
  asin(): T {
    return this.wrap(trigonometry.asin(this.node));
  }
  /** The angle in 0 … π whose cosine this is. */
  acos(): T {
    return this.wrap(trigonometry.acos(this.node));
  }
  /** The angle in ±π/2 whose tangent this is. */
  atan(): T {
    return this.wrap(op.atan(this.node));
  }
  /** Hyperbolic sine. */
  sinh(): T {
    return this.wrap(trigonometry.sinh(this.node));
  }
  /** Hyperbolic cosine. */
  cosh(): T {
    return this.wrap(trigonometry.cosh(this.node));
  }
  /** The number whose hyperbolic sine this is. */
  asinh(): T {
    return this.wrap(trigonometry.asinh(this.node));
  }
  /** The number of 0 … ∞ whose hyperbolic cosine this is. */
  acosh(): T {
    return this.wrap(trigonometry.acosh(this.node));
  }
  /** The number whose hyperbolic tangent this is. */
  atanh(): T {
    return this.wrap(trigonometry.atanh(this.node));
  }
  /** Hyperbolic tangent. */
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
  /** 1 / (1 + e⁻ˣ). */
  sigmoid(): T {
    return this.wrap(op.sigmoid(this.node));
  }
  /** x σ(x). */
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
  /** ln(1 + eˣ). */
  softplus(): T {
    return this.wrap(activation.softplus(this.node));
  }
  /** x where x > 0, else slope × x. */
  leakyRelu(slope = 0.01): T {
    return this.wrap(activation.leakyRelu(this.node, slope));
  }
  /** x where x > 0, else α (eˣ - 1). */
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

  #with(build: (a: Node, b: Node) => Node, other: Operand<T>): T {
    return this.wrap(build(this.node, this.operand(other)));
  }
}

const real = (x: Node): Node => (dtypes[x.dtype].float ? x : op.cast(x, "float32"));
const truth = (x: Node): Node => (x.dtype === "bool" ? x : op.not(op.not(x)));
