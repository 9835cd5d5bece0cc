/**
 * Weighted sums of a few elements along an axis: resizing, and sampling at points between elements.
 *
 *   y[o, p, i] = Σ_k weight[b, p, k] x[o, index[b, p, k], i]         x [o, n, i]; o is a multiple of b, whose planes share taps
 */
import { ShapeError } from "../core/errors.ts";
import { formatShape, normalizeAxis, type Shape, sizeOf } from "../core/shape.ts";
import { Node, noAttrs, type Op } from "../graph/node.ts";
import { expand, sum } from "./broadcast.ts";
import { add, mul } from "./elementwise.ts";
import { scatterAdd, take } from "./gather.ts";
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
  compose: ({ inputs, shape }) => {
    const [x, index, weight] = inputs as readonly [Node, Node, Node];
    const terms = mul(read(x, index), reshape(weight, [...index.shape, 1]));
    return fromBatches(sum(terms, [2]), shape);
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
  compose: ({ inputs, shape }) => {
    const [dy, index, weight] = inputs as readonly [Node, Node, Node];
    const [b, p] = index.shape as [number, number, number];
    const terms = mul(reshape(toBatches(dy, b), [b, p, 1, -1]), reshape(weight, [...index.shape, 1]));
    const [n, columns] = [shape[1] as number, terms.shape[3] as number];
    const rows = expand(reshape(inBatches(index, n), [...index.shape, 1]), terms.shape);
    const sums = scatterAdd(reshape(terms, [-1, columns]), reshape(rows, [-1, columns]), 0, b * n);
    return fromBatches(reshape(sums, [b, n, columns]), shape);
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

/** x [o, n, i] as [b, n, o / b · i]: what shares taps lies side by side. */
function toBatches(x: Node, b: number): Node {
  const [o, n, i] = x.shape as [number, number, number];
  return reshape(permute(reshape(x, [b, o / b, n, i]), [0, 2, 1, 3]), [b, n, (o / b) * i]);
}

/** The inverse of {@link toBatches}. */
function fromBatches(y: Node, shape: Shape): Node {
  const [o, n, i] = shape as [number, number, number];
  const b = y.shape[0] as number;
  return reshape(permute(reshape(y, [b, n, o / b, i]), [0, 2, 1, 3]), shape);
}

/** Indices [b, p, k] into the batches joined to one list of b n rows. */
function inBatches(index: Node, n: number): Node {
  const b = index.shape[0] as number;
  return add(index, reshape(iota(b, 0, n, "int32"), [b, 1, 1]));
}

/** x [o, n, i] at [b, p, k] → [b, p, k, o / b · i]. */
function read(x: Node, index: Node): Node {
  const batches = toBatches(x, index.shape[0] as number);
  const [b, n, columns] = batches.shape as [number, number, number];
  return take(reshape(batches, [b * n, columns]), inBatches(index, n), 0);
}

/** Σ over planes and columns of dy[o, p, i] x[o, index[b, p, k], i]. */
function weightGradient(x: Node, index: Node, dy: Node): Node {
  const [b, p] = index.shape as [number, number, number];
  return sum(mul(read(x, index), reshape(toBatches(dy, b), [b, p, 1, -1])), [3]);
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
