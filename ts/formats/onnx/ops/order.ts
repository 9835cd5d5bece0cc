/** Along an axis: what is largest, what comes first, what has been so far. */
import { normalizeAxis } from "../../../core/shape.ts";
import type { Node } from "../../../graph/node.ts";
import { keptShape } from "../../../ops/broadcast.ts";
import { cast, num, sub } from "../../../ops/elementwise.ts";
import { gather } from "../../../ops/gather.ts";
import { inLane } from "../../../ops/lane.ts";
import { flip, reshape } from "../../../ops/movement.ts";
import { argmax, argmin } from "../../../ops/reduce.ts";
import { cumprod, cumsum, type ScanOptions } from "../../../ops/scan.ts";
import { topk } from "../../../ops/topk.ts";
import type { Call, Operators, Outputs } from "../call.ts";

async function topK(call: Call): Promise<Outputs> {
  const x = call.tensor(0);
  const k = call.opset < 10 ? call.int("k") : await call.number(1);
  const axis = call.int("axis", -1);
  const indices = topk(x, k, axis, call.int("largest", 1) !== 0);
  return [gather(x, indices, axis), cast(indices, "int64")];
}

/** Position of the extreme; of equal ones the first, or the last where the attribute says so. */
const position =
  (extreme: (x: Node, axis: number) => Node) =>
  (call: Call): Outputs => {
    const x = inLane(call.tensor(0));
    const axis = normalizeAxis("axis", call.int("axis", 0), x.shape.length);
    const last = call.int("select_last_index", 0) !== 0;
    const found = extreme(last ? flip(x, [axis]) : x, axis);
    const index = last ? sub(num((x.shape[axis] as number) - 1, found), found) : found;
    const shape = call.int("keepdims", 1) !== 0 ? keptShape(x.shape, [axis]) : index.shape;
    return cast(reshape(index, shape), "int64");
  };

const running =
  (scan: (x: Node, axis: number, options: ScanOptions) => Node) =>
  async (call: Call): Promise<Outputs> => {
    const x = call.tensor(0);
    const axis = await call.number(1);
    const options = { exclusive: call.int("exclusive", 0) !== 0, reverse: call.int("reverse", 0) !== 0 };
    return cast(scan(x, axis, options), x.dtype);
  };

export const operators: Operators = {
  ArgMax: position(argmax),
  ArgMin: position(argmin),
  CumProd: running(cumprod),
  CumSum: running(cumsum),
  TopK: topK,
};
