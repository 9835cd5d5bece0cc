/**
 * Linear quantisation: real numbers as integers of few bits (or as small floats) with a scale and a zero point.
 *
 *   quantize    q = saturate(round(x / scale) + zero)        rounded half to even
 *   dequantize  y = (q - zero) scale
 *
 * Both are ops so that passes can see them (`compiler/passes/quantize.ts`) and are computed as the arithmetic above.
 */
import { type DType, dtypes } from "../core/dtype.ts";
import { ShapeError } from "../core/errors.ts";
import { formatShape, normalizeAxis, type Shape, sizeOf } from "../core/shape.ts";
import { Node, type Op } from "../graph/node.ts";
import { expand } from "./broadcast.ts";
import { add, cast, div, maximum, minimum, mul, num, round, sub } from "./elementwise.ts";
import { reshape, slice } from "./movement.ts";

const quantizeOp: Op = {
  name: "quantize",
  kind: "elementwise",
  gradient: null,
  decompose: ({ inputs: [x, scale, zero], attrs, dtype }) => {
    const quotient = div(cast(x as Node, "float32"), cast(scale as Node, "float32"));
    const precise = cast(cast(quotient, attrs["precision"] as DType), "float32");
    return saturate(precise, zero, dtype, attrs["saturate"] as boolean);
  },
};

const dequantizeOp: Op = {
  name: "dequantize",
  kind: "elementwise",
  // dscale = dy (q - zero)
  gradient: (dy, { inputs: [q, scale, zero] }) => {
    const dscale = cast(mul(cast(dy, "float32"), centred(q as Node, zero)), (scale as Node).dtype);
    return zero === undefined ? [null, dscale] : [null, dscale, null];
  },
  decompose: ({ inputs: [q, scale, zero], dtype }) =>
    cast(mul(centred(q as Node, zero), cast(scale as Node, "float32")), dtype),
};

/** The ops of this family. */
export const ops: readonly Op[] = [quantizeOp, dequantizeOp];

const centred = (q: Node, zero: Node | undefined): Node =>
  zero === undefined ? cast(q, "float32") : sub(cast(q, "float32"), cast(zero, "float32"));

/** The least and the greatest integer of a dtype. */
function rangeOf(dtype: DType): [number, number] {
  const { bits, signed } = dtypes[dtype];
  return signed ? [-(2 ** (bits - 1)), 2 ** (bits - 1) - 1] : [0, 2 ** bits - 1];
}

/** float32 in units of the scale, to the dtype: integers are rounded, moved by the zero point and held within their range. */
function saturate(x: Node, zero: Node | undefined, dtype: DType, saturating: boolean): Node {
  const { float } = dtypes[dtype];
  const whole = float ? x : round(x);
  const moved = zero === undefined ? whole : add(whole, cast(zero, "float32"));
  if (float) return cast(moved, dtype, { saturate: saturating });
  const [low, high] = rangeOf(dtype);
  return cast(minimum(maximum(moved, num(low, moved)), num(high, moved)), dtype);
}

/** Whether dequantising sees a number for all, for every place along an axis, or for every block of one. */
export interface Granularity {
  readonly axis: number;
  /** Numbers of a block; 0: as many as the sizes say. */
  readonly block: number;
}

/** Scales or zero points as `shape`, which they are read by: one number, one along the axis, or blocks of it. */
function spreadOver(op: string, x: Node, shape: Shape, { axis, block }: Granularity): Node {
  if (sizeOf(x.shape) === 1) return expand(reshape(x, []), shape);
  const rank = shape.length;
  const at = rank === 1 ? 0 : normalizeAxis(op, axis, rank);
  const size = shape[at] as number;
  if (x.shape.length === 1 && x.shape[0] === size) {
    return expand(
      reshape(
        x,
        shape.map((_, i) => (i === at ? size : 1)),
      ),
      shape,
    );
  }
  const count = x.shape[at] ?? 0;
  const length = block > 0 ? block : Math.ceil(size / Math.max(count, 1));
  const other = x.shape.some((own, i) => i !== at && own !== 1 && own !== shape[i]);
  if (other || x.shape.length !== rank || count * length < size) {
    throw new ShapeError(
      `${op}: cannot scale ${formatShape(shape)} by ${formatShape(x.shape)} along axis ${axis}: wanted one number, ${size} along the axis, or one for every block`,
    );
  }
  const repeated = expand(reshape(x, x.shape.toSpliced(at + 1, 0, 1)), shape.toSpliced(at, 1, count, length));
  const whole = reshape(repeated, shape.with(at, count * length));
  return slice(
    whole,
    shape.map(() => 0),
    shape,
  );
}

/** How many numbers along the axis share a scale; 0 where all do or each has its own. */
function blockOf(scale: Node, shape: Shape, { axis, block }: Granularity): number {
  if (sizeOf(scale.shape) === 1 || scale.shape.length < 2) return 0;
  const at = normalizeAxis("dequantize", axis, shape.length);
  return block > 0 ? block : Math.ceil((shape[at] as number) / (scale.shape[at] as number));
}

export interface QuantizeOptions extends Granularity {
  readonly dtype: DType;
  /** Whether small floats keep within their range; integers always do. */
  readonly saturate?: boolean;
  /** What the quotient is rounded to; default float32. */
  readonly precision?: DType;
}

/** x as a dtype of few bits. */
export function quantize(x: Node, scale: Node, zero: Node | null, options: QuantizeOptions): Node {
  const parts = [scale, ...(zero === null ? [] : [zero])].map((each) => spreadOver("quantize", each, x.shape, options));
  const { dtype, saturate = true, precision = "float32" } = options;
  return new Node(quantizeOp, [x, ...parts], { dtype, saturate, precision }, x.shape, dtype);
}

/** q as real numbers. */
export function dequantize(
  q: Node,
  scale: Node,
  zero: Node | null,
  options: Granularity & { readonly dtype: DType },
): Node {
  const parts = [scale, ...(zero === null ? [] : [zero])].map((each) =>
    spreadOver("dequantize", each, q.shape, options),
  );
  const { dtype } = options;
  const axis = q.shape.length < 2 ? 0 : normalizeAxis("dequantize", options.axis, q.shape.length);
  return new Node(
    dequantizeOp,
    [q, ...parts],
    { dtype, axis, block: blockOf(scale, q.shape, options) },
    q.shape,
    dtype,
  );
}
