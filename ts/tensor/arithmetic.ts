/** Methods of tensors that combine elements of two: arithmetic, comparisons, logic, bits, and choice between them. */
import { dtypes } from "../core/dtype.ts";
import type { Node } from "../graph/node.ts";
import * as activation from "../ops/activation.ts";
import * as op from "../ops/elementwise.ts";
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
  /**
   * The smaller of both; NaN wins.
   *
   * @example
   * await tensor([1, 5]).minimum(3).array(); // [1, 3]
   */
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
  /**
   * this ≠ other, as bool.
   *
   * @example
   * await tensor([1, 2]).ne(2).array(); // [true, false]
   */
  ne(other: Operand<T>): T {
    return this.#with((a, b) => op.not(op.eq(a, b)), other);
  }
  /**
   * this < other, as bool.
   *
   * @example
   * await tensor([1, 2, 3]).lt(2).array(); // [true, false, false]
   */
  lt(other: Operand<T>): T {
    return this.#with(op.lt, other);
  }
  /**
   * this ≤ other, as bool.
   *
   * @example
   * await tensor([1, 2, 3]).le(2).array(); // [true, true, false]
   */
  le(other: Operand<T>): T {
    return this.#with(op.le, other);
  }
  /**
   * this > other, as bool.
   *
   * @example
   * await tensor([1, 2, 3]).gt(2).array(); // [false, false, true]
   */
  gt(other: Operand<T>): T {
    return this.#with((a, b) => op.lt(b, a), other);
  }
  /**
   * this ≥ other, as bool.
   *
   * @example
   * await tensor([1, 2, 3]).ge(2).array(); // [false, true, true]
   */
  ge(other: Operand<T>): T {
    return this.#with((a, b) => op.le(b, a), other);
  }
  /**
   * Both true (not 0), as bool.
   *
   * @example
   * await tensor([0, 1, 2]).logicalAnd(tensor([true, false, true])).array(); // [false, false, true]
   */
  logicalAnd(other: Operand<T>): T {
    return this.#with((a, b) => op.and(truth(a), truth(b)), other);
  }
  /**
   * Either true, as bool.
   *
   * @example
   * await tensor([0, 1, 2]).logicalOr(tensor([false, false, true])).array(); // [false, true, true]
   */
  logicalOr(other: Operand<T>): T {
    return this.#with((a, b) => op.or(truth(a), truth(b)), other);
  }
  /**
   * One true, not both, as bool.
   *
   * @example
   * await tensor([0, 1, 2]).logicalXor(tensor([true, false, true])).array(); // [true, true, false]
   */
  logicalXor(other: Operand<T>): T {
    return this.#with((a, b) => op.xor(truth(a), truth(b)), other);
  }
  /**
   * Not true, as bool.
   *
   * @example
   * await tensor([0, 1, 2]).logicalNot().array(); // [true, false, false]
   */
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
  /**
   * The bits that either has.
   *
   * @example
   * await tensor([6, 5], { dtype: "int32" }).bitwiseOr(3).array(); // [7, 7]
   */
  bitwiseOr(other: Operand<T>): T {
    return this.#with(op.or, other);
  }
  /**
   * The bits that one has and not both.
   *
   * @example
   * await tensor([6, 5], { dtype: "int32" }).bitwiseXor(3).array(); // [5, 6]
   */
  bitwiseXor(other: Operand<T>): T {
    return this.#with(op.xor, other);
  }
  /**
   * Every bit turned over.
   *
   * @example
   * await tensor([0, 5], { dtype: "int32" }).bitwiseNot().array(); // [-1, -6]
   */
  bitwiseNot(): T {
    return this.wrap(op.invert(this.node));
  }
  /**
   * Bits moved up by `other` places; those that leave are lost.
   *
   * @example
   * await tensor([1, 5], { dtype: "int32" }).bitwiseLeftShift(2).array(); // [4, 20]
   */
  bitwiseLeftShift(other: Operand<T>): T {
    return this.#with(op.shiftLeft, other);
  }
  /**
   * Bits moved down by `other` places; the sign's bit comes in, 0 where there is none.
   *
   * @example
   * await tensor([9, -9], { dtype: "int32" }).bitwiseRightShift(1).array(); // [4, -5]
   */
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

  #with(build: (a: Node, b: Node) => Node, other: Operand<T>): T {
    return this.wrap(build(this.node, this.operand(other)));
  }
}

const real = (x: Node): Node => (dtypes[x.dtype].float ? x : op.cast(x, "float32"));
const truth = (x: Node): Node => (x.dtype === "bool" ? x : op.not(op.not(x)));
