/** Writes kernels that a device lacks in other ops, where the op says how. */
import type { Node } from "../../graph/node.ts";
import { rewrite } from "./rewrite.ts";

/** `kernels` are the names of those that the device has. */
export function compose(roots: readonly Node[], kernels: ReadonlySet<string>): Node[] {
  return rewrite(roots, (node) => (kernels.has(node.op.name) ? node : (node.op.compose?.(node) ?? node)));
}
