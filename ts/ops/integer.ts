/**
 * Products of 8-bit integers with exact int32 sums (modulo 2³²): what quantised layers are made of.
 *
 * The side that is a layer's weights is packed by an op of its own, so that constant weights are packed once.
 */
import type { DType } from "../core/dtype.ts";
import { DTypeError, ShapeError } from "../core/errors.ts";
import { broadcastShapes, formatShape, type Shape, sizeOf } from "../core/shape.ts";
import { type Attrs, Node, type Op } from "../graph/node.ts";
import { expand } from "./broadcast.ts";
import { type Conv2dOptions, slidingSize } from "./conv2d.ts";
import { type Convolution, convolve } from "./convolution.ts";
import { transpose } from "./matmul.ts";
import { pad, reshape } from "./movement.ts";

const packIntegerOp: Op = { name: "packInteger", kind: "kernel", strided: [true, true], gradient: null };

const matmulIntegerOp: Op = {
  name: "matmulInteger",
  kind: "kernel",
  strided: [true, true, true],
  epilogue: true,
  gradient: null,
};

const conv2dIntegerOp: Op = { name: "conv2dInteger", kind: "kernel", epilogue: true, gradient: null };

/** The ops of this family. */
export const ops: readonly Op[] = [packIntegerOp, matmulIntegerOp, conv2dIntegerOp];

function checkBytes(op: string, ...operands: readonly (Node | undefined)[]): void {
  const wrong = operands.find((x) => x !== undefined && x.dtype !== "int8" && x.dtype !== "uint8");
  if (wrong !== undefined) {
    throw new DTypeError(`${op}: cannot multiply ${wrong.dtype}: wanted int8 or uint8`);
  }
}

function checkZero(op: string, zero: Node | undefined, dtype: DType): void {
  if (zero !== undefined && zero.dtype !== dtype) {
    throw new DTypeError(`${op}: cannot take a zero point of ${zero.dtype}: wanted ${dtype}, as the values have`);
  }
}

/** Zero points of `lines`, one for all or one each, as [...batch, lines]; undefined where there are none. */
function zeroPoints(op: string, zero: Node, batch: Shape, lines: number, axis: -1 | -2): Node {
  const { shape } = zero;
  const rank = shape.length;
  if (sizeOf(shape) === 1) return expand(reshape(zero, []), [...batch, lines]);
  const own = rank < 2 ? shape : [...shape.slice(0, -2), shape[rank + axis] as number];
  const other = rank < 2 ? 1 : shape[rank - 3 - axis];
  const count = own[own.length - 1] as number;
  if ((count !== lines && count !== 1) || other !== 1) {
    throw new ShapeError(
      `${op}: cannot take zero points of ${formatShape(shape)}: wanted one number, or one for each of ${lines} lines`,
    );
  }
  return expand(reshape(zero, own), [...batch, lines]);
}

/**
 * Packs matrices of weights [..., lines, depth], less the zero points of their lines [..., lines], to [..., bytes]: panels of
 * `width` lines as `assembly/pack-integer.ts` lays them out. The numbers of bytes are those of the larger of its two forms.
 */
export function packInteger(w: Node, zero: Node | undefined, width: 4 | 8): Node {
  const [lines, depth] = w.shape.slice(-2) as [number, number];
  const padded = width * Math.ceil(lines / width);
  const bytes = (64 + 8 * padded + 4 * padded * Math.ceil(depth / 2) + 63) & ~63;
  const inputs = zero === undefined ? [w] : [w, zero];
  return new Node(
    packIntegerOp,
    inputs,
    { width, unsigned: w.dtype === "uint8" },
    [...w.shape.slice(0, -2), bytes],
    "uint8",
  );
}

/**
 * NumPy's matmul of int8 or uint8 operands less their zero points: one number, one a row of `a` ([m] or [..., m, 1]), one a
 * column of `b` ([n] or [..., 1, n]). int32, exact.
 */
