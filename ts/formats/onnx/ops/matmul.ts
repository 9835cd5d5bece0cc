/** Matrix products, sums of products, determinants. */
import { dtypes } from "../../../core/dtype.ts";
import { FormatError } from "../../../core/errors.ts";
import { formatShape } from "../../../core/shape.ts";
import type { Node } from "../../../graph/node.ts";
import { sum } from "../../../ops/broadcast.ts";
import { einsum } from "../../../ops/einsum.ts";
import { abs, add, cast, div, eq, lt, mul, neg, num, sub, where } from "../../../ops/elementwise.ts";
import { iota } from "../../../ops/iota.ts";
import { constant } from "../../../ops/leaf.ts";
import { matmul, transpose } from "../../../ops/matmul.ts";
import { permute, reshape, slice } from "../../../ops/movement.ts";
import { argmax } from "../../../ops/reduce.ts";
import type { Call, Operators, Outputs } from "../call.ts";
import { activated } from "../fused-activation.ts";
import { narrow, single, widened } from "../precision.ts";

const product = (call: Call): Outputs => {
  const [a, b] = [call.tensor(0), call.tensor(1)];
  return narrow(matmul(widened(a), widened(b)), a.dtype);
};

/** A factor that is not 1 makes numbers of any type float32 on the way. */
function scaled(x: Node, factor: number): Node {
  if (factor === 1) return x;
  const real = dtypes[x.dtype].float ? x : cast(x, "float32");
  return mul(real, num(factor, real));
}

/** α a b + β c, a and b transposed at will, in the type that the product has. */
function affine(call: Call): Node {
  const [a, b] = [call.tensor(0), call.tensor(1)];
  if (a.shape.length !== 2 || b.shape.length !== 2) {
    throw new FormatError(`inputs of ${formatShape(a.shape)} and ${formatShape(b.shape)}, wanted matrices`);
  }
  const arranged = (x: Node, name: string): Node => (call.int(name, 0) === 0 ? widened(x) : transpose(widened(x)));
  const ab = scaled(matmul(arranged(a, "transA"), arranged(b, "transB")), call.float("alpha", 1));
  const c = call.optional(2);
  const beta = call.float("beta", 1);
  return c === null || beta === 0 ? ab : add(ab, scaled(widened(c), beta));
}

const gemm = (call: Call): Outputs => narrow(affine(call), call.tensor(0).dtype);

/** α a b with the last two axes of each transposed at will, or the first axis moved before the last. */
function fused(call: Call): Outputs {
  const input = call.tensor(0);
  const arranged = (i: number, side: string): Node => {
    const x = single(call.tensor(i));
    const axes = x.shape.map((_, axis) => axis);
    const inner = axes.slice(1, -1);
    const moved = call.int(`transBatch${side}`, 0) === 1 ? permute(x, [...inner, 0, axes.length - 1]) : x;
    return call.int(`trans${side}`, 0) === 1 && axes.length > 1 ? transpose(moved) : moved;
  };
  return narrow(scaled(matmul(arranged(0, "A"), arranged(1, "B")), call.float("alpha", 1)), input.dtype);
}

/** Gemm and the activation that it names. */
function fusedGemm(call: Call): Outputs {
  const params = ["activation_alpha", "activation_beta"].map((name) => call.attribute(name)?.f);
  return narrow(activated(call, affine(call), params), call.tensor(0).dtype);
}

const summation = (call: Call): Outputs => {
  const xs = call.tensors();
  return cast(einsum(call.string("equation"), xs), (xs[0] as Node).dtype);
};

/** Gaussian elimination, a step a row, with the greatest of the column as pivot. */
function determinant(call: Call): Outputs {
  const input = call.tensor(0);
  const n = input.shape.at(-1) ?? 0;
  if (input.shape.length < 2 || input.shape.at(-2) !== n) {
    throw new FormatError(`input of ${formatShape(input.shape)}, wanted square matrices`);
  }
  const batch = input.shape.slice(0, -2);
  let rest = reshape(cast(input, "float32"), [-1, n, n]);
  const b = rest.shape[0] as number;
  let det = constant(1, "float32");
  for (let size = n; size > 0; size--) {
    const column = slice(rest, [0, 0, 0], [b, size, 1]);
    const best = reshape(argmax(abs(column), 1), [b, 1, 1]);
    const chosen = cast(eq(best, reshape(iota(size, 0, 1, "int32"), [1, size, 1])), "float32");
    const row = reshape(sum(mul(rest, chosen), [1]), [b, 1, size]);
    const pivot = slice(row, [0, 0, 0], [b, 1, 1]);
    // The pivot's row leaves its place: as many rows move up by one as were above it.
    const odd = eq(sub(best, mul(num(2, best), div(best, num(2, best)))), num(1, best));
    det = mul(det, where(odd, neg(pivot), pivot));
    if (size === 1) break;
    const safe = where(eq(pivot, num(0, pivot)), num(1, pivot), pivot);
    const cleared = sub(rest, mul(div(column, safe), row));
    const above = slice(cleared, [0, 0, 1], [b, size - 1, size - 1]);
    const below = slice(cleared, [0, 1, 1], [b, size - 1, size - 1]);
    const place = reshape(iota(size - 1, 0, 1, "int32"), [1, size - 1, 1]);
    rest = where(lt(place, best), above, below);
  }
  return cast(reshape(det, n === 0 ? [] : batch), input.dtype);
}

export const operators: Operators = {
  Det: determinant,
  Einsum: summation,
  Gemm: gemm,
  MatMul: product,
  "com.microsoft.FusedGemm": fusedGemm,
  "com.microsoft.FusedMatMul": fused,
  "com.microsoft.TransposeMatMul": fused,
};
