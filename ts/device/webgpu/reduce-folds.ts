/** What reductions fold. */
import { type DType, dtypes } from "../../core/dtype.ts";
import type { ElementwiseName } from "../../ops/elementwise.ts";

/** What folds two totals, and what nothing amounts to. */
export const folds: { readonly [op: string]: { readonly combine: ElementwiseName; readonly nothing: number } } = {
  sum: { combine: "add", nothing: 0 },
  prod: { combine: "mul", nothing: 1 },
  max: { combine: "maximum", nothing: 0 },
  min: { combine: "minimum", nothing: 0 },
};

/** Totals are wide; what is stored is rounded, or keeps its low bits, once. */
export const totalOf = (dtype: DType): "float32" | "int32" | "uint32" =>
  dtypes[dtype].float ? "float32" : dtype === "uint32" ? dtype : "int32";
