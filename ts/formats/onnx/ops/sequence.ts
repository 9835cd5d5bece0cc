/** Sequences of tensors, and values that may be absent: lists and wrappers on the host around lazy tensors. */
import { FormatError, ShapeError } from "../../../core/errors.ts";
import { normalizeAxis } from "../../../core/shape.ts";
import { constant } from "../../../ops/leaf.ts";
import { concat, reshape, slice } from "../../../ops/movement.ts";
import type { Call, Handler, Operators, Outputs } from "../call.ts";
import { joinValues, kindOf, move, Optional, Sequence, shapeOf, type Value } from "../value.ts";

function sequenceOf(call: Call, i: number): Sequence {
  const value = call.value(i);
  const inner = value instanceof Optional ? value.value : value;
  if (inner instanceof Sequence) return inner;
  throw new FormatError(`input ${i} is a ${kindOf(value)}, wanted a sequence`);
}

/** A position in a list; negative ones count from the end, which `end` may itself name. */
async function position(call: Call, i: number, length: number, end: number): Promise<number> {
  const [given = Number.NaN] = await call.numbers(i);
  const at = given < 0 ? given + length : given;
  if (at >= 0 && at <= end) return at;
  throw new ShapeError(`cannot use position ${given} of a sequence of ${length}: wanted ${-length} to ${end}`);
}

const at: Handler = async (call) => {
  const { items } = sequenceOf(call, 0);
  return items[await position(call, 1, items.length, items.length - 1)] as Value;
};

const insert: Handler = async (call) => {
  const { items } = sequenceOf(call, 0);
  const where = call.has(2) ? await position(call, 2, items.length, items.length) : items.length;
  return new Sequence(items.toSpliced(where, 0, call.value(1)));
};

const erase: Handler = async (call) => {
  const { items } = sequenceOf(call, 0);
  const where = call.has(1) ? await position(call, 1, items.length, items.length - 1) : items.length - 1;
  if (where < 0) throw new ShapeError("cannot erase from an empty sequence");
  return new Sequence(items.toSpliced(where, 1));
};

/** The body on every item; tensors among the further inputs are the same for all. */
const mapItems: Handler = async (call) => {
  const { items } = sequenceOf(call, 0);
  const body = call.graph("body");
  const results: Value[][] = body.outputs.map(() => []);
  for (const [i, item] of items.entries()) {
    const others = call.inputs.slice(1).map((_, k) => {
      const value = call.value(k + 1);
      return value instanceof Sequence ? (value.items[i] as Value) : value;
    });
    const outputs = await call.run(body, [item, ...others]);
    outputs.forEach((value, o) => {
      (results[o] as Value[]).push(value);
    });
  }
  return results.map((list) => new Sequence(list));
};

const splitToSequence: Handler = async (call) => {
  const x = call.value(0);
  const shape = shapeOf(x);
  const axis = normalizeAxis("split", call.int("axis", 0), shape.length);
  const size = shape[axis] as number;
  const given = await call.optionalNumbers(1);
  const drop = given === null && call.int("keepdims", 1) === 0;
  const scalar = given === null || shapeOf(call.value(1)).length === 0;
  const [step = 1] = given ?? [1];
  if (scalar && step < 1) throw new ShapeError(`cannot split into parts of ${step}: wanted at least 1`);
  const parts = scalar
    ? Array.from({ length: Math.ceil(size / step) }, (_, i) => Math.min(step, size - i * step))
    : (given as number[]);
  if (parts.reduce((sum, part) => sum + part, 0) !== size) {
    throw new ShapeError(`cannot split ${size} elements into parts of [${parts.join(", ")}]: their sum differs`);
  }
  let start = 0;
  const items = parts.map((part) => {
    const from = start;
    start += part;
    return move(x, (node) => {
      const starts = node.shape.map((_, i) => (i === axis ? from : 0));
      const piece = slice(node, starts, node.shape.with(axis, part));
      return drop ? reshape(piece, piece.shape.toSpliced(axis, 1)) : piece;
    });
  });
  return new Sequence(items);
};

const concatFromSequence: Handler = (call) => {
  const { items } = sequenceOf(call, 0);
  const fresh = call.int("new_axis", 0) === 1;
  const rank = shapeOf(items[0] ?? noItems()).length + (fresh ? 1 : 0);
  const axis = normalizeAxis("concat", call.int("axis"), rank);
  const parts = fresh ? items.map((item) => move(item, (x) => reshape(x, x.shape.toSpliced(axis, 0, 1)))) : items;
  return joinValues(parts, (xs) => concat(xs, axis));
};

function noItems(): never {
  throw new ShapeError("cannot join the tensors of a sequence: it is empty");
}

/** Before opset 18 the input is an optional; later a bare tensor or sequence stands for one that is there. */
const getElement: Handler = (call) => {
  const value = call.value(0);
  if (!(value instanceof Optional)) return value;
  if (value.value === null) throw new ShapeError("cannot take the element of an optional: it is empty");
  return value.value;
};

const hasElement = (call: Call): Outputs => {
  const value = call.inputs[0] ?? null;
  const there = value instanceof Optional ? value.value !== null : value !== null;
  return constant(there ? 1 : 0, "bool");
};

export const operators: Operators = {
  ConcatFromSequence: concatFromSequence,
  Optional: (call) => new Optional(call.inputs[0] ?? null),
  OptionalGetElement: getElement,
  OptionalHasElement: hasElement,
  SequenceAt: at,
  SequenceConstruct: (call) => new Sequence(call.inputs.map((_, i) => call.value(i))),
  SequenceEmpty: () => new Sequence([]),
  SequenceErase: erase,
  SequenceInsert: insert,
  SequenceLength: (call) => constant(sequenceOf(call, 0).items.length, "int64"),
  SequenceMap: mapItems,
  SplitToSequence: splitToSequence,
};
