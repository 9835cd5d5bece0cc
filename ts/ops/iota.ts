/** Evenly spaced numbers. */
import type { DType } from "../core/dtype.ts";
import { Node, type Op } from "../graph/node.ts";

const iotaOp: Op = { name: "iota", kind: "kernel", epilogue: true, gradient: null };

/** The ops of this family. */
export const ops: readonly Op[] = [iotaOp];

/** `start + i * step` for i = 0 … size - 1. */
export function iota(size: number, start: number, step: number, dtype: DType): Node {
  return new Node(iotaOp, [], { start, step }, [size], dtype);
}
