/** Tensors made of attributes, of a shape, or of a rule. */
import { type DType, dtypes } from "../../../core/dtype.ts";
import { FormatError } from "../../../core/errors.ts";
import { checkShape, normalizeAxis } from "../../../core/shape.ts";
import { store } from "../../../core/storage.ts";
import type { Node } from "../../../graph/node.ts";
import { expand } from "../../../ops/broadcast.ts";
import { add, cast, eq, lt, num, where } from "../../../ops/elementwise.ts";
import { iota } from "../../../ops/iota.ts";
import { constant as number } from "../../../ops/leaf.ts";
import { reshape, slice } from "../../../ops/movement.ts";
import type { Call, Operators, Outputs } from "../call.ts";
import { constantLeaf, stringTensor } from "../feed.ts";
import { dtypeOf } from "../proto/tensor.ts";
import { sparseTensor } from "../sparse.ts";
import { move, type Value } from "../value.ts";

const vector = (dtype: DType, values: readonly number[]): Node =>
  constantLeaf(store(dtype, values), [values.length], dtype);

/** The one attribute that is given. */
const readers: { readonly [attribute: string]: (call: Call, name: string) => Value | null } = {
  value: (call, name) => call.tensorAttribute(name),
  sparse_value: (call, name) => sparseTensor(call.attribute(name)?.sparse),
  value_float: (call, name) => number(call.float(name), "float32"),
  value_floats: (call, name) => vector("float32", call.floats(name) ?? []),
  value_int: (call, name) => number(call.int(name), "int64"),
  value_ints: (call, name) => vector("int64", call.ints(name) ?? []),
  value_string: (call, name) => stringTensor([call.string(name)], []),
  value_strings: (call, name) => stringTensor(call.stringList(name) ?? [], [call.stringList(name)?.length ?? 0]),
};

function constant(call: Call): Outputs {
  for (const { name } of call.proto.attributes) {
    const value = readers[name]?.(call, name) ?? null;
    if (value !== null) return value;
  }
  throw new FormatError("no attribute holds a value");
}

async function constantOfShape(call: Call): Promise<Outputs> {
  const shape = await call.numbers(0);
  const value = call.tensorAttribute("value") ?? number(0, "float32");
  return move(value, (x) => expand(reshape(x, []), shape));
}

/** Most values of a range that are written down, so that handlers know them while a model is built. */
const mostListed = 65536;

/** start, start + delta … before limit. */
async function range(call: Call): Promise<Outputs> {
  const { dtype } = call.tensor(0);
  const [start, limit, delta] = (await Promise.all([0, 1, 2].map((i) => call.number(i)))) as [number, number, number];
  const count = Math.max(0, Math.ceil((limit - start) / delta));
  if (!Number.isFinite(count)) throw new FormatError(`cannot count from ${start} to ${limit} by ${delta}`);
  checkShape("Range", [count]);
  if (count > mostListed) return iota(count, start, delta, dtype);
  return vector(
    dtype,
    Array.from({ length: count }, (_, i) => start + i * delta),
  );
}

/** 1 on diagonal k, else 0. */
function eyeLike(call: Call): Outputs {
  const x = call.tensor(0);
  const [n, m] = x.shape as [number, number];
  if (x.shape.length !== 2) throw new FormatError(`EyeLike of rank ${x.shape.length}, wanted a matrix`);
  const dtype = call.attribute("dtype") === undefined ? x.dtype : dtypeOf(call.int("dtype"));
  const rows = reshape(iota(n, call.int("k", 0), 1, "int32"), [n, 1]);
  return cast(eq(rows, iota(m, 0, 1, "int32")), dtype);
}

/** `on` where a new axis equals the index, else `off`; indices out of range are off everywhere. */
async function oneHot(call: Call): Promise<Outputs> {
  const indices = call.tensor(0);
  const { bits, float } = dtypes[indices.dtype];
  const index = cast(indices, float || bits < 32 ? "int32" : "int64");
  const depth = Math.trunc(await call.number(1));
  const rank = index.shape.length + 1;
  const axis = normalizeAxis("OneHot", call.int("axis", -1), rank);
  checkShape("OneHot", index.shape.toSpliced(axis, 0, depth));
  const wrapped = call.opset < 11 ? index : where(lt(index, num(0, index)), add(index, num(depth, index)), index);
  const column = reshape(wrapped, index.shape.toSpliced(axis, 0, 1));
  const classes = reshape(
    iota(depth, 0, 1, "int32"),
    Array.from({ length: rank }, (_, i) => (i === axis ? depth : 1)),
  );
  const hit = eq(column, cast(classes, index.dtype));
  return move(call.value(2), (values) =>
    where(hit, reshape(slice(values, [1], [1]), []), reshape(slice(values, [0], [1]), [])),
  );
}

export const operators: Operators = {
  Constant: constant,
  ConstantOfShape: constantOfShape,
  EyeLike: eyeLike,
  OneHot: oneHot,
  Range: range,
  "com.microsoft.Range": range,
};
