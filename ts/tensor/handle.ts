/** What every layer of {@link Tensor} shares: the node behind the handle, and operands. */
import { type DType, dtypes } from "../core/dtype.ts";
import { DTypeError } from "../core/errors.ts";
import type { Shape } from "../core/shape.ts";
import { rangeOf } from "../core/storage.ts";
import type { Node } from "../graph/node.ts";
import { hostLeaf } from "../ops/leaf.ts";

/** An immutable handle on a node of the graph. `T` is the type that operations return. */
export abstract class Handle<T extends Handle<T>> {
  /** The node that computes the value. @internal */
  abstract readonly node: Node;

  /** A handle on another node. @internal */
  protected abstract wrap(node: Node): T;

  /** Sizes, outermost first. */
  get shape(): Shape {
    return this.node.shape;
  }

  /** Element type. */
  get dtype(): DType {
    return this.node.dtype;
  }

  /** Number of axes. */
  get rank(): number {
    return this.node.shape.length;
  }

  /** Number of elements. */
  get size(): number {
    return this.node.shape.reduce((product, size) => product * size, 1);
  }

  /** The node of an operand beside this tensor. A number takes this tensor's dtype if that can hold it. @internal */
  protected operand(value: Operand<T>): Node {
    if (value instanceof Handle) return value.node;
    return numberNode(value, this.dtype);
  }
}

/** A tensor, or a number that is read anew at every run and so never makes a new program. */
export type Operand<T> = T | number | boolean;

export function numberNode(value: unknown, beside: DType): Node {
  if (typeof value === "boolean") return hostLeaf(value ? 1 : 0, [], "bool");
  if (typeof value !== "number")
    throw new DTypeError(`tensor: cannot use ${typeof value} as an operand: wanted a tensor or a number`);
  if (dtypes[beside].float) return hostLeaf(value, [], beside);
  if (!Number.isInteger(value)) return hostLeaf(value, [], "float32");
  const { least, greatest } = rangeOf(beside);
  const fits = dtypes[beside].bits >= 8 && value >= least && value <= greatest;
  return hostLeaf(value, [], fits ? beside : "int32");
}

/** Elements that were chosen along an axis, and where they were found. */
export interface Chosen<T> {
  /** The elements. */
  readonly values: T;
  /** Their positions along the axis; int32. */
  readonly indices: T;
}

/** Axes of a method: one, several, or all when absent. */
export type Axes = number | readonly number[] | null;

/** Sizes given as one list or one by one. */
export type Sizes = readonly [Shape] | readonly number[];

export function sizesOf(sizes: Sizes): Shape {
  const [first] = sizes;
  return Array.isArray(first) ? (first as Shape) : (sizes as readonly number[]);
}
