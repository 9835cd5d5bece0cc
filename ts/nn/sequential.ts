/** A chain of layers. */
import type { Tensor } from "../tensor/tensor.ts";
import { Module } from "./module.ts";

/**
 * Layers one after the other; `model[i]` is the i-th.
 *
 * @example
 * const model = new nn.Sequential(new nn.Linear(4, 8), new nn.ReLU(), new nn.Linear(8, 2));
 * Object.keys(model.stateDict()); // ["0.weight", "0.bias", "2.weight", "2.bias"]
 */
export class Sequential extends Module {
  readonly [index: number]: Module;

  constructor(...layers: readonly Module[]) {
    super();
    layers.forEach((layer, i) => {
      if (!(layer instanceof Module)) throw new TypeError(`Sequential: cannot use layer ${i}: wanted a Module`);
      // Enumerable fields, so the walk over a module's parts finds them under PyTorch's names: "0.weight".
      Object.assign(this, { [i]: layer });
    });
    this.namedParameters();
  }

  /** Number of layers. */
  get length(): number {
    return this.children().length;
  }

  /** The layers in order. */
  *[Symbol.iterator](): Iterator<Module> {
    for (let i = 0; this[i] !== undefined; i++) yield this[i] as Module;
  }

  override forward(x: Tensor): Tensor {
    let y = x;
    for (let i = 0; this[i] !== undefined; i++) y = (this[i] as Module).forward(y);
    return y;
  }
}
