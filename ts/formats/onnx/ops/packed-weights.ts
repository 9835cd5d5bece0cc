/** Weights that stay packed: MatMulNBits, GatherBlockQuantized, and the 4-bit floats of bitsandbytes. */
import { normalizeAxis } from "../../../core/shape.ts";
import type { Node } from "../../../graph/node.ts";
import { expand } from "../../../ops/broadcast.ts";
import { add, and, cast, div, mul, num, sub } from "../../../ops/elementwise.ts";
import { take } from "../../../ops/gather.ts";
import { matmul, transpose } from "../../../ops/matmul.ts";
import { matmulNBits, unpackBits, zeroPoints } from "../../../ops/matmul-nbits.ts";
import { concat, reshape, slice } from "../../../ops/movement.ts";
import { dequantize } from "../../../ops/quantize.ts";
import type { Call, Operators, Outputs } from "../call.ts";
import { constantLeaf } from "../feed.ts";

function nBits(call: Call): Outputs {
  const a = call.tensor(0);
  if (call.int("weight_prepacked", 0) !== 0) throw call.unsupported("weight_prepacked");
  const [n, block, bits] = [call.int("N"), call.int("block_size"), call.int("bits", 4)];
  const q = reshape(call.tensor(1), [n, -1]);
  const groups = call.optional(4);
  const y =
    groups === null
      ? matmulNBits(a, q, call.tensor(2), call.optional(3), { bits, block })
      : matmul(cast(a, "float32"), transpose(groupedWeights(call, q, groups, bits)));
  const bias = call.optional(5);
  return cast(bias === null ? y : add(y, cast(bias, "float32")), a.dtype);
}

/** Weights [n, k] whose blocks are not neighbours: `groups` names the block of every place along the depth. */
function groupedWeights(call: Call, q: Node, groups: Node, bits: number): Node {
  const [n, k] = [call.int("N"), call.int("K")];
  const scales = cast(reshape(call.tensor(2), [n, -1]), "float32");
  const block = slice(cast(groups, "int32"), [0], [k]);
  const numbers = slice(cast(unpackBits(q, bits), "float32"), [0, 0], [n, k]);
  const zeros = expand(zeroPoints(call.optional(3), scales, bits), scales.shape);
  return mul(sub(numbers, take(zeros, block, 1)), take(scales, block, 1));
}

/** Rows of a table whose numbers are quantised in blocks; what is not read stays packed. */
function gatherBlocks(call: Call): Outputs {
  const [data, index, scales] = [call.tensor(0), call.tensor(1), call.tensor(2)];
  const zeros = call.optional(3);
  const rank = data.shape.length;
  const axis = normalizeAxis("GatherBlockQuantized", call.int("gather_axis", 0), rank);
  const along = normalizeAxis("GatherBlockQuantized", call.int("quantize_axis", 1), rank);
  const bits = call.int("bits", 4);
  const unpacked = (x: Node): Node => (data.dtype === "uint8" ? unpackBits(x, bits) : x);
  const block = call.int("block_size", 128);
  // Blocks along the axis that is read have to be numbers first; any other axis keeps its blocks.
  const split = axis === along;
  const pick = (x: Node): Node => (split ? x : take(x, index, axis));
  const values = unpacked(pick(data));
  const scale = pick(scales);
  const place = split || along < axis ? along : along + index.shape.length - 1;
  const dtype = scales.dtype;
  const options = { axis: place, block, dtype };
  let zero: Node | null = null;
  if (zeros !== null) {
    const numbers = unpacked(pick(zeros));
    zero = slice(
      numbers,
      numbers.shape.map(() => 0),
      scale.shape,
    );
  } else if (data.dtype === "uint8") zero = num(2 ** (bits - 1), values);
  const y = dequantize(values, scale, zero, options);
  return split ? take(y, index, axis) : y;
}

/** The values of a 4-bit normal float: quantiles of the normal distribution; Dettmers et al. 2023. */
const nf4 = [
  -1, -0.6961928009986877, -0.5250730514526367, -0.39491748809814453, -0.28444138169288635, -0.18477343022823334,
  -0.09105003625154495, 0, 0.07958029955625534, 0.16093020141124725, 0.24611230194568634, 0.33791524171829224,
  0.44070982933044434, 0.5626170039176941, 0.7229568362236023, 1,
];

/** A sign, two bits of exponent and one of mantissa, the greatest 1. */
const fp4 = [0, 1 / 192, 2 / 3, 1, 1 / 3, 1 / 2, 1 / 6, 1 / 4].flatMap((x, i, all) =>
  i < all.length - 1 ? [x] : [x, ...all.map((value) => -value)],
);

/** a by weights [n, k] of 4-bit floats, scaled in blocks of the whole; the first of a byte is in its highest bits. */
function bnb4(call: Call): Outputs {
  const a = call.tensor(0);
  const [n, k, block] = [call.int("N"), call.int("K"), call.int("block_size")];
  const bytes = call.tensor(1);
  const pairs = [div(bytes, num(16, bytes)), and(bytes, num(15, bytes))].map((x) => reshape(x, [-1, 1]));
  const numbers = slice(reshape(concat(pairs, 1), [-1]), [0], [n * k]);
  const table = constantLeaf(Float32Array.from(call.int("quant_type") === 0 ? fp4 : nf4), [16], "float32");
  const values = take(table, cast(numbers, "int32"), 0);
  const scaled = dequantize(values, cast(call.tensor(2), "float32"), null, { axis: 0, block, dtype: "float32" });
  const w = reshape(scaled, [n, k]);
  return cast(matmul(cast(a, "float32"), call.int("transB", 1) === 0 ? w : transpose(w)), a.dtype);
}

export const operators: Operators = {
  "com.microsoft.GatherBlockQuantized": gatherBlocks,
  "com.microsoft.MatMulBnb4": bnb4,
  "com.microsoft.MatMulNBits": nBits,
};
