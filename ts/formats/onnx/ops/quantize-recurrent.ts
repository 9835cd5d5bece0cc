/**
 * LSTM by 8-bit weights: com.microsoft.DynamicQuantizeLSTM. What meets a weight is rounded to 8 bits over its own range: x
 * once, h in every step and row by row.
 */
import type { Node } from "../../../graph/node.ts";
import { cast, mul, sub } from "../../../ops/elementwise.ts";
import { permute, reshape } from "../../../ops/movement.ts";
import { dequantize } from "../../../ops/quantize.ts";
import type { Call, Operators, Outputs } from "../call.ts";
import { quantizeDynamically } from "./quantize.ts";
import { layer } from "./recurrent.ts";

/** Weights [directions, i, gates h] with a scale and a zero point a direction or a column, as [directions, gates h, i]. */
function weight(call: Call, at: number, scaleAt: number): Node {
  const q = call.tensor(at);
  const columns = (i: number): Node => reshape(cast(call.tensor(i), "float32"), [q.shape[0] as number, 1, -1]);
  return permute(mul(sub(cast(q, "float32"), columns(scaleAt + 1)), columns(scaleAt)), [0, 2, 1]);
}

function dynamicQuantizeLstm(call: Call): Outputs {
  const { q, scale, zero } = quantizeDynamically(call.tensor(0));
  const x = dequantize(q, scale, zero, { axis: 0, block: 0, dtype: "float32" });
  return layer(call, "lstm", "input_forget", { x, w: weight(call, 1, 8), r: weight(call, 2, 10) }, true);
}

export const operators: Operators = { "com.microsoft.DynamicQuantizeLSTM": dynamicQuantizeLstm };
