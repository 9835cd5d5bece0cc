/** 2-d pooling over windows of each plane of [n, c, h, w]. */
import { ShapeError } from "../core/errors.ts";
import { formatShape } from "../core/shape.ts";
import { Node, type Op } from "../graph/node.ts";
import { slidingSize } from "./conv2d.ts";
import { checkReal } from "./reduce.ts";

export interface Pool2dOptions {
  readonly kernel: readonly [number, number];
  readonly stride: readonly [number, number];
  /** Added at top, left, bottom and right: -∞ for the maximum, 0 for the average. */
  readonly padding: readonly [number, number, number, number];
  readonly dilation: readonly [number, number];
  /** Size of the output plane where it is not what fits: windows may begin inside and end behind the padding. */
  readonly size?: readonly [number, number];
}

export interface AvgPool2dOptions extends Pool2dOptions {
  /** Whether padding counts as elements of the window. */
  readonly countIncludePad: boolean;
}

/** Attributes of every pooling kernel. */
export type Pool2dAttrs = Pool2dOptions & Partial<AvgPool2dOptions>;

const maxPool2dOp: Op = {
  name: "maxPool2d",
  kind: "kernel",
  epilogue: true,
  // dx = dy where the window's first maximum was
  gradient: (dy, { inputs: [x], attrs }) => [
    new Node(maxPool2dBackwardOp, [x as Node, dy], attrs, (x as Node).shape, "float32"),
  ],
};

const maxPool2dBackwardOp: Op = {
  name: "maxPool2dBackward",
  kind: "kernel",
  epilogue: true,
  // linear in dy; x only says where
  gradient: (g, { inputs: [x, dy], attrs }) => [
    null,
    new Node(maxPool2dGatherOp, [x as Node, g], attrs, (dy as Node).shape, "float32"),
  ],
};

const maxPool2dGatherOp: Op = {
  name: "maxPool2dGather",
  kind: "kernel",
  epilogue: true,
  gradient: (dy, { inputs: [x], attrs }) => [
    null,
    new Node(maxPool2dBackwardOp, [x as Node, dy], attrs, (x as Node).shape, "float32"),
  ],
};

const avgPool2dOp: Op = {
  name: "avgPool2d",
  kind: "kernel",
  epilogue: true,
  // dx = dy spread over its window
  gradient: (dy, { inputs: [x], attrs }) => {
    const shape = (x as Node).shape;
    return [new Node(avgPool2dBackwardOp, [dy], { ...attrs, input: shape.slice(2) }, shape, "float32")];
  },
};

const avgPool2dBackwardOp: Op = {
  name: "avgPool2dBackward",
  kind: "kernel",
  epilogue: true,
  gradient: (g, { inputs: [dy], attrs }) => {
    const { input: _, ...rest } = attrs;
    return [new Node(avgPool2dOp, [g], rest, (dy as Node).shape, "float32")];
  },
};

/** The ops of this family. */
export const ops: readonly Op[] = [
  maxPool2dOp,
  maxPool2dBackwardOp,
  maxPool2dGatherOp,
  avgPool2dOp,
  avgPool2dBackwardOp,
];

function outputShape(op: string, x: Node, options: Pool2dOptions): number[] {
  checkReal(op, x);
  if (x.shape.length !== 4) throw new ShapeError(`${op}: cannot pool ${formatShape(x.shape)}: wanted [n, c, h, w]`);
  const [n, c, h, w] = x.shape as [number, number, number, number];
  const size = options.size ?? slidingSize(op, [h, w], options.kernel, options);
  return [n, c, ...size];
}

export function maxPool2d(x: Node, options: Pool2dOptions): Node {
  return new Node(maxPool2dOp, [x], { ...options }, outputShape("maxPool2d", x, options), "float32");
}

/** Elements of `g` [n, c, h, w] where the windows of `x` have their first maximum. */
export function maxPool2dGather(x: Node, g: Node, options: Pool2dOptions): Node {
  return new Node(maxPool2dGatherOp, [x, g], { ...options }, outputShape("maxPool2dGather", x, options), "float32");
}

export function avgPool2d(x: Node, options: AvgPool2dOptions): Node {
  return new Node(avgPool2dOp, [x], { ...options }, outputShape("avgPool2d", x, options), "float32");
}
