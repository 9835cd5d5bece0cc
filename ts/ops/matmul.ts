/** Matrix products of the last two axes, batched over the others. */
import { type DType, dtypes, promote } from "../core/dtype.ts";
import { DTypeError, ShapeError } from "../core/errors.ts";
import { broadcastShapes, formatShape } from "../core/shape.ts";
import { Node, noAttrs, type Op } from "../graph/node.ts";
import { expand, sum } from "./broadcast.ts";
import { cast, mul } from "./elementwise.ts";
import { permute, reshape } from "./movement.ts";

const matmulOp: Op = {
  name: "matmul",
  kind: "kernel",
  strided: [true, true],
  epilogue: true,
  // da = dy bᵀ, db = aᵀ dy
  gradient: (dy, { inputs: [a, b] }) => [product(dy, transpose(b as Node)), product(transpose(a as Node), dy)],
};

/** The ops of this family. */
export const ops: readonly Op[] = [matmulOp];

/** Swaps the last two axes. */
export function transpose(x: Node): Node {
  const rank = x.shape.length;
  return permute(
    x,
    x.shape.map((_, i) => (i < rank - 2 ? i : 2 * rank - 3 - i)),
  );
}

function product(a: Node, b: Node): Node {
  const shape = [...a.shape.slice(0, -1), b.shape[b.shape.length - 1] as number];
  return new Node(matmulOp, [a, b], noAttrs, shape, "float32");
}

/** What the kernel does not multiply: float64, and integers exactly (modulo 2³² or 2⁶⁴), by one reduction. */
function reducedProduct(a: Node, b: Node, dtype: DType): Node {
  const rows = reshape(cast(a, dtype), [...a.shape, 1]);
  const columns = reshape(cast(b, dtype), [...b.shape.slice(0, -2), 1, ...b.shape.slice(-2)]);
  const terms = mul(rows, columns);
  return sum(terms, [terms.shape.length - 2]);
}

/**
 * NumPy's matmul: vectors are promoted to matrices and the added axis dropped, batch axes broadcast. Floats of up to 32 bits
 * give float32, integers of up to 32 bits int32, wider types themselves.
 */
export function matmul(a: Node, b: Node): Node {
  if (a.shape.length === 0 || b.shape.length === 0) {
    throw new ShapeError(
      `matmul: cannot multiply ${formatShape(a.shape)} by ${formatShape(b.shape)}: wanted rank 1 or more`,
    );
  }
  if (a.dtype === "bool" || b.dtype === "bool") {
    throw new DTypeError(`matmul: cannot multiply ${a.dtype} by ${b.dtype}: wanted numbers`);
  }
  const left = a.shape.length === 1 ? reshape(a, [1, a.shape[0] as number]) : a;
  const right = b.shape.length === 1 ? reshape(b, [b.shape[0] as number, 1]) : b;
  const m = left.shape[left.shape.length - 2] as number;
  const k = left.shape[left.shape.length - 1] as number;
  const inner = right.shape[right.shape.length - 2] as number;
  const n = right.shape[right.shape.length - 1] as number;
  if (k !== inner) {
    throw new ShapeError(
      `matmul: cannot multiply ${formatShape(a.shape)} by ${formatShape(b.shape)}: inner dimensions ${k} and ${inner} differ`,
    );
  }
  const both = promote(a.dtype, b.dtype);
  const { float, bytes } = dtypes[both];
  const real = float && bytes < 8;
  if (real && a.shape.length === 2 && b.shape.length === 2) return product(cast(a, "float32"), cast(b, "float32"));
  const batch = broadcastShapes("matmul", left.shape.slice(0, -2), right.shape.slice(0, -2));
  const shape = [...batch, ...(a.shape.length === 1 ? [] : [m]), ...(b.shape.length === 1 ? [] : [n])];
  if (!real) return reshape(reducedProduct(left, right, bytes < 8 ? "int32" : both), shape);
  const [x, y] = [cast(left, "float32"), cast(right, "float32")];
  // One matrix for a whole batch of rows is one product of more rows.
  if (y.shape.length === 2 && x.shape.length > 2) return reshape(product(reshape(x, [-1, k]), y), shape);
  return reshape(product(expand(x, [...batch, m, k]), expand(y, [...batch, k, n])), shape);
}
