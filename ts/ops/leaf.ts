/** Leaves: values that come from outside the graph. */
import type { DType, TypedArray } from "../core/dtype.ts";
import type { Shape } from "../core/shape.ts";
import { makeSource, Node, noAttrs, type Op, type Source } from "../graph/node.ts";

const leafOp: Op = { name: "leaf", kind: "leaf", gradient: null };
const constantOp: Op = { name: "constant", kind: "constant", gradient: null };

/** The ops of this family. */
export const ops: readonly Op[] = [leafOp, constantOp];

/** A value that a program reads anew at every run: data, a parameter, or a number that changes from step to step. */
export function leaf(source: Source, shape: Shape, dtype: DType, requiresGrad = false): Node {
  return new Node(leafOp, [], noAttrs, shape, dtype, source, requiresGrad);
}

/** Values on the host. */
export function hostLeaf(host: TypedArray | number, shape: Shape, dtype: DType, requiresGrad = false): Node {
  return leaf(makeSource(host, null, false), shape, dtype, requiresGrad);
}

/** A number that is part of the program itself: another number makes another program. */
export function constant(value: number, dtype: DType): Node {
  return new Node(constantOp, [], { value }, [], dtype);
}
