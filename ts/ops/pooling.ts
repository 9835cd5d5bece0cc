/**
 * Pooling over any number of spatial axes, made of the pooling of planes: maxima and averages over boxes are those over
 * their planes, and then those along each further axis.
 */
import { ShapeError, UnsupportedError } from "../core/errors.ts";
import { checkShape, formatShape, sizeOf } from "../core/shape.ts";
import type { Node } from "../graph/node.ts";
import { expand } from "./broadcast.ts";
import { prepend, reachOf, type Sliding } from "./convolution.ts";
import { add, cast, div, mod, mul, num } from "./elementwise.ts";
import { iota } from "./iota.ts";
import { reshape } from "./movement.ts";
import { avgPool2d, maxPool2d, maxPool2dGather, type Pool2dOptions } from "./pool2d.ts";

export interface Pooling extends Sliding {
  readonly kernel: readonly number[];
  /** Number of windows along each axis; a window begins inside the axis or the padding before it. */
  readonly size: readonly number[];
}

/** One pooling of planes: how x is seen, and the windows. */
interface Step {
  readonly shape: readonly number[];
  readonly options: Pool2dOptions;
}

const addAxis = (pooling: Pooling): Pooling => ({
  ...prepend(pooling),
  kernel: [1, ...pooling.kernel],
  size: [1, ...pooling.size],
});

/** The poolings of planes that make up one of boxes: the last two axes first, then every other with what lies behind it. */
function stepsOf(x: Node, pooling: Pooling): Step[] {
  const rank = pooling.kernel.length;
  if (x.shape.length !== rank + 2) {
    throw new ShapeError(`pool: cannot pool ${formatShape(x.shape)} over ${rank} axes: wanted rank ${rank + 2}`);
  }
  checkShape("pool", outputShape(x, pooling));
  const spatial = x.shape.slice(2);
  if (rank === 1) return [stepOf([...x.shape.slice(0, 2), 1, ...spatial], addAxis(pooling), [0, 1])];
  const steps = [stepOf([1, -1, ...spatial.slice(-2)], pooling, [rank - 2, rank - 1])];
  for (let axis = rank - 3; axis >= 0; axis--) {
    const behind = sizeOf(pooling.size.slice(axis + 1));
    steps.push(stepOf([1, -1, spatial[axis] as number, behind], pooling, [axis]));
  }
  return steps;
}

function stepOf(shape: readonly number[], pooling: Pooling, axes: readonly number[]): Step {
  const { kernel, stride, dilation, before, after, size } = pooling;
  const pair = (list: readonly number[], none: number): [number, number] => [
    list[axes[0] as number] as number,
    axes.length > 1 ? (list[axes[1] as number] as number) : none,
  ];
  const options = {
    kernel: pair(kernel, 1),
    stride: pair(stride, 1),
    dilation: pair(dilation, 1),
    padding: [...pair(before, 0), ...pair(after, 0)] as unknown as Pool2dOptions["padding"],
    size: pair(size, shape[3] as number),
  };
  return { shape, options };
}

const outputShape = (x: Node, { size }: Pooling): number[] => [...x.shape.slice(0, 2), ...size];

/** The greatest element of each window of x [n, c, …]; -∞ where a window holds none. */
export function maxPool(x: Node, pooling: Pooling): Node {
  const y = stepsOf(x, pooling).reduce((at, { shape, options }) => maxPool2d(reshape(at, shape), options), x);
  return reshape(y, outputShape(x, pooling));
}

/** The average of each window of x [n, c, …]; padding counts as zeros if `countIncludePad`. */
export function avgPool(x: Node, pooling: Pooling, countIncludePad: boolean): Node {
  const y = stepsOf(x, pooling).reduce(
    (at, { shape, options }) => avgPool2d(reshape(at, shape), { ...options, countIncludePad }),
    x,
  );
  return reshape(y, outputShape(x, pooling));
}

/** The same windows with padding as far as they reach. */
export function paddedToReach(x: Node, pooling: Pooling): Pooling {
  const { kernel, stride, dilation, before, size } = pooling;
  const after = size.map((count, i) => {
    const end = (count - 1) * (stride[i] as number) + reachOf(kernel[i] as number, dilation[i] as number);
    return Math.max(0, end - (before[i] as number) - (x.shape[i + 2] as number));
  });
  return { ...pooling, after };
}

/** The sum of each window of x [n, c, …]. */
export function sumPool(x: Node, pooling: Pooling): Node {
  const average = avgPool(x, paddedToReach(x, pooling), true);
  return mul(average, num(sizeOf(pooling.kernel), average));
}

/** Where an index counts the last axis fastest, or the first. */
export type StorageOrder = "row" | "column";

/** Positions (int32) in the whole of x [n, c, …] of the elements that {@link maxPool} takes, the first of equal ones. */
export function maxPoolIndices(x: Node, pooling: Pooling, order: StorageOrder): Node {
  const spatial = x.shape.slice(2);
  const [h, w] = [spatial.length > 1 ? (spatial.at(-2) as number) : 1, spatial.at(-1) as number];
  if (h * w > 2 ** 24) {
    throw new UnsupportedError(
      `maxPool: cannot number the elements of ${formatShape(x.shape)}: wanted planes of at most 2^24`,
    );
  }
  let at = x;
  // For every axis, or for plane and axes, the coordinate of the maximum so far.
  let coordinates: Node[] = [];
  for (const { shape, options } of stepsOf(x, pooling)) {
    const from = reshape(at, shape);
    const pick = (g: Node): Node => maxPool2dGather(from, g, options);
    const own = coordinates.length === 0 ? sizeOf(from.shape.slice(2)) : (from.shape[2] as number);
    const count = iota(own, 0, 1, "float32");
    const numbered = coordinates.length === 0 ? reshape(count, from.shape.slice(2)) : reshape(count, [own, 1]);
    coordinates = [pick(expand(numbered, from.shape)), ...coordinates.map((g) => pick(reshape(g, from.shape)))];
    at = maxPool2d(from, options);
  }
  const shape = outputShape(x, pooling);
  const found = coordinates.map((g) => cast(reshape(g, shape), "int32"));
  const plane = found.pop() as Node;
  const inPlane = spatial.length > 1 ? [div(plane, num(w, plane)), mod(plane, num(w, plane))] : [plane];
  const box = sizeOf(spatial);
  const starts = reshape(iota(sizeOf(x.shape.slice(0, 2)), 0, box, "int32"), [
    ...x.shape.slice(0, 2),
    ...spatial.map(() => 1),
  ]);
  return [...found, ...inPlane].reduce(
    (index, coordinate, i) => {
      const stride = sizeOf(order === "row" ? spatial.slice(i + 1) : spatial.slice(0, i));
      return add(index, mul(coordinate, num(stride, coordinate)));
    },
    expand(starts, shape),
  );
}
