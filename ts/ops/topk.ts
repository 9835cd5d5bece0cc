/** Order along an axis. */
import { ShapeError } from "../core/errors.ts";
import { formatShape, normalizeAxis } from "../core/shape.ts";
import { Node, type Op } from "../graph/node.ts";
import { inLane } from "./lane.ts";

const topkOp: Op = { name: "topk", kind: "kernel", gradient: null };

/** The ops of this family. */
export const ops: readonly Op[] = [topkOp];

/**
 * Positions (int32) of the `k` largest (or smallest) elements along an axis, the best first. Of equal elements the one
 * with the lower position comes first; NaN counts as greatest. The values are what `gather` reads there.
 */
export function topk(x: Node, k: number, axis: number, largest = true): Node {
  const at = normalizeAxis("topk", axis, x.shape.length);
  const n = x.shape[at] as number;
  if (!Number.isInteger(k) || k < 0 || k > n) {
    throw new ShapeError(`topk: cannot take ${k} of ${formatShape(x.shape)} along axis ${at}: wanted 0 to ${n}`);
  }
  return new Node(topkOp, [inLane(x)], { axis: at, largest }, x.shape.with(at, k), "int32");
}

/** Positions (int32) that sort an axis; equal elements keep their order and NaN comes last, or first when descending. */
export function argsort(x: Node, axis: number, descending = false): Node {
  const at = normalizeAxis("argsort", axis, x.shape.length);
  return topk(x, x.shape[at] as number, at, descending);
}
