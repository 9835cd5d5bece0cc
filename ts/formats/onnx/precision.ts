/**
 * The types that operators compute in where a model's own is too small. What an operator computes in float32 is rounded to
 * float16 or bfloat16 for whoever reads it as such (outputs, casts, what moves elements); the next operator that computes in
 * float32 takes it as it was, views and joins on the way included. So a chain of them is rounded once, and no pass over
 * memory is spent on it.
 */
import { type DType, dtypes } from "../../core/dtype.ts";
import { Node } from "../../graph/node.ts";
import { cast } from "../../ops/elementwise.ts";
import { real } from "../../ops/lane.ts";

const unrounded = new WeakMap<Node, Node>();

/** `x` in float32, or float64 where it is; integers and bool too. */
export const wide = (x: Node): Node => exact(x) ?? real(x);

/** What `x` was rounded from, or moved from what was rounded. */
function exact(x: Node): Node | undefined {
  // A value that a stage computed is what it was rounded to.
  if (x.source !== null) return undefined;
  const known = unrounded.get(x);
  if (known !== undefined || (x.op.kind !== "view" && x.op.kind !== "join")) return known;
  const inputs = x.inputs.map(exact);
  if (inputs.every((input) => input === undefined)) return undefined;
  const wides = inputs.map((input, i) => input ?? real(x.inputs[i] as Node));
  const dtype = (wides[0] as Node).dtype;
  if (wides.some((input) => input.dtype !== dtype)) return undefined;
  const moved = new Node(x.op, wides, x.attrs, x.shape, dtype);
  unrounded.set(x, moved);
  return moved;
}

/** `x` in float32. */
export const single = (x: Node): Node => cast(wide(x), "float32");

/** Floats in float32 or float64, all else as it is. */
export const widened = (x: Node): Node => (dtypes[x.dtype].float ? wide(x) : x);

/** What was computed for a value of `dtype`, as such. */
export function narrow(y: Node, dtype: DType): Node {
  const x = cast(y, dtype);
  if (dtypes[dtype].float && dtypes[y.dtype].bits > dtypes[dtype].bits) unrounded.set(x, y);
  return x;
}

/** Computes in float32, or float64 where the input is, and gives the result the input's own type. */
export const inReal = (x: Node, of: (x: Node) => Node): Node => narrow(of(wide(x)), x.dtype);

/** The same with integers in float64, which holds them to 2^53. */
export const inReals = (x: Node, of: (x: Node) => Node): Node =>
  dtypes[x.dtype].float ? inReal(x, of) : cast(of(cast(x, "float64")), x.dtype);
