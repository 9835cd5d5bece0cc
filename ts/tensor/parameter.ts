/** Parameters: the mutable cells among tensors. */
import { DTypeError, ShapeError } from "../core/errors.ts";
import { formatShape, sameShape } from "../core/shape.ts";
import { evaluateNow } from "../execution/running.ts";
import { isResident } from "../graph/key.ts";
import { makeSource, type Node, type Source, topological } from "../graph/node.ts";
import { leaf } from "../ops/leaf.ts";
import { residentLeaf, Tensor } from "./tensor.ts";

/** Whether a value has to be computed from values that live on the device and may be overwritten. */
function readsResident(node: Node): boolean {
  if (node.source !== null && node.source.host !== null) return false;
  return topological([node]).some(({ source }) => source !== null && isResident(source));
}

/**
 * A tensor whose value is replaced in place, by an optimiser or by {@link Parameter.assign}. It lives on the device.
 *
 * @example
 * const w = new Parameter(randn([10, 784]).mul(0.01), "w");
 * w.assign(zeros([10, 784]));
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
    (this.node.source as Source).owner = this;
  }

  /** @internal */
  protected override replace(node: Node): void {
    super.replace(node);
    (node.source as Source).owner = this;
  }

  /**
   * Takes the value of a tensor of the same shape and dtype; what was built on the old value can no longer be asked for.
   * Throws {@link ShapeError} or {@link DTypeError} where they differ.
   */
  assign(value: Tensor): void {
    const { shape, dtype } = this;
    if (!sameShape(value.shape, shape)) {
      throw new ShapeError(
        `${this.name}: cannot assign ${formatShape(value.shape)}: the parameter is ${formatShape(shape)}`,
      );
    }
    if (value.dtype !== dtype)
      throw new DTypeError(`${this.name}: cannot assign ${value.dtype}: the parameter is ${dtype}`);
    if (value.node === this.node) return;
    const own = this.#copied(value.node);
    // A first value that is still to be computed may need the old one, which nothing overwrites.
    if (own !== null || !readsResident(value.node)) this.#retire();
    this.replace(own ?? residentLeaf(value.node, this.trainable));
  }

  /** A leaf with a value of its own for a graph on values that may be overwritten; null where it may wait, or must. */
  #copied(node: Node): Node | null {
    if (!readsResident(node)) return null;
    const values = evaluateNow([{ node }], ["device"]);
    return values && leaf(makeSource(null, values[0], true), node.shape, node.dtype, this.trainable);
  }

  /** Stands for the device's buffer after an update wrote a new value there. @internal */
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
