/**
 * Weighted sums of a few elements along an axis: resizing, and sampling at points between elements.
 *
 *   y[o, p, i] = Σ_k weight[b, p, k] x[o, index[b, p, k], i]         x [o, n, i]; o is a multiple of b, whose planes share taps
 */
import { ShapeError } from "../core/errors.ts";
import { formatShape, normalizeAxis, sizeOf } from "../core/shape.ts";
import { Node, noAttrs, type Op } from "../graph/node.ts";
import { sum } from "./broadcast.ts";
import { add, mul } from "./elementwise.ts";
import { take } from "./gather.ts";
import { iota } from "./iota.ts";
import { permute, reshape } from "./movement.ts";
import { checkReal } from "./reduce.ts";

const interpolateOp: Op = {
  name: "interpolate",
  kind: "kernel",
  epilogue: true,
  // dx = dy added where it was read, dw = Σ dy x over the planes of a batch
  gradient: (dy, { inputs }) => {
    const [x, index, weight] = inputs as readonly [Node, Node, Node];
    return [spread(dy, index, weight, x.shape[1] as number), null, weightGradient(x, index, dy)];
  },
};

const interpolateInputOp: Op = {
  name: "interpolateInput",
  kind: "kernel",
  // linear in dy and in the weights, as the other
  gradient: (g, { inputs }) => {
    const [dy, index, weight] = inputs as readonly [Node, Node, Node];
    return [weigh(g, index, weight), null, weightGradient(g, index, dy)];
  },
};

/** The ops of this family. */
export const ops: readonly Op[] = [interpolateOp, interpolateInputOp];

function weigh(x: Node, index: Node, weight: Node): Node {
  const [o, , i] = x.shape as [number, number, number];
  return new Node(interpolateOp, [x, index, weight], noAttrs, [o, index.shape[1] as number, i], "float32");
}

function spread(dy: Node, index: Node, weight: Node, n: number): Node {
  const [o, , i] = dy.shape as [number, number, number];
  return new Node(interpolateInputOp, [dy, index, weight], { size: n }, [o, n, i], "float32");
}

/** Σ over planes and columns of dy[o, p, i] x[o, index[b, p, k], i]. */
function weightGradient(x: Node, index: Node, dy: Node): Node {
  const [o, n, i] = x.shape as [number, number, number];
  const [b, p] = index.shape as [number, number, number];
  const r = o / b;
  const table = reshape(permute(reshape(x, [b, r, n, i]), [0, 2, 1, 3]), [b * n, r * i]);
  const starts = reshape(iota(b, 0, n, "int32"), [b, 1, 1]);
  const read = take(table, add(index, starts), 0);
  const g = reshape(permute(reshape(dy, [b, r, p, i]), [0, 2, 1, 3]), [b, p, 1, r * i]);
  return sum(mul(read, g), [3]);
}

/**
 * x [o, n, i] at taps [b, p, k] → [o, p, i]. The indices (int32) must lie in 0 … n - 1: nothing checks them.
 */
export function interpolate(x: Node, index: Node, weight: Node): Node {
  checkReal("interpolate", x);
  checkReal("interpolate", weight);
  const [o, b] = [x.shape[0] as number, index.shape[0] as number];
  if (x.shape.length !== 3 || index.shape.length !== 3 || b === 0 || o % b !== 0) {
    throw new ShapeError(
      `interpolate: cannot read ${formatShape(x.shape)} at ${formatShape(index.shape)}: wanted [o, n, i] and [b, p, k], o a multiple of b`,
    );
  }
  return weigh(x, index, weight);
}

/** The same taps [p, k] for every line of x along an axis, which gets the size p. */
export function interpolateAxis(x: Node, axis: number, index: Node, weight: Node): Node {
  const at = normalizeAxis("interpolate", axis, x.shape.length);
  const [outer, inner] = [sizeOf(x.shape.slice(0, at)), sizeOf(x.shape.slice(at + 1))];
  const lines = reshape(x, [outer, x.shape[at] as number, inner]);
  const shape = [1, ...index.shape];
  return reshape(
    interpolate(lines, reshape(index, shape), reshape(weight, shape)),
    x.shape.with(at, index.shape[0] as number),
  );
}
