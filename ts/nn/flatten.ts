/** Layers that compute nothing. */
import type { Tensor } from "../tensor/tensor.ts";
import { Module } from "./module.ts";

/**
 * Axes `start` … `end` as one; by default all but the batch.
 *
 * @example
 * new nn.Flatten().forward(zeros([64, 16, 5, 5])).shape; // [64, 400]
 */
export class Flatten extends Module {
  /** First axis that is joined. */
  readonly start: number;
  /** Last axis that is joined; negative ones count from the end. */
  readonly end: number;

  constructor(start = 1, end = -1) {
    super();
    this.start = start;
    this.end = end;
  }

  override forward(x: Tensor): Tensor {
    return x.flatten(this.start, this.end);
  }
}

/**
 * Its input: holds the place of a layer.
 *
 * @example
 * await new nn.Identity().forward(tensor([1])).array(); // [1]
 */
export class Identity extends Module {
  override forward(x: Tensor): Tensor {
    return x;
  }
}
