/** Constant folding: what depends on the program's own numbers alone is computed once, here. */
import { dtypes } from "../../core/dtype.ts";
import type { Node } from "../../graph/node.ts";
import { expand } from "../../ops/broadcast.ts";
import { constant } from "../../ops/leaf.ts";
import { rewrite } from "./rewrite.ts";

/** The number that every element of the node equals, if the program knows it. */
export function uniformValue(node: Node): number | undefined {
  if (node.source !== null) return undefined;
  if (node.op.kind === "constant") return node.attrs["value"] as number;
  const input = node.inputs[0];
  if (node.op.kind === "view" && input?.op.kind === "constant") return input.attrs["value"] as number;
  return undefined;
}

/** The number as the dtype holds it. */
function stored(value: number, node: Node): number {
  const { array, float } = dtypes[node.dtype];
  if (node.dtype === "bool") return value === 0 ? 0 : 1;
  return new array([float ? value : Math.trunc(value)])[0] as number;
}

export function fold(roots: readonly Node[]): Node[] {
  return rewrite(roots, (node) => {
    if (node.op.kind === "view") {
      const value = uniformValue(node.inputs[0] as Node);
      return value === undefined ? node : expand(constant(value, node.dtype), node.shape);
    }
    if (node.op.fold === undefined || node.inputs.length === 0) return node;
    const values: number[] = [];
    for (const input of node.inputs) {
      const value = uniformValue(input);
      if (value === undefined) return node;
      values.push(value);
    }
    return expand(constant(stored(node.op.fold(...values), node), node.dtype), node.shape);
  });
}
