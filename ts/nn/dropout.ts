/** Dropout. */
import type { Tensor } from "../tensor/tensor.ts";
import { dropout } from "./functional.ts";
import { Module } from "./module.ts";

/**
 * In training, sets elements to 0 with probability p and divides the others by 1 - p; in inference, nothing. Every forward
 * takes its own key from the default generator.
 *
 * @example
 * const layer = new nn.Dropout(0.5);
 * await layer.eval().forward(tensor([1, 2])).array(); // [1, 2]
 */
export class Dropout extends Module {
  /** Probability that an element becomes 0. */
  readonly p: number;

  constructor(p = 0.5) {
    super();
    if (!(p >= 0 && p <= 1)) throw new RangeError(`Dropout: cannot drop with probability ${p}: wanted 0 to 1`);
    this.p = p;
  }

  override forward(x: Tensor): Tensor {
    return this.training ? dropout(x, this.p) : x;
  }
}
