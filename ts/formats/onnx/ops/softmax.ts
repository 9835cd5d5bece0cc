/** Softmax, its logarithm, and the place of the greatest. Before opset 13 all axes from `axis` on are one row. */
import { normalizeAxis, sizeOf } from "../../../core/shape.ts";
import type { Node } from "../../../graph/node.ts";
import { cast, eq } from "../../../ops/elementwise.ts";
import { iota } from "../../../ops/iota.ts";
import { reshape } from "../../../ops/movement.ts";
import { argmax } from "../../../ops/reduce.ts";
import { logSoftmax, softmax } from "../../../ops/softmax.ts";
import type { Call, Operators, Outputs } from "../call.ts";
import { narrow, wide } from "../precision.ts";

const along =
  (of: (x: Node, axis: number) => Node) =>
  (call: Call): Outputs => {
    const input = call.tensor(0);
    const { shape } = input;
    const x = wide(input);
    if (sizeOf(shape) === 0) return input;
    if (call.opset >= 13) {
      return narrow(of(x, normalizeAxis(call.proto.opType, call.int("axis", -1), shape.length)), input.dtype);
    }
    const axis = call.int("axis", 1);
    const at = axis === shape.length ? axis : normalizeAxis(call.proto.opType, axis, shape.length);
    const rows = reshape(x, [sizeOf(shape.slice(0, at)), sizeOf(shape.slice(at))]);
    return narrow(reshape(of(rows, 1), shape), input.dtype);
  };

/** 1 at the first greatest element along the axis, 0 elsewhere. */
function hardmax(x: Node, axis: number): Node {
  const size = x.shape[axis] as number;
  const place = argmax(x, axis);
  const index = reshape(place, x.shape.with(axis, 1));
  const counting = reshape(
    iota(size, 0, 1, "int32"),
    x.shape.map((_, i) => (i === axis ? size : 1)),
  );
  return cast(eq(index, counting), "float32");
}

export const operators: Operators = {
  Hardmax: along(hardmax),
  LogSoftmax: along(logSoftmax),
  Softmax: along(softmax),
};
