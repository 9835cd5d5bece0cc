/** Unique elements or slices, found on the host: how many there are depends on all values. */
import type { TypedArray } from "../../../core/dtype.ts";
import { dtypes } from "../../../core/dtype.ts";
import { normalizeAxis, type Shape, sizeOf } from "../../../core/shape.ts";
import { load, store } from "../../../core/storage.ts";
import type { Node } from "../../../graph/node.ts";
import { reshape } from "../../../ops/movement.ts";
import { pick } from "../../../ops/tile.ts";
import type { Call, Operators, Outputs } from "../call.ts";
import { constantLeaf } from "../feed.ts";
import { move, StringTensor, shapeOf, type Value } from "../value.ts";

type Compare = (i: number, j: number) => number;

async function unique(call: Call): Promise<Outputs> {
  const value = call.value(0);
  const shape = shapeOf(value);
  const along = call.attribute("axis") === undefined ? null : normalizeAxis("Unique", call.int("axis"), shape.length);
  const flat = along === null ? [sizeOf(shape)] : shape;
  const axis = along ?? 0;
  const slices = compareSlices(await compareElements(call, value), flat, axis);
  const n = flat[axis] as number;
  const groups = groupsOf(n, slices);
  if (call.int("sorted", 1) === 0) groups.sort((a, b) => (a[0] as number) - (b[0] as number));
  const inverse = new Array<number>(n);
  groups.forEach((members, group) => {
    for (const member of members) inverse[member] = group;
  });
  const first = groups.map((members) => members[0] as number);
  const int64 = (list: readonly number[]): Node => constantLeaf(store("int64", list), [list.length], "int64");
  return [
    move(value, (x) => pick(reshape(x, flat), axis, first)),
    int64(first),
    int64(inverse),
    int64(groups.map((members) => members.length)),
  ];
}

/** An order of elements by row-major position; NaN is equal to itself and greatest, strings go by code units. */
async function compareElements(call: Call, value: Value): Promise<Compare> {
  if (value instanceof StringTensor) {
    const { words } = value;
    const codes = await call.read(value.codes);
    return byValue((i) => words[codes[i] as number] as string);
  }
  const { dtype } = value as Node;
  const stored: TypedArray = await call.read(value as Node);
  const numbers = dtypes[dtype].lane === "i64" ? stored : load(dtype, stored);
  return byValue((i) => numbers[i] as number);
}

function byValue<T extends string | number>(at: (i: number) => T): Compare {
  return (i, j) => {
    const [a, b] = [at(i), at(j)];
    if (a < b) return -1;
    if (a > b) return 1;
    return Number(Number.isNaN(a)) - Number(Number.isNaN(b));
  };
}

/** Slices along an axis by their elements in turn. */
function compareSlices(elements: Compare, shape: Shape, axis: number): Compare {
  const n = shape[axis] as number;
  const inner = sizeOf(shape.slice(axis + 1));
  const outer = sizeOf(shape.slice(0, axis));
  return (i, j) => {
    for (let o = 0; o < outer; o++) {
      for (let e = 0; e < inner; e++) {
        const order = elements((o * n + i) * inner + e, (o * n + j) * inner + e);
        if (order !== 0) return order;
      }
    }
    return 0;
  };
}

/** Equal positions together, each group ascending, the groups in order. */
function groupsOf(n: number, compare: Compare): number[][] {
  const order = Array.from({ length: n }, (_, i) => i).sort((i, j) => compare(i, j) || i - j);
  const groups: number[][] = [];
  for (const i of order) {
    const group = groups.at(-1);
    if (group !== undefined && compare(group[0] as number, i) === 0) group.push(i);
    else groups.push([i]);
  }
  return groups;
}

export const operators: Operators = { Unique: unique };
