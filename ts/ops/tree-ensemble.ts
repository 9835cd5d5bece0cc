/** Ensembles of decision trees. */
import { DTypeError, ShapeError } from "../core/errors.ts";
import { formatShape } from "../core/shape.ts";
import { Node, type Op } from "../graph/node.ts";

const treeEnsembleOp: Op = { name: "treeEnsemble", kind: "kernel", gradient: null };

/** The ops of this family. */
export const ops: readonly Op[] = [treeEnsembleOp];

/** How a node compares a feature with its threshold; the number is the low three bits of its mode. */
export const treeModes = ["<=", "<", ">=", ">", "==", "!="] as const;

/** Added to a node's mode: a missing value (NaN) goes the way of a comparison that holds. */
export const missingGoesTrue = 8;

/** What becomes of a target's weights over all trees. */
export type TreeAggregate = "sum" | "average" | "min" | "max";

/** By number, as the kernels know them. */
export const treeAggregates: readonly TreeAggregate[] = ["sum", "average", "min", "max"];

/**
 * The trees as tables, each a tensor. A child is the number of a node, or -1 - l for leaf number l. Tables are trusted:
 * whoever makes them sees to it that every number is in range and every path ends.
 */
export interface TreeTables {
  /** [nodes] in the dtype of x. */
  readonly thresholds: Node;
  /** int32 [nodes, 4]: feature, mode, child where the comparison holds, child where it does not. */
  readonly nodes: Node;
  /** int32 [trees]: where each tree begins, as a child. */
  readonly roots: Node;
  /** int32 [leaves + 1]: leaf l holds the entries from number l to number l + 1. */
  readonly leaves: Node;
  /** int32 [entries]: the target that an entry counts for. */
  readonly targets: Node;
  /** [entries] in the dtype of x. */
  readonly weights: Node;
}

/** [n, features] → [n, targets]: what the leaves that a row falls into say together. A target without entries is 0. */
export function treeEnsemble(x: Node, tables: TreeTables, targets: number, aggregate: TreeAggregate): Node {
  if (x.shape.length !== 2) {
    throw new ShapeError(`treeEnsemble: cannot read ${formatShape(x.shape)}: wanted [rows, features]`);
  }
  if (x.dtype !== "float32" && x.dtype !== "float64") {
    throw new DTypeError(`treeEnsemble: cannot read ${x.dtype}: wanted float32 or float64`);
  }
  const { thresholds, nodes, roots, leaves, targets: ids, weights } = tables;
  const inputs = [x, thresholds, nodes, roots, leaves, ids, weights];
  return new Node(treeEnsembleOp, inputs, { aggregate }, [x.shape[0] as number, targets], x.dtype);
}
