/** Replaces ops that have a gradient of their own but no kernel by the ops they are made of. */
import type { Node } from "../../graph/node.ts";
import { rewrite } from "./rewrite.ts";

export function decompose(roots: readonly Node[]): Node[] {
  return rewrite(roots, (node) => node.op.decompose?.(node) ?? node);
}
