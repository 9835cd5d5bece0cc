/** Reductions. Axes are an attribute in old opsets and an input in new ones: ReduceSum since 13, the others since 18. */
import { type DType, dtypes } from "../../../core/dtype.ts";
import { normalizeAxes, sizeOf } from "../../../core/shape.ts";
import { rangeOf } from "../../../core/storage.ts";
import type { Node } from "../../../graph/node.ts";
import { expand, keptShape, sum, unreduce } from "../../../ops/broadcast.ts";
import { abs, add, cast, div, eq, exp, log, mul, num, sqrt, sub, where } from "../../../ops/elementwise.ts";
import { inLane } from "../../../ops/lane.ts";
import { constant } from "../../../ops/leaf.ts";
import { detach, reshape } from "../../../ops/movement.ts";
import { max, min, prod } from "../../../ops/reduce.ts";
import type { Call, Handler, Operators } from "../call.ts";
import { inReals } from "../precision.ts";

interface Reduction {
  /** The axes disappear from the shape. */
  of(x: Node, axes: readonly number[]): Node;
  /** What a float type of few bits or an integer type is computed in: what its sums need, or real numbers. */
  readonly domain: "lane" | "real";
  /** The value over no elements, where `of` has none. */
  empty?(dtype: DType): number;
}

const square = (x: Node): Node => mul(x, x);

function mean(x: Node, axes: readonly number[]): Node {
  const total = sum(x, axes);
  return div(
    total,
    num(
      axes.reduce((count, axis) => count * (x.shape[axis] as number), 1),
      total,
    ),
  );
}

/** log Σ eˣ with the greatest x taken out, unless it is infinite. */
function logSumExp(x: Node, axes: readonly number[]): Node {
  const greatest = detach(max(x, axes));
  const infinite = eq(abs(greatest), num(Number.POSITIVE_INFINITY, x));
  const shift = where(infinite, num(0, x), greatest);
  return add(log(sum(exp(sub(x, unreduce(shift, x, axes))), axes)), shift);
}

const least = (dtype: DType): number => (dtypes[dtype].float ? Number.NEGATIVE_INFINITY : rangeOf(dtype).least);
const greatest = (dtype: DType): number => (dtypes[dtype].float ? Number.POSITIVE_INFINITY : rangeOf(dtype).greatest);

const reductions: Readonly<Record<string, Reduction>> = {
  ReduceL1: { of: (x, axes) => sum(abs(x), axes), domain: "lane" },
  ReduceL2: { of: (x, axes) => sqrt(sum(square(x), axes)), domain: "real" },
  ReduceLogSum: { of: (x, axes) => log(sum(x, axes)), domain: "real" },
  ReduceLogSumExp: { of: logSumExp, domain: "real", empty: least },
  ReduceMax: { of: max, domain: "lane", empty: least },
  ReduceMean: { of: mean, domain: "lane" },
  ReduceMin: { of: min, domain: "lane", empty: greatest },
  ReduceProd: { of: prod, domain: "lane" },
  ReduceSum: { of: sum, domain: "lane" },
  ReduceSumSquare: { of: (x, axes) => sum(square(x), axes), domain: "lane" },
};

/** The axes to reduce: all where none are given, unless `noop_with_empty_axes` says that none are meant. */
async function axesOf(call: Call, rank: number): Promise<number[]> {
  const axes = call.ints("axes") ?? (await call.optionalNumbers(1)) ?? [];
  if (axes.length > 0) return normalizeAxes(call.proto.opType, axes, rank);
  return call.int("noop_with_empty_axes", 0) === 0 ? Array.from({ length: rank }, (_, i) => i) : [];
}

const reduction =
  ({ of, domain, empty }: Reduction): Handler =>
  async (call) => {
    const x = call.tensor(0);
    const axes = await axesOf(call, x.shape.length);
    const kept = keptShape(x.shape, axes);
    const shape = call.int("keepdims", 1) !== 0 ? kept : x.shape.filter((_, i) => !axes.includes(i));
    if (empty !== undefined && sizeOf(x.shape) === 0) return expand(constant(empty(x.dtype), x.dtype), shape);
    const y = domain === "real" ? inReals(x, (wide) => of(wide, axes)) : cast(of(inLane(x), axes), x.dtype);
    return reshape(y, shape);
  };

export const operators: Operators = Object.fromEntries(
  Object.entries(reductions).map(([name, row]) => [name, reduction(row)]),
);
