/**
 * Lowers convolutions and both their gradients: products of the matrices that shaders/conv2d.wgsl reads, or, where windows
 * are single elements, of matrices as they lie.
 */
import conv2dText from "../../../shaders/conv2d.wgsl";
import type { Operand, OpKernel } from "../../compiler/kernel.ts";
import { contiguousStrides, sizeOf } from "../../core/shape.ts";
import { winograd } from "./conv2d-winograd.ts";
import type { Dispatch } from "./dispatch.ts";
import { matmul } from "./matmul.ts";
import type { Context, Numbers } from "./operands.ts";
import { lowerProduct } from "./product.ts";
import { sectionOf } from "./shader.ts";

type Pair = readonly [number, number];
type Quad = readonly [number, number, number, number];

/** A convolution's sizes, whichever of the three tensors is made of the other two. */
interface Sizes {
  readonly stride: Pair;
  readonly padding: Quad;
  readonly dilation: Pair;
  readonly groups: number;
  readonly x: Quad;
  readonly w: Quad;
  readonly y: Quad;
}

const sizes = (kernel: OpKernel, x: Operand, w: Operand, y: Operand): Sizes => ({
  ...(kernel.attrs as unknown as Pick<Sizes, "stride" | "padding" | "dilation" | "groups">),
  x: x.shape as Quad,
  w: w.shape as Quad,
  y: y.shape as Quad,
});

/** How the product walks its operands; names as in the shader. */
interface Walk {
  readonly a: Operand;
  readonly b: Operand;
  readonly m: number;
  /** Channels of a group in b. */
  readonly channels: number;
  /** Where windows start, from point to point, from tap to tap. */
  readonly start: Pair;
  readonly step: Pair;
  readonly tap: Pair;
  /** Elements of a, from group to group, from row to row, from channel (for dw: image) to channel. */
  readonly strides: readonly [group: number, row: number, channel: number];
  /** Rows and columns of points. */
  readonly points: Pair;
  readonly window: Pair;
  /** What the stride of taps that meet no element of b is, where taps are not left out. */
  readonly divide: Pair;
  /** Of a: the first tap, from row to row and column to column of taps. */
  readonly taps: readonly [start: number, h: number, w: number];
  /** Of y: the first point, from row to row and column to column of points. */
  readonly places: readonly [start: number, h: number, w: number];
}

const sections = { matrices: sectionOf(conv2dText, "matrices") };

/** Numbers of the run. */
function numbersOf({ b, channels, start, step, tap, strides, points, taps, places }: Walk): Numbers {
  const [, c, b_h, b_w] = b.shape as Quad;
  const b_plane = b_h * b_w;
  const [start_h, start_w] = start;
  const [step_h, step_w] = step;
  const [tap_h, tap_w] = tap;
  const [a_group, a_row, a_channel] = strides;
  const [a_start, a_h, a_w] = taps;
  const [y_start, y_h, y_w] = places;
  return {
    b_group: channels * b_plane,
    b_image: c * b_plane,
    b_plane,
    b_h,
    b_w,
    start_h,
    start_w,
    step_h,
    step_w,
    tap_h,
    tap_w,
    points: sizeOf(points),
    points_w: points[1],
    ...{ a_group, a_row, a_channel, a_start, a_h, a_w, y_start, y_h, y_w },
  };
}

export function conv2d(kernel: OpKernel, context: Context): Dispatch[] {
  const [x, w] = kernel.inputs as readonly [Operand, Operand];
  const s = sizes(kernel, x, w, kernel.output);
  const { stride, padding, dilation, groups } = s;
  const [o, cg, kh, kw] = s.w;
  const m = o / groups;
  if (isPointwise(s)) return pointwise(kernel, context, s, x, [m, cg, cg, 1]);
  const filtering = { x, w, top: padding[0], left: padding[1], turned: false };
  const minimal = isMinimal(s) ? winograd(kernel, context, filtering) : null;
  if (minimal !== null) return minimal;
  const walk: Walk = {
    a: w,
    b: x,
    m,
    channels: cg,
    start: [-padding[0], -padding[1]],
    step: stride,
    tap: dilation,
    strides: [m * cg * kh * kw, cg * kh * kw, kh * kw],
    points: [s.y[2], s.y[3]],
    window: [kh, kw],
    divide: [1, 1],
    taps: [0, kw, 1],
    places: [0, s.y[3], 1],
  };
  return lowerPoints(kernel, context, s, walk);
}

export function conv2dInput(kernel: OpKernel, context: Context): Dispatch[] {
  const [dy, w] = kernel.inputs as readonly [Operand, Operand];
  const s = sizes(kernel, kernel.output, w, dy);
  const { stride, padding, dilation, groups } = s;
  const [o, m, kh, kw] = s.w;
  const og = o / groups;
  if (isPointwise(s)) return pointwise(kernel, context, s, dy, [m, og, 1, m]);
  const filtering = { x: dy, w, top: 2 - padding[0], left: 2 - padding[1], turned: true };
  const minimal = isMinimal(s) ? winograd(kernel, context, filtering) : null;
  if (minimal !== null) return minimal;
  const walk: Walk = {
    a: w,
    b: dy,
    m,
    channels: og,
    start: [padding[0], padding[1]],
    step: [1, 1],
    tap: [-dilation[0], -dilation[1]],
    strides: [og * m * kh * kw, kh * kw, m * kh * kw],
    points: [s.x[2], s.x[3]],
    window: [kh, kw],
    divide: stride,
    taps: [0, kw, 1],
    places: [0, s.x[3], 1],
  };
  const phases = sizeOf(stride);
  if (phases === 1 || phases > mostPhases) return lowerPoints(kernel, context, s, walk);
  return phasesOf(s, 0).flatMap((h) =>
    phasesOf(s, 1).flatMap((w) =>
      lowerPoints(kernel, context, s, {
        ...walk,
        start: [h.start, w.start],
        tap: [h.tap, w.tap],
        points: [h.points, w.points],
        window: [h.taps, w.taps],
        divide: [1, 1],
        taps: [h.first * kw + w.first, h.each * kw, w.each],
        places: [h.phase * s.x[3] + w.phase, h.stride * s.x[3], w.stride],
      }),
    ),
  );
}

