/** Borders added around tensors or taken away from them. */
import { FormatError } from "../../../core/errors.ts";
import { checkShape, normalizeAxis, type Shape } from "../../../core/shape.ts";
import type { Node } from "../../../graph/node.ts";
import { constant } from "../../../ops/leaf.ts";
import { embed, reshape, slice } from "../../../ops/movement.ts";
import { pick } from "../../../ops/tile.ts";
import type { Call, Operators, Outputs } from "../call.ts";
import { stringTensor } from "../feed.ts";
import { joinValues, move, StringTensor, shapeOf, type Value } from "../value.ts";

/** Elements before and after every axis; negative ones are taken away. */
interface Border {
  readonly before: readonly number[];
  readonly after: readonly number[];
}

/** The amounts as an attribute (`paddings` at opset 1, `pads` at 2) or an input, for all axes or those of another input. */
async function borderOf(call: Call, rank: number): Promise<Border> {
  const pads = call.ints("pads") ?? call.ints("paddings") ?? (await call.numbers(1));
  const axes = (await call.optionalNumbers(3)) ?? Array.from({ length: rank }, (_, i) => i);
  if (pads.length !== 2 * axes.length) {
    throw new FormatError(`${pads.length} amounts for ${axes.length} axes are given, wanted two an axis`);
  }
  const before = new Array<number>(rank).fill(0);
  const after = new Array<number>(rank).fill(0);
  axes.forEach((axis, i) => {
    const at = normalizeAxis("Pad", axis, rank);
    before[at] = pads[i] as number;
    after[at] = pads[axes.length + i] as number;
  });
  return { before, after };
}

async function pad(call: Call): Promise<Outputs> {
  const value = call.value(0);
  const border = await borderOf(call, shapeOf(value).length);
  const mode = call.string("mode", "constant");
  if (mode === "constant") return surround(value, border, fillOf(call, value));
  const position = positions[mode];
  if (position === undefined) throw call.unsupported(`mode "${mode}"`);
  return move(value, (x) => continued(x, border, position));
}

/** What goes around: an input, an attribute at first, else 0 or the empty string. */
function fillOf(call: Call, value: Value): Value {
  if (call.has(2)) return move(call.value(2), (fill) => reshape(fill, []));
  if (value instanceof StringTensor) return stringTensor([""], []);
  return constant(call.float("value", 0), (value as Node).dtype);
}

function surround(value: Value, { before, after }: Border, fill: Value): Value {
  return joinValues([value, fill], ([x, f]) => framed(x as Node, before, after, f as Node));
}

/** Cut where amounts are negative, then put into a frame. */
function framed(x: Node, before: Shape, after: Shape, fill: Node): Node {
  const size = (i: number): number => (x.shape[i] as number) + (before[i] as number) + (after[i] as number);
  const starts = before.map((amount) => Math.max(0, -amount));
  const kept = x.shape.map((own, i) => Math.max(0, own - (starts[i] as number) - Math.max(0, -(after[i] as number))));
  const inside = slice(
    x,
    starts.map((start, i) => (kept[i] === 0 ? 0 : start)),
    kept,
  );
  const ones = x.shape.map(() => 1);
  return embed(
    inside,
    x.shape.map((_, i) => size(i)),
    before.map((amount, i) => (kept[i] === 0 ? 0 : Math.max(0, amount))),
    ones,
    fill,
  );
}

/** Where an axis of `n` elements is read for position `at` outside (or inside) of it. */
const positions: { readonly [mode: string]: (at: number, n: number) => number } = {
  edge: (at, n) => Math.min(Math.max(at, 0), n - 1),
  wrap: (at, n) => ((at % n) + n) % n,
  reflect: (at, n) => {
    const period = Math.max(1, 2 * (n - 1));
    const within = ((at % period) + period) % period;
    return Math.min(within, period - within);
  },
};

function continued(x: Node, { before, after }: Border, position: (at: number, n: number) => number): Node {
  checkShape(
    "Pad",
    x.shape.map((n, axis) => Math.max(0, n + (before[axis] as number) + (after[axis] as number))),
  );
  return x.shape.reduce((y, n, axis) => {
    const [first, last] = [before[axis] as number, after[axis] as number];
    if (first === 0 && last === 0) return y;
    // What negative amounts take away is no longer there to be repeated.
    const start = Math.max(0, -first);
    const kept = n - start - Math.max(0, -last);
    if (kept <= 0 && n + first + last > 0) throw new FormatError(`axis ${axis} has no elements left to continue`);
    const count = Math.max(0, n + first + last);
    const read = (i: number): number => start + position(i - Math.max(0, first), kept);
    return pick(
      y,
      axis,
      Array.from({ length: count }, (_, i) => read(i)),
    );
  }, x);
}

/** The middle of the input, or the input in the middle of zeros; the odd element is at the end. */
async function centerCropPad(call: Call): Promise<Outputs> {
  const value = call.value(0);
  const shape = shapeOf(value);
  const wanted = await call.numbers(1);
  const axes = call.ints("axes") ?? shape.map((_, i) => i);
  const before = shape.map(() => 0);
  const after = shape.map(() => 0);
  axes.forEach((axis, i) => {
    const at = normalizeAxis("CenterCropPad", axis, shape.length);
    const difference = (wanted[i] as number) - (shape[at] as number);
    before[at] = Math.trunc(difference / 2);
    after[at] = difference - (before[at] as number);
  });
  const zero = value instanceof StringTensor ? stringTensor([""], []) : constant(0, (value as Node).dtype);
  return surround(value, { before, after }, zero);
}

export const operators: Operators = { CenterCropPad: centerCropPad, Pad: pad, "com.microsoft.Pad": pad };
