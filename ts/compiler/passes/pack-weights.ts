/** Weights that never change are laid out as the device's kernels read them: once, since what is constant is computed ahead. */
import type { Node } from "../../graph/node.ts";
import { isConstant } from "./constant.ts";
import { rewrite } from "./rewrite.ts";

/** A device's own form of a node whose second input is constant; null where it has none. */
export type PackWeights = (node: Node) => Node | null;

export function packWeights(roots: readonly Node[], pack: PackWeights): Node[] {
  return rewrite(roots, (node) => {
    const [x, w] = node.inputs;
    if (x === undefined || w === undefined || !isConstant(w) || isConstant(x)) return node;
    return pack(node) ?? node;
  });
}
