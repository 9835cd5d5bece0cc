/** Values, or bits, as another dtype. */
import { checkDType, type DType, dtypes } from "../core/dtype.ts";
import { DTypeError } from "../core/errors.ts";
import type { Rounding } from "../core/small-float.ts";
import { Node, type Op } from "../graph/node.ts";

export const castOp: Op = {
  name: "cast",
  kind: "elementwise",
  fold: (x) => x,
  // between reals dy passes, to and from integers none does
  gradient: (dy, { inputs: [x], dtype }) => {
    const from = (x as Node).dtype;
    return [dtypes[from].float && dtypes[dtype].float ? cast(dy, from) : null];
  },
};

export const bitcastOp: Op = { name: "bitcast", kind: "elementwise", gradient: null };

/**
 * The same values as another dtype. Integers keep their low bits; floats become integers toward 0. A float too great for one
 * of 8 bits becomes its greatest unless `saturate` is false; `round` says how float8_e8m0fnu, which has no mantissa, rounds.
 */
export function cast(x: Node, dtype: DType, rounding: Rounding = {}): Node {
  if (x.dtype === dtype) return x;
  checkDType("cast", dtype);
  return new Node(castOp, [x], { dtype, ...rounding }, x.shape, dtype);
}

/** The same bits as another dtype of the same size. */
export function bitcast(x: Node, dtype: DType): Node {
  if (x.dtype === dtype) return x;
  const [from, to] = [bitsOf(x.dtype), bitsOf(dtype)];
  if (from !== to) {
    throw new DTypeError(
      `bitcast: cannot read ${x.dtype} as ${dtype}: values have ${from} and ${to} bits, wanted as many`,
    );
  }
  return new Node(bitcastOp, [x], { dtype }, x.shape, dtype);
}

/** bool takes the place of 8 bits. */
const bitsOf = (dtype: DType): number => (dtype === "bool" ? 8 : dtypes[dtype].bits);
