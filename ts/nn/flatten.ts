/** Layers that compute nothing. */
import type { Tensor } from "../tensor/tensor.ts";
import { Module } from "./module.ts";

/** Axes `start` … `end` as one; by default all but the batch. */
export class Flatten extends Module {
  readonly start: number;
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

/** Its input. */
export class Identity extends Module {
  override forward(x: Tensor): Tensor {
    return x;
  }
}
