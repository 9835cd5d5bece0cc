/** Positions of elements by their value. */
import { sizeOf } from "../core/shape.ts";
import { Node, noAttrs, type Op } from "../graph/node.ts";
import { not } from "./elementwise.ts";
import { reshape, slice } from "./movement.ts";

const nonzeroOp: Op = { name: "nonzero", kind: "kernel", gradient: null };

/** The ops of this family. */
export const ops: readonly Op[] = [nonzeroOp];

/**
 * The row-major positions (int32) of the elements that are not 0, ascending, as many as x has elements: the first `count`
 * stand for elements, the rest are 0.
 */
export function nonzero(x: Node): { positions: Node; count: Node } {
  const size = sizeOf(x.shape);
  const all = new Node(nonzeroOp, [reshape(not(not(x)), [size])], noAttrs, [size + 1], "int32");
  return { positions: slice(all, [0], [size]), count: reshape(slice(all, [size], [1]), []) };
}
