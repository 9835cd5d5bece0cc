/**
 * The matrix on WebGPU, in Chromium on its software adapter and in Deno: the answers that wasm gives, and how many cases
 * cross to it. Software adapters are slow, so each takes a part of the cases; `npm run test:engines` runs all of them.
 */
import { describe } from "vitest";
import { testRows } from "./matrix-part.ts";

/** Models that a software adapter runs within seconds. */
const light: ReadonlySet<string> = new Set([
  "acasxu-1-1",
  "cifar-oval-deep",
  "collins-rul-cnn-20",
  "lindex-deep",
  "mnist-cntk-8",
  "mnist-convnet-avgpool",
  "rl-lunarlander",
  "tract-qlstm_3-2-3_T3_S1",
  "tract-qsigmoid_1",
  "tract-xgboost_classifier_tree",
]);

describe("WebGPU", () => {
  testRows(
    {
      "chromium-webgpu": [
        ["ops", { ops: { layouts: ["contiguous"], gradients: false } }],
        ["onnx", { every: 12, crossing: 19 }],
        ["models", { only: (name) => light.has(name), crossing: 1 }],
      ],
      "chromium-webgpu-no-subgroups": [["ops", { every: 12, first: 4 }]],
      "deno-webgpu": [
        ["ops", { every: 12, first: 8 }],
        ["onnx", { every: 12, first: 4, crossing: 19 }],
        ["models", { only: (name) => light.has(name), crossing: 1 }],
      ],
    },
    400_000,
  );
});
