/** Pooling, and normalising over neighbouring channels. Kernels compute float32; other types are converted there and back. */
import { FormatError } from "../../../core/errors.ts";
import { checkShape, sizeOf } from "../../../core/shape.ts";
import type { Node } from "../../../graph/node.ts";
import { expand, sum } from "../../../ops/broadcast.ts";
import { abs, add, cast, div, mul, num, pow, sqrt } from "../../../ops/elementwise.ts";
import { pad, reshape } from "../../../ops/movement.ts";
import { avgPool, maxPool, maxPoolIndices, type Pooling, paddedToReach, sumPool } from "../../../ops/pooling.ts";
import { max, mean } from "../../../ops/reduce.ts";
import { scatterElements } from "../../../ops/scatter.ts";
import type { Call, Operators, Outputs } from "../call.ts";
import { narrow, single } from "../precision.ts";
import { axisList, windowsOf } from "../window.ts";

function poolingOf(call: Call, x: Node): Pooling {
  const kernel = call.ints("kernel_shape");
  if (kernel === null) throw new FormatError("attribute kernel_shape is missing");
  return windowsOf(call, x.shape.slice(2), kernel);
}

function maximum(call: Call): Outputs {
  const x = call.tensor(0);
  const real = single(x);
  const pooling = poolingOf(call, x);
  const y = narrow(maxPool(real, pooling), x.dtype);
  if (!call.wants(1)) return y;
  const order = call.int("storage_order", 0) === 0 ? "row" : "column";
  return [y, cast(maxPoolIndices(real, pooling, order), "int64")];
}

function average(call: Call): Outputs {
  const x = call.tensor(0);
  const pooling = poolingOf(call, x);
  const countIncludePad = call.int("count_include_pad", 0) !== 0;
  // Before opset 22, what ceil_mode adds behind the padding counts as padding.
  const windows = countIncludePad && call.opset < 22 ? paddedToReach(x, pooling) : pooling;
  return narrow(avgPool(single(x), windows, countIncludePad), x.dtype);
}

/** The exponent: a float before opset 2, an integer since. */
const exponentOf = (call: Call): number => (call.opset < 2 ? call.float("p", 2) : call.int("p", 2));

/** ᵖ√ Σ |x|ᵖ, sums as `total` takes them. */
function norm(x: Node, p: number, total: (x: Node) => Node): Node {
  if (p === 1) return total(abs(x));
  if (p === 2) return sqrt(total(mul(x, x)));
  return pow(total(pow(abs(x), num(p, x))), num(1 / p, x));
}

function lpPool(call: Call): Outputs {
  const x = call.tensor(0);
  const pooling = poolingOf(call, x);
  return narrow(
    norm(single(x), exponentOf(call), (terms) => sumPool(terms, pooling)),
    x.dtype,
  );
}

/** One value for all spatial axes, which stay with size 1. */
function global(call: Call, reduce: (x: Node, axes: readonly number[]) => Node): Node {
  const x = call.tensor(0);
  const axes = x.shape.slice(2).map((_, i) => i + 2);
  const y = reduce(single(x), axes);
  return narrow(reshape(y, [...x.shape.slice(0, 2), ...axes.map(() => 1)]), x.dtype);
}

const globalLpPool = (call: Call): Outputs =>
  global(call, (x, axes) => norm(x, exponentOf(call), (terms) => sum(terms, axes)));

/** Zeros with the values of x where a MaxPool found them. */
async function maxUnpool(call: Call): Promise<Outputs> {
  const [x, index] = [call.tensor(0), call.tensor(1)];
  const kernel = call.ints("kernel_shape") ?? [];
  const rank = kernel.length;
  const stride = axisList(call, "strides", rank, 1);
  const pads = axisList(call, "pads", 2 * rank, 0);
  const spatial = kernel.map((size, i) => {
    const padding = (pads[i] as number) + (pads[rank + i] as number);
    return ((x.shape[i + 2] as number) - 1) * (stride[i] as number) - padding + size;
  });
  const inferred = [...x.shape.slice(0, 2), ...spatial];
  checkShape("maxUnpool", inferred);
  const count = sizeOf(x.shape);
  const zeros = expand(num(0, x), [sizeOf(inferred)]);
  const y = reshape(scatterElements(zeros, reshape(index, [count]), reshape(x, [count]), 0), inferred);
  const wanted = await call.optionalNumbers(2);
  if (wanted === null) return y;
  // The positions count the elements of the inferred shape, which lies at the start of a larger one.
  return pad(
    y,
    wanted.map(() => 0),
    wanted.map((size, i) => size - (inferred[i] as number)),
  );
}

/** x / (bias + alpha mean x²)^beta, the mean over `size` neighbouring channels. */
function lrn(call: Call): Outputs {
  const given = call.tensor(0);
  const size = call.int("size");
  if (size < 1) throw new FormatError(`size is ${size}, wanted at least 1`);
  const x = single(given);
  const [n, c] = x.shape as [number, number];
  const lines = reshape(x, [n, 1, c, sizeOf(x.shape.slice(2))]);
  const before = Math.floor((size - 1) / 2);
  const squares = avgPool(
    mul(lines, lines),
    {
      kernel: [size, 1],
      stride: [1, 1],
      dilation: [1, 1],
      before: [before, 0],
      after: [size - 1 - before, 0],
      size: lines.shape.slice(2),
    },
    true,
  );
  const scale = add(mul(squares, num(call.float("alpha", 1e-4), x)), num(call.float("bias", 1), x));
  return narrow(reshape(div(lines, power(scale, call.float("beta", 0.75))), x.shape), given.dtype);
}

/** x^beta for x > 0; the usual exponents by square roots. */
function power(x: Node, beta: number): Node {
  if (beta === 0.5) return sqrt(x);
  if (beta === 0.75) return mul(sqrt(x), sqrt(sqrt(x)));
  return beta === 1 ? x : pow(x, num(beta, x));
}

export const operators: Operators = {
  AveragePool: average,
  GlobalAveragePool: (call) => global(call, mean),
  GlobalLpPool: globalLpPool,
  GlobalMaxPool: (call) => global(call, max),
  LpPool: lpPool,
  LRN: lrn,
  MaxPool: maximum,
  MaxUnpool: maxUnpool,
};
