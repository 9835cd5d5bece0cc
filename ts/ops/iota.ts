/** Evenly spaced numbers. */
import { type DType, dtypes, isWide } from "../core/dtype.ts";
import { Node, type Op } from "../graph/node.ts";
import { add, cast, mul } from "./elementwise.ts";
import { constant } from "./leaf.ts";

const iotaOp: Op = { name: "iota", kind: "kernel", epilogue: true, gradient: null };

/** The ops of this family. */
export const ops: readonly Op[] = [iotaOp];

/** `start + i * step` for i = 0 … size - 1: counted in float32 or int32, in wider types as far as int32 counts. */
export function iota(size: number, start: number, step: number, dtype: DType): Node {
  if (isWide(dtype)) {
    const index = cast(iota(size, 0, 1, "int32"), dtype);
    return add(mul(index, constant(step, dtype)), constant(start, dtype));
  }
  const { float } = dtypes[dtype];
  return cast(new Node(iotaOp, [], { start, step }, [size], float ? "float32" : "int32"), dtype);
}
