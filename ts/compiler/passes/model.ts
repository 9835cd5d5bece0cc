/** The passes over what only imported models hold: integers with scales, weights that never change, cells step by step. */
import type { ModelPasses } from "../compile.ts";
import { recogniseLstm } from "./lstm.ts";
import { multiplyQuantized } from "./quantize.ts";
import { scaleWeights } from "./scale-weights.ts";
import { trimWindows } from "./trim-windows.ts";

export const modelPasses: ModelPasses = {
  written: [multiplyQuantized],
  weights: [scaleWeights, trimWindows],
  patterns: { lstm: recogniseLstm },
};
