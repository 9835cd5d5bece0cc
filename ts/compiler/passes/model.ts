/** The passes over what only imported models hold: integers with scales, and weights that never change. */
import type { ModelPasses } from "../compile.ts";
import { multiplyQuantized } from "./quantize.ts";
import { scaleWeights } from "./scale-weights.ts";
import { trimWindows } from "./trim-windows.ts";

export const modelPasses: ModelPasses = { written: [multiplyQuantized], weights: [scaleWeights, trimWindows] };
