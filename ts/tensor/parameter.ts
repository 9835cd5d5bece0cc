/** Parameters: the mutable cells among tensors. */
import { formatShape } from "../core/shape.ts";
import { makeSource, type Source } from "../graph/node.ts";
import { leaf } from "../ops/leaf.ts";
import { residentLeaf, Tensor } from "./tensor.ts";

/**
 * A tensor whose value is replaced in place, by an optimiser or by {@link Parameter.assign}. It lives on the device.
 *
 * @example
 * const w = new Parameter(randn([10, 784]).mul(0.01), "w");
 */
export class Parameter extends Tensor {
  /** Its name in messages, e.g. "0.weight". */
  name: string;
  /** Whether optimisers may change it. */
  readonly trainable: boolean;

  constructor(first: Tensor, name = "parameter", options: { trainable?: boolean } = {}) {
    const trainable = options.trainable ?? true;
    super(residentLeaf(first.node, trainable));
    this.name = name;
    this.trainable = trainable;
  }

  /** Takes the value of a tensor of the same shape and dtype; what was built on the old value can no longer be asked for. */
  assign(value: Tensor): void {
    const next = residentLeaf(value.node, this.trainable);
    this.#retire();
    this.replace(next);
  }

  /** Stands for the device's buffer after an update wrote a new value there. */
  advance(): void {
    const { buffer } = this.node.source as Source;
    const { shape, dtype } = this;
    this.#retire();
    this.replace(leaf(makeSource(null, buffer, true), shape, dtype, this.trainable));
  }

  override toString(): string {
    return `Parameter(${this.name}, ${formatShape(this.shape)}, ${this.dtype})`;
  }

  #retire(): void {
    const source = this.node.source as Source;
    source.stale = `${this.name}: cannot compute from its value before the update: it was overwritten; realize() what you need before optimizer.step() or hand it to step()`;
  }
}
