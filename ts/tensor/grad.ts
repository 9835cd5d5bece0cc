/** Gradients of functions of tensors. */
import { gradients } from "../autograd/gradients.ts";
import { dtypes } from "../core/dtype.ts";
import { DTypeError } from "../core/errors.ts";
import { Tensor } from "./tensor.ts";

/** A function of tensors with one element as its value. */
export type ScalarFunction<A extends readonly Tensor[]> = (...inputs: A) => Tensor;

/** A function's value and its gradients, one for each input. */
export interface ValueAndGrads<A extends readonly Tensor[]> {
  /** One element. */
  readonly value: Tensor;
  /** Of the shapes of the inputs. */
  readonly grads: { [K in keyof A]: Tensor };
}

/**
 * The function that also returns the gradients with respect to every input. It nests: gradients have gradients. Throws
 * {@link DTypeError} for inputs that are no tensors, {@link ShapeError} where the value has more than one element.
 *
 * @example
 * const [w, x] = [tensor([1, 2]), tensor([3, 4])];
 * const { value, grads } = valueAndGrad((a: Tensor, b: Tensor) => a.mul(b).sum())(w, x);
 * await value.item(); // 11
 * await grads[0].array(); // [3, 4]
 */
export function valueAndGrad<A extends readonly Tensor[]>(f: ScalarFunction<A>): (...inputs: A) => ValueAndGrads<A> {
  return (...inputs) => {
    for (const input of inputs) {
      const type = input instanceof Tensor ? input.dtype : typeof input;
      if (!(input instanceof Tensor && dtypes[input.dtype].float))
        throw new DTypeError(`grad: cannot differentiate by ${type}: wanted tensors of floats`);
    }
    const value = f(...inputs);
    if (!(value instanceof Tensor))
      throw new DTypeError(`grad: cannot differentiate ${typeof value}: wanted a function that returns a tensor`);
    const grads = gradients(
      value.node,
      inputs.map((input) => input.node),
    ).map((node) => new Tensor(node));
    return { value, grads: grads as { [K in keyof A]: Tensor } };
  };
}

/**
 * The gradient function: one tensor for a function of one input, else one for each input. Throws as {@link valueAndGrad}
 * does.
 *
 * @example
 * const cube = (x: Tensor): Tensor => x.pow(3).sum();
 * const slope = grad(cube); // 3 x²
 * await slope(tensor([1, 2])).array(); // [3, 12]
 * await grad((x: Tensor) => slope(x).sum())(tensor([1, 2])).array(); // [6, 12]
 */
export function grad<A extends readonly Tensor[]>(
  f: ScalarFunction<A>,
): (...inputs: A) => A extends readonly [Tensor] ? Tensor : { [K in keyof A]: Tensor } {
  return (...inputs) => {
    const { grads } = valueAndGrad(f)(...inputs);
    return (inputs.length === 1 ? grads[0] : grads) as A extends readonly [Tensor]
      ? Tensor
      : { [K in keyof A]: Tensor };
  };
}
