/**
 * 2-d convolution (cross-correlation, as every framework has it), NCHW: x [n, c, h, w] with w [o, c / groups, kh, kw] → [n, o, oh, ow].
 *
 * The product is linear in x and in w, so three kernels are closed under differentiation.
 */
import { ShapeError } from "../core/errors.ts";
import { formatShape } from "../core/shape.ts";
import { type Attrs, Node, type Op } from "../graph/node.ts";
import { checkReal } from "./reduce.ts";

export interface Conv2dOptions {
  /** Rows and columns between windows, at least 1. */
  readonly stride: readonly [number, number];
  /** Zeros added at top, left, bottom and right. */
  readonly padding: readonly [number, number, number, number];
  /** Rows and columns between the taps of a window, at least 1. */
  readonly dilation: readonly [number, number];
  readonly groups: number;
}

const geometry = (attrs: Attrs): Conv2dOptions => {
  const { stride, padding, dilation, groups } = attrs as unknown as Conv2dOptions;
  return { stride, padding, dilation, groups };
};

const conv2dOp: Op = {
  name: "conv2d",
  kind: "kernel",
  epilogue: true,
  gradient: (dy, { inputs: [x, w], attrs }) => [
    conv2dInput(dy, w as Node, (x as Node).shape.slice(2) as [number, number], geometry(attrs)),
    conv2dWeight(x as Node, dy, (w as Node).shape.slice(2) as [number, number], geometry(attrs)),
  ],
};

const conv2dInputOp: Op = {
  name: "conv2dInput",
  kind: "kernel",
  epilogue: true,
  gradient: (g, { inputs: [dy, w], attrs }) => [
    conv2d(g, w as Node, geometry(attrs)),
    conv2dWeight(g, dy as Node, (w as Node).shape.slice(2) as [number, number], geometry(attrs)),
  ],
};

const conv2dWeightOp: Op = {
  name: "conv2dWeight",
  kind: "kernel",
  gradient: (g, { inputs: [x, dy], attrs }) => [
    conv2dInput(dy as Node, g, (x as Node).shape.slice(2) as [number, number], geometry(attrs)),
    conv2d(x as Node, g, geometry(attrs)),
  ],
};

/** The ops of this family. */
export const ops: readonly Op[] = [conv2dOp, conv2dInputOp, conv2dWeightOp];

/** Sizes of the output plane of a window that slides over [h, w]. */
export function slidingSize(
  op: string,
  [h, w]: readonly [number, number],
  [kh, kw]: readonly [number, number],
  { stride, padding, dilation }: Omit<Conv2dOptions, "groups">,
): [number, number] {
  const numbers = [stride[0], stride[1], dilation[0], dilation[1], kh, kw];
  const sides = [padding[0], padding[1], padding[2], padding[3]];
  if (numbers.some((v) => !Number.isInteger(v) || v < 1) || sides.some((v) => !Number.isInteger(v) || v < 0)) {
    throw new ShapeError(
      `${op}: cannot slide a ${kh}×${kw} window with stride [${stride}], dilation [${dilation}], padding [${padding}]: wanted integers of at least 1, padding at least 0`,
    );
  }
  const oh = Math.floor((h + padding[0] + padding[2] - dilation[0] * (kh - 1) - 1) / stride[0]) + 1;
  const ow = Math.floor((w + padding[1] + padding[3] - dilation[1] * (kw - 1) - 1) / stride[1]) + 1;
  if (oh < 1 || ow < 1) {
    throw new ShapeError(
      `${op}: cannot slide a ${kh}×${kw} window (dilation [${dilation}]) over ${h}×${w} (padding [${padding}]): the window is larger than the input`,
    );
  }
  return [oh, ow];
}

export function conv2d(x: Node, w: Node, options: Conv2dOptions): Node {
  checkReal("conv2d", x);
  checkReal("conv2d", w);
  if (x.shape.length !== 4 || w.shape.length !== 4) {
    throw new ShapeError(
      `conv2d: cannot convolve ${formatShape(x.shape)} with ${formatShape(w.shape)}: wanted [n, c, h, w] and [o, c / groups, kh, kw]`,
    );
  }
  const [n, c, h, width] = x.shape as [number, number, number, number];
  const [o, cg, kh, kw] = w.shape as [number, number, number, number];
  const { groups } = options;
  if (!Number.isInteger(groups) || groups < 1 || o % groups !== 0 || cg * groups !== c) {
    throw new ShapeError(
      `conv2d: cannot convolve ${formatShape(x.shape)} with ${formatShape(w.shape)} in ${groups} groups: ${c} channels need weights of ${c / groups} channels and outputs divisible by ${groups}`,
    );
  }
  const [oh, ow] = slidingSize("conv2d", [h, width], [kh, kw], options);
  return new Node(conv2dOp, [x, w], { ...geometry(options as unknown as Attrs) }, [n, o, oh, ow], "float32");
}

/** The gradient of conv2d with respect to x, whose plane is `input`: a transposed convolution of dy. */
export function conv2dInput(dy: Node, w: Node, input: readonly [number, number], options: Conv2dOptions): Node {
  const c = (w.shape[1] as number) * options.groups;
  return new Node(conv2dInputOp, [dy, w], { ...options, input }, [dy.shape[0] as number, c, ...input], "float32");
}

/** The gradient of conv2d with respect to w, whose plane is `kernel`. */
export function conv2dWeight(x: Node, dy: Node, kernel: readonly [number, number], options: Conv2dOptions): Node {
  const shape = [dy.shape[1] as number, (x.shape[1] as number) / options.groups, ...kernel];
  return new Node(conv2dWeightOp, [x, dy], { ...options, kernel }, shape, "float32");
}
