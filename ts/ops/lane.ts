/** Types in which kernels of several types compute. */
import { type DType, dtypes } from "../core/dtype.ts";
import type { Node } from "../graph/node.ts";
import { cast } from "./elementwise.ts";

const own: ReadonlySet<string> = new Set(["float32", "int32", "float64", "int64", "uint32", "uint64"]);

/** The type that holds every value of `dtype` and that kernels compute in. */
export function laneDtype(dtype: DType): DType {
  if (own.has(dtype)) return dtype;
  return dtypes[dtype].float ? "float32" : "int32";
}

/** `x` in that type. */
export function inLane(x: Node): Node {
  return cast(x, laneDtype(x.dtype));
}

/** `x` in the type that functions of reals compose in: float64 as it is, all else in float32. */
export function real(x: Node): Node {
  return cast(x, x.dtype === "float64" ? "float64" : "float32");
}
