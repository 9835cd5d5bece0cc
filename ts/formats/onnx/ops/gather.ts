/** Reading and writing at positions that a tensor names or a condition chooses. */
import { normalizeAxis, type Shape, sameShape, sizeOf } from "../../../core/shape.ts";
import type { Node } from "../../../graph/node.ts";
import { cast, div, mod, sub } from "../../../ops/elementwise.ts";
import { gather as gatherAlong, take } from "../../../ops/gather.ts";
import { constant } from "../../../ops/leaf.ts";
import { concat, reshape, slice } from "../../../ops/movement.ts";
import { nonzero } from "../../../ops/nonzero.ts";
import {
  gatherElements,
  gatherNd,
  reductions,
  type ScatterReduction,
  scatterElements,
  scatterNd,
} from "../../../ops/scatter.ts";
import { pick } from "../../../ops/tile.ts";
import type { Call, Operators, Outputs } from "../call.ts";
import { knownNumbers } from "../known.ts";
import { joinValues, move } from "../value.ts";

/** Slices at an index of any shape; views where the index never changes and is even. */
function gather(call: Call): Outputs {
  const index = call.tensor(1);
  return move(call.value(0), (x) => {
    const axis = normalizeAxis("Gather", call.int("axis", 0), x.shape.length);
    const n = x.shape[axis] as number;
    const known = knownNumbers(index)?.map((at) => (at < 0 ? at + n : at)) ?? null;
    if (known === null || known.some((at) => at < 0 || at >= n)) return take(x, index, axis);
    const picked = pick(x, axis, known);
    return reshape(picked, [...x.shape.slice(0, axis), ...index.shape, ...x.shape.slice(axis + 1)]);
  });
}

function elements(call: Call): Outputs {
  const index = call.tensor(1);
  return move(call.value(0), (x) => {
    const axis = normalizeAxis("GatherElements", call.int("axis", 0), x.shape.length);
    const alike = index.shape.length === x.shape.length && sameShape(x.shape.with(axis, 0), index.shape.with(axis, 0));
    return alike ? gatherAlong(x, index, axis) : gatherElements(x, index, axis);
  });
}

const tuples = (call: Call): Outputs =>
  move(call.value(0), (x) => gatherNd(x, call.tensor(1), call.int("batch_dims", 0)));

function reductionOf(call: Call): ScatterReduction {
  const name = call.string("reduction", "none");
  const found = reductions.find((reduction) => reduction === name);
  if (found === undefined) throw call.unsupported(`reduction "${name}"`);
  return found;
}

const scatter = (call: Call): Outputs =>
  joinValues([call.value(0), call.value(2)], ([x, updates]) =>
    scatterElements(x as Node, call.tensor(1), updates as Node, call.int("axis", 0), reductionOf(call)),
  );

const scatterTuples = (call: Call): Outputs =>
  joinValues([call.value(0), call.value(2)], ([x, updates]) =>
    scatterNd(x as Node, call.tensor(1), updates as Node, reductionOf(call)),
  );

/** The positions of what is not 0, in row-major order, once their number is known. */
async function positionsOf(call: Call, x: Node): Promise<Node> {
  const { positions, count } = nonzero(x);
  const [n] = await call.read(count, [positions]);
  return slice(positions, [0], [Number(n)]);
}

/** [rank, count] coordinates; a scalar has one place, of no coordinates. */
async function nonZero(call: Call): Promise<Outputs> {
  const x = call.tensor(0);
  const flat = await positionsOf(call, x);
  return cast(coordinates(flat, x.shape), "int64");
}

/** Row-major positions as coordinates, an axis a row. */
function coordinates(flat: Node, shape: Shape): Node {
  const count = flat.shape[0] as number;
  if (shape.length === 0) return reshape(slice(flat, [0], [0]), [0, count]);
  const rows: Node[] = [];
  let rest = flat;
  for (let axis = shape.length - 1; axis > 0; axis--) {
    const size = constant(Math.max(1, shape[axis] as number), "int32");
    rows.unshift(mod(rest, size));
    rest = div(sub(rest, rows[0] as Node), size);
  }
  return concat(
    [rest, ...rows].map((row) => reshape(row, [1, count])),
    0,
  );
}

/** Slices where the condition, which may be shorter than the axis, is true. */
async function compress(call: Call): Promise<Outputs> {
  const positions = await positionsOf(call, call.tensor(1));
  const axis = call.attribute("axis") === undefined ? null : call.int("axis");
  return move(call.value(0), (x) =>
    axis === null ? take(reshape(x, [sizeOf(x.shape)]), positions, 0) : take(x, positions, axis),
  );
}

export const operators: Operators = {
  Compress: compress,
  Gather: gather,
  GatherElements: elements,
  GatherND: tuples,
  NonZero: nonZero,
  Scatter: scatter,
  ScatterElements: scatter,
  ScatterND: scatterTuples,
  "com.microsoft.GatherND": tuples,
};
