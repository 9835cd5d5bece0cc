/** Running sums and products. */
import { dtypes } from "../core/dtype.ts";
import { normalizeAxis } from "../core/shape.ts";
import { Node, type Op } from "../graph/node.ts";
import { cast, div, mul } from "./elementwise.ts";
import { inLane } from "./lane.ts";

/** exclusive: an element's own value is left out; reverse: from the end of the axis to its start. */
export interface ScanOptions {
  /** Leaves an element's own value out; default false. */
  readonly exclusive?: boolean;
  /** Starts at the end of the axis; default false. */
  readonly reverse?: boolean;
}

interface ScanAttrs {
  readonly axis: number;
  readonly exclusive: boolean;
  readonly reverse: boolean;
}

const attrsOf = (node: Node): ScanAttrs => node.attrs as unknown as ScanAttrs;

/** Sums dy over the outputs that an element is part of. */
const gathered = (dy: Node, { axis, exclusive, reverse }: ScanAttrs): Node =>
  cumsum(dy, axis, { exclusive, reverse: !reverse });

const cumsumOp: Op = {
  name: "cumsum",
  kind: "kernel",
  // dx = Σ dy over the sums that hold x
  gradient: (dy, node) => [gathered(dy, attrsOf(node))],
};

const cumprodOp: Op = {
  name: "cumprod",
  kind: "kernel",
  // dx = Σ dy y / x over the products that hold x; NaN where x = 0
  gradient: (dy, node) => [div(gathered(mul(dy, node), attrsOf(node)), node.inputs[0] as Node)],
};

/** The ops of this family. */
export const ops: readonly Op[] = [cumsumOp, cumprodOp];

function scan(op: Op, x: Node, axis: number, { exclusive = false, reverse = false }: ScanOptions): Node {
  const lane = inLane(x);
  const attrs = { axis: normalizeAxis(op.name, axis, x.shape.length), exclusive, reverse };
  const y = new Node(op, [lane], attrs, x.shape, lane.dtype);
  return dtypes[x.dtype].float ? cast(y, x.dtype) : y;
}

/** Sums of the elements up to each; integers of less than 32 bits become int32. */
export function cumsum(x: Node, axis: number, options: ScanOptions = {}): Node {
  return scan(cumsumOp, x, axis, options);
}

/** Products of the elements up to each; integers of less than 32 bits become int32. */
export function cumprod(x: Node, axis: number, options: ScanOptions = {}): Node {
  return scan(cumprodOp, x, axis, options);
}
