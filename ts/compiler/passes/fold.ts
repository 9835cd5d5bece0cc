/** Constant folding: what depends on the program's own numbers alone is computed once, here. */
import { dtypes } from "../../core/dtype.ts";
import { held, rangeOf } from "../../core/storage.ts";
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

/** An elementwise node's value for one number of each input, as its dtype holds it: integers wrap, floats are cut to their range. */
export function foldedValue({ op, dtype, inputs: [from] }: Node, values: readonly number[]): number {
  const value = (op.fold as NonNullable<typeof op.fold>)(...values);
  if (dtype === "bool" || dtypes[dtype].float || !dtypes[(from as Node).dtype].float) return held(dtype, value);
  const { least, greatest } = rangeOf(dtype);
  return held(dtype, Math.min(greatest, Math.max(least, value)));
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
    return expand(constant(foldedValue(node, values), node.dtype), node.shape);
  });
}
