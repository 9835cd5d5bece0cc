/**
 * Kernels read numbers of less than 32 bits as they are stored: what casts them to float32 or int32 before is left out, and
 * weights stay small. For devices whose kernels read any dtype.
 */
import { type DType, dtypes } from "../../core/dtype.ts";
import { Node } from "../../graph/node.ts";
import { rewrite } from "./rewrite.ts";

export function readNarrow(roots: readonly Node[]): Node[] {
  return rewrite(roots, (node) => {
    if (node.op.kind !== "kernel") return node;
    const inputs = node.inputs.map(stored);
    const same = inputs.every((input, i) => input === node.inputs[i]);
    return same ? node : new Node(node.op, inputs, node.attrs, node.shape, node.dtype);
  });
}

/** The node below a cast that changes no number, and below the views of one. */
function stored(node: Node): Node {
  const [below] = node.inputs;
  if (node.source !== null || below === undefined) return node;
  if (node.op.name === "cast") return widens(below.dtype, node.dtype) ? below : node;
  if (node.op.kind !== "view") return node;
  const next = stored(below);
  return next === below ? node : new Node(node.op, [next], node.attrs, node.shape, next.dtype);
}

function widens(narrow: DType, wide: DType): boolean {
  const [a, b] = [dtypes[narrow], dtypes[wide]];
  return (wide === "float32" || wide === "int32") && a.lane === b.lane && a.bits < 32;
}
