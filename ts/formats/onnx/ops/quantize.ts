/** Quantising, dequantising, and products and convolutions of quantised tensors. */
import { type DType, dtypes } from "../../../core/dtype.ts";
import type { Node } from "../../../graph/node.ts";
import { add, cast, div, eq, maximum, minimum, mul, neg, num, round, sub, where } from "../../../ops/elementwise.ts";
import { convolveInteger, matmulInteger } from "../../../ops/integer.ts";
import { matmul } from "../../../ops/matmul.ts";
import { permute, reshape } from "../../../ops/movement.ts";
import { dequantize, quantize } from "../../../ops/quantize.ts";
import { max, min } from "../../../ops/reduce.ts";
import type { Call, Operators, Outputs } from "../call.ts";
import { dtypeOf } from "../proto/tensor.ts";
import { windowsOf } from "../window.ts";

/** One scale and one zero point for all. */
const whole = { axis: 0, block: 0 };

const granularity = (call: Call) => ({ axis: call.int("axis", 1), block: call.int("block_size", 0) });

/** The dtype in an attribute, or the other where it is absent or 0. */
function dtypeAttribute(call: Call, name: string, other: DType): DType {
  const code = call.int(name, 0);
  return code === 0 ? other : dtypeOf(code);
}

function quantizeLinear(call: Call): Outputs {
  const [x, scale, zero] = [call.tensor(0), call.tensor(1), call.optional(2)];
  const dtype = zero?.dtype ?? dtypeAttribute(call, "output_dtype", "uint8");
  // A scale without a mantissa says nothing about the precision of a quotient.
  const own = dtypes[scale.dtype].float && dtypes[scale.dtype].bits >= 16 ? scale.dtype : "float32";
  const precision = dtypeAttribute(call, "precision", own);
  return quantize(x, scale, zero, { ...granularity(call), dtype, precision, saturate: call.int("saturate", 1) !== 0 });
}

function dequantizeLinear(call: Call): Outputs {
  const [q, scale, zero] = [call.tensor(0), call.tensor(1), call.optional(2)];
  return dequantize(q, scale, zero, {
    ...granularity(call),
    dtype: dtypeAttribute(call, "output_dtype", scale.dtype),
  });
}

/** float32 as uint8 over its own range, which 0 belongs to: values, scale and zero point. */
export function quantizeDynamically(x: Node): { q: Node; scale: Node; zero: Node } {
  const none = num(0, x);
  const [low, high] = [minimum(min(x), none), maximum(max(x), none)];
  const width = div(sub(high, low), num(255, x));
  const scale = where(eq(width, none), num(1, x), width);
  const zero = cast(round(minimum(maximum(neg(div(low, scale)), none), num(255, x))), "uint8");
  return { q: quantize(x, scale, zero, { ...whole, dtype: "uint8" }), scale, zero };
}

function dynamicQuantizeLinear(call: Call): Outputs {
  const { q, scale, zero } = quantizeDynamically(call.tensor(0));
  return [q, scale, zero];
}

const given = (call: Call, i: number): Node | undefined => call.optional(i) ?? undefined;

function matMulInteger(call: Call): Outputs {
  return matmulInteger(call.tensor(0), call.tensor(1), given(call, 2), given(call, 3));
}

function integerConvolution(call: Call, x: Node, w: Node, xZero?: Node, wZero?: Node): Node {
  const windows = windowsOf(call, x.shape.slice(2), w.shape.slice(2));
  return convolveInteger(x, w, xZero, wZero, { ...windows, groups: call.int("group", 1) });
}

function convInteger(call: Call): Outputs {
  return integerConvolution(call, call.tensor(0), call.tensor(1), given(call, 2), given(call, 3));
}

const bytes: ReadonlySet<DType> = new Set(["int8", "uint8"]);

/** Scales of a product's rows: one number, one a row, or [..., m, 1]. */
export const ofRows = (scale: Node): Node =>
  scale.shape.length === 1 && (scale.shape[0] as number) > 1 ? reshape(scale, [scale.shape[0] as number, 1]) : scale;

/** One number without axes, so that it broadcasts to any rank; more as they are. */
export const ofAll = (x: Node): Node => (x.shape.length === 1 && x.shape[0] === 1 ? reshape(x, []) : x);

function qLinearMatMul(call: Call): Outputs {
  const [a, aZero, b, bZero, yZero] = [0, 2, 3, 5, 7].map((i) => call.tensor(i)) as [Node, Node, Node, Node, Node];
  const [aScale, bScale, yScale] = [1, 4, 6].map((i) => ofAll(cast(call.tensor(i), "float32"))) as [Node, Node, Node];
  const options = { ...whole, dtype: yZero.dtype };
  if (bytes.has(a.dtype) && bytes.has(b.dtype)) {
    const sums = cast(matmulInteger(a, b, aZero, bZero), "float32");
    const scale = mul(ofRows(aScale), bScale);
    return quantizeBy(sums, div(scale, yScale), yZero);
  }
  // Small floats: what is quantised is a product of real numbers.
  const real = (q: Node, scale: Node, zero: Node): Node =>
    mul(sub(cast(q, "float32"), cast(ofAll(zero), "float32")), scale);
  const y = matmul(real(a, ofRows(aScale), ofRows(aZero)), real(b, bScale, bZero));
  return quantize(y, yScale, yZero, options);
}

/** float32 sums in units of the product of their scales, to the output's units and type. `factor` broadcasts. */
export function quantizeBy(sums: Node, factor: Node, zero: Node): Node {
  return quantize(mul(sums, factor), num(1, factor), zero, { ...whole, dtype: zero.dtype });
}

function qLinearConv(call: Call): Outputs {
  const last = call.int("channels_last", 0) !== 0;
  const given = call.tensor(0);
  const rank = given.shape.length;
  const x = last ? permute(given, [0, rank - 1, ...given.shape.slice(2).map((_, i) => i + 1)]) : given;
  const [xZero, w, wZero, yZero] = [2, 3, 5, 7].map((i) => call.tensor(i)) as [Node, Node, Node, Node];
  const [xScale, wScale, yScale] = [1, 4, 6].map((i) => ofAll(call.tensor(i))) as [Node, Node, Node];
  const sums = integerConvolution(call, x, w, xZero, wZero);
  const channels = (v: Node): Node => reshape(v, [-1, ...new Array<number>(rank - 2).fill(1)]);
  const bias = call.optional(8);
  const total = bias === null ? sums : add(sums, channels(bias));
  const factor = channels(div(mul(xScale, wScale), yScale));
  const y = quantizeBy(cast(total, "float32"), factor, ofAll(yZero));
  return last ? permute(y, [0, ...given.shape.slice(2).map((_, i) => i + 2), 1]) : y;
}

export const operators: Operators = {
  QuantizeLinear: quantizeLinear,
  DequantizeLinear: dequantizeLinear,
  DynamicQuantizeLinear: dynamicQuantizeLinear,
  MatMulInteger: matMulInteger,
  ConvInteger: convInteger,
  QLinearMatMul: qLinearMatMul,
  QLinearConv: qLinearConv,
  "com.microsoft.QuantizeLinear": quantizeLinear,
  "com.microsoft.DequantizeLinear": dequantizeLinear,
  "com.microsoft.QLinearConv": qLinearConv,
};
