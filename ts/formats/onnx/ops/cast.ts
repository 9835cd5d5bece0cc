/** Other element types for the same values, or for the same bits. */
import { type DType, dtypes } from "../../../core/dtype.ts";
import { FormatError } from "../../../core/errors.ts";
import { load, rangeOf, store } from "../../../core/storage.ts";
import type { Node } from "../../../graph/node.ts";
import { bitcast, cast as castTo } from "../../../ops/cast.ts";
import { maximum, minimum, num } from "../../../ops/elementwise.ts";
import { take } from "../../../ops/gather.ts";
import type { Call, Operators, Outputs } from "../call.ts";
import { constantLeaf, stringTensor } from "../feed.ts";
import { formatNumber, parseNumber } from "../number-text.ts";
import { dtypeOf, stringCode } from "../proto/tensor.ts";
import { StringTensor, type Value } from "../value.ts";

/** The type names that opset 1 writes where later ones write numbers. */
const codes: { readonly [name: string]: number } = {
  FLOAT: 1,
  UINT8: 2,
  INT8: 3,
  UINT16: 4,
  INT16: 5,
  INT32: 6,
  INT64: 7,
  STRING: 8,
  BOOL: 9,
  FLOAT16: 10,
  DOUBLE: 11,
  UINT32: 12,
  UINT64: 13,
};

function target(call: Call): DType | "string" {
  const name = call.attribute("to")?.s;
  const code = name === undefined || name.length === 0 ? call.int("to") : codes[call.string("to")];
  if (code === undefined) throw new FormatError(`no element type is called "${call.string("to")}"`);
  return code === stringCode ? "string" : dtypeOf(code);
}

/** Strings become numbers word by word on the host; numbers become strings once they are computed. */
async function convert(call: Call, value: Value, to: DType | "string"): Promise<Outputs> {
  if (value instanceof StringTensor) {
    if (to === "string") return value;
    const { codes, words } = value;
    const table = store(to, words.map((word) => parseNumber(word, to)) as number[]);
    return take(constantLeaf(table, [words.length], to), codes, 0);
  }
  const x = value as Node;
  if (to !== "string") return rounded(call, x, to);
  const stored = await call.read(x);
  const values = dtypes[x.dtype].lane === "i64" ? stored : load(x.dtype, stored);
  return stringTensor(
    Array.from(values, (each) => formatNumber(each, x.dtype)),
    x.shape,
  );
}

/** What is too great for a small float saturates unless an attribute denies it. */
function rounded(call: Call, x: Node, to: DType): Node {
  const round = call.string("round_mode", "up");
  if (round !== "up" && round !== "down" && round !== "nearest") throw call.unsupported(`round_mode "${round}"`);
  if (dtypes[to].float) {
    const small = dtypes[to].bits <= 8;
    return castTo(x, to, small ? { saturate: call.int("saturate", 1) !== 0, round } : {});
  }
  if (dtypes[to].bits !== 4 || !dtypes[x.dtype].float || call.opset >= 24) return castTo(x, to);
  // Integers of 4 bits saturated when they were new; other ones keep low bits, and so do these from opset 24 on.
  const { least, greatest } = rangeOf(to);
  return castTo(minimum(maximum(x, num(least, x)), num(greatest, x)), to);
}

const cast = (call: Call): Promise<Outputs> => convert(call, call.value(0), target(call));

const castLike = (call: Call): Promise<Outputs> => {
  const like = call.value(1);
  return convert(call, call.value(0), like instanceof StringTensor ? "string" : (like as Node).dtype);
};

const bitCast = (call: Call): Outputs => bitcast(call.tensor(0), dtypeOf(call.int("to")));

export const operators: Operators = { BitCast: bitCast, Cast: cast, CastLike: castLike };