/** Most dispatches of a transposed convolution. */
const mostPhases = 16;

/**
 * Along an axis of x, the points that lie `phase` behind a multiple of the stride: of the taps every `each`-th from `first`
 * on meets elements of dy there, the first of them `start` from the point's own, others `tap` further.
 */
function phasesOf({ stride, padding, dilation, x, w }: Sizes, axis: 0 | 1) {
  const [s, d, size, taps] = [stride[axis], dilation[axis], x[2 + axis] as number, w[2 + axis] as number];
  return Array.from({ length: Math.min(s, size) }, (_, phase) => {
    const at = phase + padding[axis];
    const meets = (tap: number): boolean => (at - tap * d) % s === 0;
    const met = Array.from({ length: taps }, (_, tap) => tap).filter(meets);
    const [first = 0, second = taps] = met;
    const each = second - first;
    return {
      phase,
      stride: s,
      points: Math.ceil((size - phase) / s),
      taps: met.length,
      first,
      each,
      start: met.length === 0 ? 0 : (at - first * d) / s,
      tap: met.length < 2 ? 0 : (-each * d) / s,
    };
  });
}

export function conv2dWeight(kernel: OpKernel, context: Context): Dispatch[] {
  const [x, dy] = kernel.inputs as readonly [Operand, Operand];
  const s = sizes(kernel, x, kernel.output, dy);
  const { stride, padding, dilation, groups } = s;
  const [o, cg, kh, kw] = s.w;
  const [n, , oh, ow] = s.y;
  const m = o / groups;
  const walk: Walk = {
    a: dy,
    b: x,
    m,
    channels: cg,
    start: [-padding[0], -padding[1]],
    step: stride,
    tap: dilation,
    strides: [m * oh * ow, oh * ow, o * oh * ow],
    points: [oh, ow],
    window: [kh, kw],
    divide: [1, 1],
    taps: [0, 0, 0],
    places: [0, 0, 0],
  };
  const size = { batches: groups, m, n: cg * kh * kw, k: n * oh * ow };
  const constants = { window_h: kh, window_w: kw, weight: 1 };
  const how = {
    a: dy,
    b: x,
    aRows: true,
    bRows: false,
    sections,
    numbers: { ...numbersOf(walk), y_image: 0, y_plane: 0 },
    constants,
  };
  return lowerProduct(kernel, context, { ...size, ...how });
}

/** The two products whose columns are the points of their output's images. */
function lowerPoints(kernel: OpKernel, context: Context, { groups }: Sizes, walk: Walk): Dispatch[] {
  const { a, b, m, channels, strides, points, window, divide } = walk;
  const [n, c, h, w] = kernel.output.shape as Quad;
  const taps = sizeOf(window);
  const size = { batches: groups, m, n: n * sizeOf(points), k: channels * taps };
  // Overrides are above 0; without taps nothing is read.
  const [window_h, window_w] = taps === 0 ? [1, 1] : window;
  const constants = { window_h, window_w, divide_h: divide[0], divide_w: divide[1] };
  // Weights of one tap may lie along either axis; otherwise taps do.
  const aRows = taps > 1 || strides[2] === 1;
  const numbers = { ...numbersOf(walk), y_image: c * h * w, y_plane: h * w };
  const how = { a, b, aRows, bRows: true, sections, numbers, constants, some: sizeOf(points) < h * w };
  return lowerProduct(kernel, context, { ...size, ...how });
}

/** Dense windows of 3 × 3 at every place, which minimal filtering computes. */
const isMinimal = ({ w, stride, dilation, groups }: Sizes): boolean =>
  w[2] === 3 && w[3] === 3 && groups === 1 && [...stride, ...dilation].every((step) => step === 1);

/** Windows of one element that touch all of x, whose planes are long enough to be rows of a matrix. */
function isPointwise({ x, y, w, stride, padding }: Sizes): boolean {
  const single = w[2] * w[3] * stride[0] * stride[1] === 1 && padding.every((p) => p === 0);
  return single && x[2] === y[2] && x[3] === y[3] && (x[0] === 1 || y[2] * y[3] >= 256);
}

/** The weights, by group seen as [m, k] with the given strides, times the planes of b. */
function pointwise(
  kernel: OpKernel,
  context: Context,
  { y: [n, , oh, ow], groups }: Sizes,
  b: Operand,
  [m, k, row, column]: Quad,
): Dispatch[] {
  const w = kernel.inputs[1] as Operand;
  const plane = oh * ow;
  const weights: Operand = { ...w, shape: [n, groups, m, k], strides: [0, m * k, row, column] };
  const shape = [n, groups, k, plane];
  const planes: Operand = { ...b, shape, strides: contiguousStrides(shape) };
  return matmul({ ...kernel, inputs: [weights, planes] }, context);
}
