/** Zeros around the planes of a convolution's input become the convolution's own padding: nothing is copied. */
import { Node } from "../../graph/node.ts";
import { uniformValue } from "./fold.ts";
import { rewrite } from "./rewrite.ts";

export function padWindows(roots: readonly Node[]): Node[] {
  return rewrite(roots, (node) => {
    const x = node.inputs[0];
    if (node.source !== null || node.op.name !== "conv2d" || x === undefined) return node;
    if (x.source !== null || x.op.name !== "embed") return node;
    const [inside, fill] = x.inputs as [Node, Node | undefined];
    const { starts, steps } = x.attrs as { starts: readonly number[]; steps: readonly number[] };
    const zeros = fill === undefined || uniformValue(fill) === 0;
    const planes = inside.shape[0] === x.shape[0] && inside.shape[1] === x.shape[1];
    if (!zeros || !planes || steps.some((step) => step !== 1)) return node;
    const [top, left, bottom, right] = node.attrs["padding"] as readonly [number, number, number, number];
    const after = (axis: number): number =>
      (x.shape[axis] as number) - (starts[axis] as number) - (inside.shape[axis] as number);
    const padding = [top + (starts[2] as number), left + (starts[3] as number), bottom + after(2), right + after(3)];
    return new Node(node.op, [inside, ...node.inputs.slice(1)], { ...node.attrs, padding }, node.shape, node.dtype);
  });
}
