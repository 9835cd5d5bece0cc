/**
 * Small constant values, computed on the host: the arithmetic of shapes (a size taken, multiplied, joined into a target)
 * costs less here than a program for it would. Integers and bool alone, exact below 2^53; anything else is a kernel's work.
 */
import { dtypes } from "../core/dtype.ts";
import { sizeOf } from "../core/shape.ts";
import { held, load } from "../core/storage.ts";
import type { Node } from "../graph/node.ts";
import { foldedValue, uniformValue } from "./passes/fold.ts";
import { contiguousView, moveView, type View, windowView } from "./view.ts";

type Values = ArrayLike<number>;

/** Most elements of a value that is small. */
const most = 256;

const known = new WeakMap<Node, Values | null>();

/** The numbers of a node in row-major order, or null where it is large, depends on data, or is no such arithmetic. */
export function hostValues(node: Node): Values | null {
  let values = known.get(node);
  if (values === undefined) {
    values = evaluated(node);
    known.set(node, values);
  }
  return values;
}

function evaluated(node: Node): Values | null {
  const { source, dtype, shape } = node;
  const size = sizeOf(shape);
  if (size > most || dtypes[dtype].float) return null;
  const uniform = uniformValue(node);
  if (uniform !== undefined) return new Array<number>(size).fill(uniform);
  if (source !== null) {
    if (source.constant === 0 || source.host === null) return null;
    return exact(typeof source.host === "number" ? [source.host] : load(dtype, source.host));
  }
  const { kind, fold, name } = node.op;
  const rule = kind === "view" ? viewed : kind === "elementwise" && fold !== undefined ? mapped : rules[name];
  if (rule === undefined) return null;
  const inputs: Values[] = [];
  for (const input of node.inputs) {
    const values = hostValues(input);
    if (values === null) return null;
    inputs.push(values);
  }
  const found = rule(node, inputs);
  return found === null ? null : exact(found);
}

const exact = (values: Values): Values | null =>
  Array.prototype.every.call(values, Number.isSafeInteger) ? values : null;

type Rule = (node: Node, inputs: readonly Values[]) => Values | null;

const mapped: Rule = (node, inputs) =>
  Array.from({ length: sizeOf(node.shape) }, (_, i) => {
    const values = inputs.map((input) => input[i] as number);
    return foldedValue(node, values) ?? Number.NaN;
  });

const viewed: Rule = (node, [values]) => {
  const view = moveView(contiguousView((node.inputs[0] as Node).shape), node);
  return view === null ? null : positionsOf(view).map((at) => (values as Values)[at] as number);
};

/** Where the elements of a window lie. */
function positionsOf({ offset, shape, strides }: View): number[] {
  return shape.reduce<number[]>(
    (found, size, d) => found.flatMap((at) => Array.from({ length: size }, (_, i) => at + i * (strides[d] as number))),
    [offset],
  );
}

const rules: { readonly [op: string]: Rule } = {
  concat: (node, inputs) => {
    const axis = node.attrs["axis"] as number;
    const whole = contiguousView(node.shape);
    const y = new Array<number>(sizeOf(node.shape));
    let start = 0;
    node.inputs.forEach((input, i) => {
      const starts = node.shape.map((_, d) => (d === axis ? start : 0));
      const steps = node.shape.map(() => 1);
      positionsOf(windowView(whole, input.shape, starts, steps)).forEach((at, k) => {
        y[at] = (inputs[i] as Values)[k] as number;
      });
      start += input.shape[axis] as number;
    });
    return y;
  },
  gather: ({ attrs, inputs: [x, index] }, [values, at]) => {
    const axis = attrs["axis"] as number;
    const shape = (x as Node).shape;
    if (attrs["mode"] !== "take") return null;
    const n = shape[axis] as number;
    const inner = sizeOf(shape.slice(axis + 1));
    const rows = Array.from({ length: sizeOf((index as Node).shape) }, (_, i) => {
      const row = (at as Values)[i] as number;
      return row < 0 ? row + n : row;
    });
    if (rows.some((row) => row < 0 || row >= n)) return null;
    return Array.from({ length: sizeOf(shape.slice(0, axis)) }, (_, o) => o).flatMap((o) =>
      rows.flatMap((row) =>
        Array.from({ length: inner }, (_, i) => (values as Values)[(o * n + row) * inner + i] as number),
      ),
    );
  },
  iota: ({ attrs, shape, dtype }) =>
    Array.from({ length: shape[0] as number }, (_, i) =>
      held(dtype, (attrs["start"] as number) + i * (attrs["step"] as number)),
    ),
};
