/** The passes over what every imported model may hold: weights that never change. */
import type { ModelPasses } from "../compile.ts";
import { scaleWeights } from "./scale-weights.ts";
import { trimWindows } from "./trim-windows.ts";

export const modelPasses: ModelPasses = { name: "model", weights: [scaleWeights, trimWindows] };
