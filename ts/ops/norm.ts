/**
 * Normalising over the last axes: layer norm (Ba, Kiros, Hinton 2016) and RMS norm (Zhang, Sennrich 2019), without scale and
 * bias, which are maps that the kernel takes as its epilogue. Group and instance norm are layer norms of other rows.
 */
import { ShapeError } from "../core/errors.ts";
import { formatShape, normalizeAxis, sizeOf } from "../core/shape.ts";
import { Node, type Op } from "../graph/node.ts";
import { unreduce } from "./broadcast.ts";
import { add, cast, div, mul, num, sqrt, sub } from "./elementwise.ts";
import { reshape } from "./movement.ts";
import { mean } from "./reduce.ts";

const spread = (y: Node, like: Node): Node => unreduce(y, like, [1]);
const rowMean = (x: Node): Node => spread(mean(x, [1]), x);

/** dy / √(v + ε) for the rows of `centred`, v the mean of their squares. */
function scaled(dy: Node, centred: Node, epsilon: number): Node {
  const variance = mean(mul(centred, centred), [1]);
  return div(dy, spread(sqrt(add(variance, num(epsilon, variance))), centred));
}

const layerNormOp: Op = {
  name: "layerNorm",
  kind: "kernel",
  epilogue: true,
  compose: ({ inputs: [x], attrs }) => {
    const centred = sub(x as Node, rowMean(x as Node));
    return scaled(centred, centred, attrs["epsilon"] as number);
  },
  // dx = (dy - mean dy - y mean(dy y)) / √(v + ε)
  gradient: (dy, y) => {
    const x = y.inputs[0] as Node;
    const g = sub(sub(dy, rowMean(dy)), mul(y, rowMean(mul(dy, y))));
    return [scaled(g, sub(x, rowMean(x)), y.attrs["epsilon"] as number)];
  },
};

const rmsNormOp: Op = {
  name: "rmsNorm",
  kind: "kernel",
  epilogue: true,
  compose: ({ inputs: [x], attrs }) => scaled(x as Node, x as Node, attrs["epsilon"] as number),
  // dx = (dy - y mean(dy y)) / √(v + ε)
  gradient: (dy, y) => {
    const x = y.inputs[0] as Node;
    return [scaled(sub(dy, mul(y, rowMean(mul(dy, y)))), x, y.attrs["epsilon"] as number)];
  },
};

/** The ops of this family. */
export const ops: readonly Op[] = [layerNormOp, rmsNormOp];

/** Rows are what lies in the axes from `axis` on. */
function rowsOf(op: Op, input: Node, axis: number, epsilon: number): Node {
  const x = cast(input, "float32");
  const { shape } = x;
  const at = normalizeAxis(op.name, axis, shape.length);
  const n = sizeOf(shape.slice(at));
  const rows = reshape(x, [sizeOf(shape.slice(0, at)), n]);
  return reshape(new Node(op, [rows], { epsilon }, rows.shape, "float32"), shape);
}

/** (x - mean) / √(variance + ε) over the axes from `axis` on. */
export function layerNorm(x: Node, axis: number, epsilon: number): Node {
  return rowsOf(layerNormOp, x, axis, epsilon);
}

/** x / √(mean of x² + ε) over the axes from `axis` on. */
export function rmsNorm(x: Node, axis: number, epsilon: number): Node {
  return rowsOf(rmsNormOp, x, axis, epsilon);
}

/** Layer norm of each of `groups` runs of channels of x [n, c, …]; Wu, He 2018. As many groups as channels: instance norm. */
export function groupNorm(x: Node, groups: number, epsilon: number): Node {
  const [n = 1, c = 1] = x.shape;
  if (x.shape.length < 2 || !Number.isInteger(groups) || groups < 1 || c % groups !== 0) {
    throw new ShapeError(
      `groupNorm: cannot normalise ${formatShape(x.shape)} in ${groups} groups: wanted [n, c, …] and a divisor of c`,
    );
  }
  const rows = reshape(x, [n, groups, sizeOf(x.shape) / Math.max(1, n * groups)]);
  return reshape(layerNorm(rows, 2, epsilon), x.shape);
}
