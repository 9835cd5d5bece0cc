/** Quantised layers as com.microsoft has them: (values, scale, zero point) in and out, and products that give real numbers. */
import { FormatError } from "../../../core/errors.ts";
import { normalizeAxis, sizeOf } from "../../../core/shape.ts";
import type { Node } from "../../../graph/node.ts";
import { leakyRelu } from "../../../ops/activation.ts";
import { add, cast, mul, num, sigmoid, where } from "../../../ops/elementwise.ts";
import { matmulInteger } from "../../../ops/integer.ts";
import { transpose } from "../../../ops/matmul.ts";
import { concat, permute, reshape } from "../../../ops/movement.ts";
import { avgPool } from "../../../ops/pooling.ts";
import { dequantize, quantize } from "../../../ops/quantize.ts";
import { mean } from "../../../ops/reduce.ts";
import { softmax } from "../../../ops/softmax.ts";
import type { Call, Operators, Outputs } from "../call.ts";
import { windowsOf } from "../window.ts";
import { ofAll, quantizeDynamically } from "./quantize.ts";

const whole = { axis: 0, block: 0 };

const scaleAt = (call: Call, i: number): Node => ofAll(cast(call.tensor(i), "float32"));

/** Inputs i, i + 1 and i + 2, values with their scale and zero point, as float32. */
function real(call: Call, i: number): Node {
  return dequantize(call.tensor(i), scaleAt(call, i + 1), call.optional(i + 2), { ...whole, dtype: "float32" });
}

/** float32 by the scale and zero point at inputs i and i + 1, as a type like the first input's values where there is none. */
function quantizedBy(call: Call, y: Node, i: number, like: Node): Node {
  const zero = call.optional(i + 1);
  return quantize(y, scaleAt(call, i), zero, { ...whole, dtype: zero?.dtype ?? like.dtype });
}

/** An operation of one operand: x, its scale and zero point, y's. */
const unary =
  (op: (x: Node, call: Call) => Node) =>
  (call: Call): Outputs =>
    quantizedBy(call, op(real(call, 0), call), 3, call.tensor(0));

const binary =
  (op: (a: Node, b: Node) => Node) =>
  (call: Call): Outputs =>
    quantizedBy(call, op(real(call, 0), real(call, 3)), 6, call.tensor(0));

/** An operation on [n, c, …] of an operand whose channels may come last. */
function channelsFirst(x: Node, call: Call, op: (x: Node) => Node): Node {
  if (call.int("channels_last", 0) === 0) return op(x);
  const last = x.shape.length - 1;
  const inner = x.shape.slice(2).map((_, i) => i + 1);
  return permute(op(permute(x, [0, last, ...inner])), [0, ...inner.map((i) => i + 1), 1]);
}

const averagePool = unary((given, call) =>
  channelsFirst(given, call, (x) => {
    const kernel = call.ints("kernel_shape");
    if (kernel === null) throw new FormatError("attribute kernel_shape is missing");
    return avgPool(x, windowsOf(call, x.shape.slice(2), kernel), call.int("count_include_pad", 0) !== 0);
  }),
);

const globalAveragePool = unary((given, call) =>
  channelsFirst(given, call, (x) => {
    const axes = x.shape.slice(2).map((_, i) => i + 2);
    return reshape(mean(x, axes), [...x.shape.slice(0, 2), ...axes.map(() => 1)]);
  }),
);

const reduceMean = unary((x, call) => {
  const rank = x.shape.length;
  const given = call.ints("axes");
  const axes = given === null || given.length === 0 ? x.shape.map((_, i) => i) : [...given];
  const along = axes.map((axis) => normalizeAxis("QLinearReduceMean", axis, rank));
  const y = mean(x, along);
  return call.int("keepdims", 1) === 0
    ? y
    : reshape(
        y,
        x.shape.map((size, i) => (along.includes(i) ? 1 : size)),
      );
});

/** Before opset 13 all axes from `axis` on are one row. */
const softmaxOf = unary((x, call) => {
  const axis = normalizeAxis("QLinearSoftmax", call.int("axis", -1), x.shape.length);
  if (call.int("opset", 13) >= 13) return softmax(x, axis);
  const rows = reshape(x, [sizeOf(x.shape.slice(0, axis)), sizeOf(x.shape.slice(axis))]);
  return reshape(softmax(rows, 1), x.shape);
});

function concatOf(call: Call): Outputs {
  const parts = Array.from({ length: (call.inputs.length - 2) / 3 }, (_, i) => real(call, 2 + 3 * i));
  return quantizedBy(call, concat(parts, call.int("axis")), 0, call.tensor(2));
}

function choose(call: Call): Outputs {
  return quantizedBy(call, where(call.tensor(0), real(call, 1), real(call, 4)), 7, call.tensor(1));
}

const given = (call: Call, i: number): Node | undefined => call.optional(i) ?? undefined;

/** int32 sums as real numbers, plus a bias. */
function realSums(sums: Node, scale: Node, bias: Node | null): Node {
  const y = mul(cast(sums, "float32"), scale);
  return bias === null ? y : add(y, cast(bias, "float32"));
}

function dynamicQuantizeMatMul(call: Call): Outputs {
  const { q, scale, zero } = quantizeDynamically(call.tensor(0));
  const sums = matmulInteger(q, call.tensor(1), zero, given(call, 3));
  return realSums(sums, mul(scale, scaleAt(call, 2)), call.optional(4));
}

function matMulIntegerToFloat(call: Call): Outputs {
  const scale = call.tensor(2);
  if (sizeOf(scale.shape) !== 1) throw call.unsupported("a scale for every column of A");
  const sums = matmulInteger(call.tensor(0), call.tensor(1), given(call, 4), given(call, 5));
  return cast(realSums(sums, mul(scaleAt(call, 2), scaleAt(call, 3)), call.optional(6)), scale.dtype);
}

/** alpha (a - za)(b - zb) sa sb, plus an int32 bias in the units of the sums; quantised where there is an output scale. */
function gemm(call: Call): Outputs {
  const side = (i: number, name: string): Node =>
    call.int(name, 0) === 0 ? call.tensor(i) : transpose(call.tensor(i));
  const sums = matmulInteger(side(0, "transA"), side(3, "transB"), call.tensor(2), call.tensor(5));
  const bias = call.optional(6);
  const total = bias === null ? sums : add(sums, bias);
  const units = mul(scaleAt(call, 1), scaleAt(call, 4));
  const factor = mul(units, num(call.float("alpha", 1), units));
  const y = mul(cast(total, "float32"), factor);
  return call.has(7) ? quantizedBy(call, y, 7, call.tensor(0)) : y;
}

export const operators: Operators = {
  "com.microsoft.DynamicQuantizeMatMul": dynamicQuantizeMatMul,
  "com.microsoft.MatMulIntegerToFloat": matMulIntegerToFloat,
  "com.microsoft.QGemm": gemm,
  "com.microsoft.QLinearAdd": binary(add),
  "com.microsoft.QLinearAveragePool": averagePool,
  "com.microsoft.QLinearConcat": concatOf,
  "com.microsoft.QLinearGlobalAveragePool": globalAveragePool,
  "com.microsoft.QLinearLeakyRelu": unary((x, call) => leakyRelu(x, call.float("alpha", 0.01))),
  "com.microsoft.QLinearMul": binary(mul),
  "com.microsoft.QLinearReduceMean": reduceMean,
  "com.microsoft.QLinearSigmoid": unary(sigmoid),
  "com.microsoft.QLinearSoftmax": softmaxOf,
  "com.microsoft.QLinearWhere": choose,
};
