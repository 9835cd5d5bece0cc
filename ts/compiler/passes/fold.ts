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

/** An elementwise node's value for one number of each input; undefined where numbers are not exact enough to tell. */
export function foldedValue(node: Node, values: readonly number[]): number | undefined {
  const { op, dtype, inputs, attrs } = node;
  const { float, bits } = dtypes[dtype];
  const value = (op.fold as NonNullable<typeof op.fold>)(...values);
  if (float || dtype === "bool") return held(dtype, value, attrs);
  // Integers wrap. Floats become integers toward 0, at most the greatest and at least the least of 32 bits or more.
  const { least, greatest } = rangeOf(bits < 32 ? "int32" : dtype);
  const isReal = dtypes[(inputs[0] as Node).dtype].float;
  const whole = isReal ? Math.min(greatest, Math.max(least, value)) || 0 : value;
  return Number.isSafeInteger(Math.trunc(whole)) ? held(dtype, whole) : undefined;
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
    const value = foldedValue(node, values);
    return value === undefined ? node : expand(constant(value, node.dtype), node.shape);
  });
}
