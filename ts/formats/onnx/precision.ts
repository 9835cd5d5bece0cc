/** The types that handlers compute in where a model's own is too small. */
import { dtypes } from "../../core/dtype.ts";
import type { Node } from "../../graph/node.ts";
import { cast } from "../../ops/elementwise.ts";
import { real } from "../../ops/lane.ts";

/** Computes in float32, or float64 where the input is, and gives the result the input's own type. */
export const inReal = (x: Node, of: (x: Node) => Node): Node => cast(of(real(x)), x.dtype);

/** The same with integers in float64, which holds them to 2^53. */
export const inReals = (x: Node, of: (x: Node) => Node): Node =>
  dtypes[x.dtype].float ? inReal(x, of) : cast(of(cast(x, "float64")), x.dtype);
