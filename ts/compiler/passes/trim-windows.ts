/** Taps of a dilated convolution that meet nothing but padding, wherever its window lies, are cut off its weights. */
import { Node } from "../../graph/node.ts";
import { slice } from "../../ops/movement.ts";
import { rewrite } from "./rewrite.ts";

/** Along one axis: `size` elements, `before` and `after` zeros around them, `taps` that lie `dilation` apart. */
interface Axis {
  readonly size: number;
  readonly before: number;
  readonly after: number;
  readonly taps: number;
  readonly dilation: number;
}

/** The taps [first, end) that are left; padding cannot become less than none. */
function reaching({ size, before, after, taps, dilation }: Axis): readonly [first: number, end: number] {
  const travel = before + size + after - dilation * (taps - 1) - 1;
  let first = 0;
  let end = taps;
  while (first < end - 1 && (first + 1) * dilation <= before && first * dilation + travel < before) first++;
  while (end - 1 > first && (taps - end + 1) * dilation <= after && (end - 1) * dilation - before >= size) end--;
  return [first, end];
}

export function trimWindows(roots: readonly Node[]): Node[] {
  return rewrite(roots, (node) => {
    if (node.source !== null || node.op.name !== "conv2d") return node;
    const [x, w] = node.inputs as readonly [Node, Node];
    const padding = node.attrs["padding"] as readonly [number, number, number, number];
    const dilation = node.attrs["dilation"] as readonly [number, number];
    const [rows, columns] = ([0, 1] as const).map((axis) =>
      reaching({
        size: x.shape[2 + axis] as number,
        before: padding[axis],
        after: padding[2 + axis] as number,
        taps: w.shape[2 + axis] as number,
        dilation: dilation[axis],
      }),
    ) as [readonly [number, number], readonly [number, number]];
    const [o, c, kh, kw] = w.shape as [number, number, number, number];
    const shape = [o, c, rows[1] - rows[0], columns[1] - columns[0]];
    if (shape[2] === kh && shape[3] === kw) return node;
    const cut = [rows[0], columns[0], kh - rows[1], kw - columns[1]];
    const rest = padding.map((zeros, i) => zeros - (cut[i] as number) * (dilation[i % 2] as number));
    const kept = slice(w, [0, 0, rows[0], columns[0]], shape);
    return new Node(node.op, [x, kept], { ...node.attrs, padding: rest }, node.shape, node.dtype);
  });
}