export function matmulInteger(a: Node, b: Node, aZero?: Node, bZero?: Node): Node {
  const op = "matmulInteger";
  checkBytes(op, a, b);
  checkZero(op, aZero, a.dtype);
  checkZero(op, bZero, b.dtype);
  const left = a.shape.length === 1 ? reshape(a, [1, a.shape[0] as number]) : a;
  const right = b.shape.length === 1 ? reshape(b, [b.shape[0] as number, 1]) : b;
  const [m, k] = left.shape.slice(-2) as [number, number];
  const [inner, n] = right.shape.slice(-2) as [number, number];
  if (k === undefined || n === undefined || k !== inner) {
    throw new ShapeError(
      `${op}: cannot multiply ${formatShape(a.shape)} by ${formatShape(b.shape)}: wanted matrices of one inner dimension`,
    );
  }
  const batch = broadcastShapes(op, left.shape.slice(0, -2), right.shape.slice(0, -2));
  const shape = [...batch, ...(a.shape.length === 1 ? [] : [m]), ...(b.shape.length === 1 ? [] : [n])];
  const columns = right.shape.slice(0, -2);
  const zeroBatch = bZero === undefined || bZero.shape.length < 3 || sizeOf(bZero.shape) === 1 ? columns : batch;
  const weights = zeroBatch === columns ? right : expand(right, [...batch, k, n]);
  const packed = packInteger(
    transpose(weights),
    bZero === undefined ? undefined : zeroPoints(op, bZero, zeroBatch, n, -1),
    8,
  );
  const zeros = aZero === undefined ? [] : [zeroPoints(op, aZero, batch, m, -2)];
  const bytes = packed.shape[packed.shape.length - 1] as number;
  // One matrix for a whole batch of rows is one product of more rows.
  const rows = sizeOf(batch) * m;
  const inputs =
    packed.shape.length === 1
      ? [reshape(left, [rows, k]), packed, ...zeros.map((zero) => reshape(zero, [rows]))]
      : [expand(left, [...batch, m, k]), expand(packed, [...batch, bytes]), ...zeros];
  const product = packed.shape.length === 1 ? [rows, n] : [...batch, m, n];
  return reshape(new Node(matmulIntegerOp, inputs, { unsigned: a.dtype === "uint8" }, product, "int32"), shape);
}

/**
 * Convolution of int8 or uint8 [n, c, h, w] with [o, c / groups, kh, kw], both less their zero points: one of `x`, one or one
 * an output channel of `w`. What pads the image adds nothing. int32, exact.
 */
export function conv2dInteger(
  x: Node,
  w: Node,
  xZero: Node | undefined,
  wZero: Node | undefined,
  options: Conv2dOptions,
): Node {
  const op = "conv2dInteger";
  checkBytes(op, x, w);
  checkZero(op, xZero, x.dtype);
  checkZero(op, wZero, w.dtype);
  const { stride, padding, dilation, groups } = options;
  const [n, c, h, width] = x.shape as [number, number, number, number];
  const [o, cg, kh, kw] = w.shape as [number, number, number, number];
  if (x.shape.length !== 4 || w.shape.length !== 4 || cg * groups !== c || o % groups !== 0) {
    throw new ShapeError(
      `${op}: cannot convolve ${formatShape(x.shape)} with ${formatShape(w.shape)} in ${groups} groups: wanted [n, c, h, w] and [o, c / groups, kh, kw], o divisible by groups`,
    );
  }
  if (xZero !== undefined && sizeOf(xZero.shape) !== 1) {
    throw new ShapeError(
      `${op}: cannot take zero points of ${formatShape(xZero.shape)} for the image: wanted one number`,
    );
  }
  const [oh, ow] = slidingSize(op, [h, width], [kh, kw], options);
  const og = o / groups;
  const zeros = wZero === undefined ? undefined : reshape(zeroPoints(op, wZero, [], o, -1), [groups, og]);
  const packed = packInteger(reshape(w, [groups, og, cg * kh * kw]), zeros, 4);
  const inputs = xZero === undefined ? [x, packed] : [x, packed, reshape(xZero, [])];
  const attrs: Attrs = { stride, padding, dilation, groups, window: [kh, kw], unsigned: x.dtype === "uint8" };
  return new Node(conv2dIntegerOp, inputs, attrs, [n, o, oh, ow], "int32");
}

/** {@link conv2dInteger} over any number of spatial axes. */
export function convolveInteger(
  x: Node,
  w: Node,
  xZero: Node | undefined,
  wZero: Node | undefined,
  options: Convolution,
): Node {
  // All axes but the last two are padded with the zero point first, which then adds nothing.
  const outer = options.before.length - 2;
  const padding = (list: readonly number[]): number[] => [0, 0, ...list.map((size, i) => (i < outer ? size : 0))];
  const fill = xZero === undefined ? undefined : reshape(xZero, []);
  const padded = outer > 0 ? pad(x, padding(options.before), padding(options.after), fill) : x;
  const inner = (list: readonly number[]): number[] => list.map((size, i) => (i < outer ? 0 : size));
  const sliding = { ...options, before: inner(options.before), after: inner(options.after) };
  return convolve(padded, w, sliding, (planes, taps, plane) => conv2dInteger(planes, taps, xZero, wZero, plane));
}
