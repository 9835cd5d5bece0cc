/** Repetition and selection along axes by positions that are known while the graph is built: views where strides can say it. */
import { ShapeError } from "../core/errors.ts";
import { formatShape } from "../core/shape.ts";
import { makeConstant, type Node, type Source } from "../graph/node.ts";
import { expand } from "./broadcast.ts";
import { take } from "./gather.ts";
import { hostLeaf } from "./leaf.ts";
import { concat, reshape, slice } from "./movement.ts";

/** The whole tensor repeated `repeats[i]` times along axis i. */
export function tile(x: Node, repeats: readonly number[]): Node {
  if (repeats.length !== x.shape.length || repeats.some((count) => !Number.isInteger(count) || count < 0)) {
    throw new ShapeError(
      `tile: cannot repeat ${formatShape(x.shape)} by [${repeats.join(", ")}]: wanted a count of at least 0 an axis`,
    );
  }
  if (repeats.every((count) => count === 1)) return x;
  const apart = x.shape.flatMap((size) => [1, size]);
  const repeated = x.shape.flatMap((size, i) => [repeats[i] as number, size]);
  return reshape(
    expand(reshape(x, apart), repeated),
    x.shape.map((size, i) => size * (repeats[i] as number)),
  );
}

/** Runs of evenly spaced positions that are worth a view each. */
const mostRuns = 4;

/** The slices of `x` along an axis at positions (within the axis) that never change. */
export function pick(x: Node, axis: number, positions: readonly number[]): Node {
  const runs = evenRuns(positions);
  if (runs.length > mostRuns) {
    const index = hostLeaf(Int32Array.from(positions), [positions.length], "int32");
    makeConstant(index.source as Source);
    return take(x, index, axis);
  }
  return concat(
    runs.map(({ start, step, count }) => {
      const starts = x.shape.map((_, i) => (i === axis ? start : 0));
      if (step === 0) return expand(slice(x, starts, x.shape.with(axis, 1)), x.shape.with(axis, count));
      const steps = x.shape.map((_, i) => (i === axis ? step : 1));
      return slice(x, starts, x.shape.with(axis, count), steps);
    }),
    axis,
  );
}

interface EvenRun {
  readonly start: number;
  readonly step: number;
  readonly count: number;
}

/** Positions as the fewest runs that a walk from the left finds; one empty run of none. */
function evenRuns(positions: readonly number[]): EvenRun[] {
  const runs: EvenRun[] = [];
  let at = 0;
  do {
    const start = positions[at] ?? 0;
    const step = at + 1 < positions.length ? (positions[at + 1] as number) - start : 1;
    let end = Math.min(at + 1, positions.length);
    while (end < positions.length && (positions[end] as number) - (positions[end - 1] as number) === step) end++;
    runs.push({ start, step, count: end - at });
    at = end;
  } while (at < positions.length);
  return runs;
}
