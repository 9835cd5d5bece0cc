/** Single models of the shared data that several suites measure. */
import { existsSync, statSync } from "node:fs";
import { sharedData } from "../repository.ts";
import type { ModelFile, Work } from "../work.ts";

export const squeezeNet: ModelFile = {
  kind: "modelFile",
  path: "models/squeezenet1.1-fp32/model.onnx",
  feeds: { data: [1, 3, 224, 224] },
};

/** One quantised sigmoid. */
export const tinyModel: ModelFile = {
  kind: "modelFile",
  path: "models/tract-qsigmoid_1/model.onnx",
  feeds: { input: "models/tract-qsigmoid_1/test_data_set_0/input_0.pb" },
};

/** Whether a piece of work is a model whose file is not here. */
export const isMissing = (work: Work): boolean => work.kind === "modelFile" && !existsSync(sharedData + work.path);

/** The size of a model's file; 0 where there is none. */
export const bytesOf = (work: ModelFile): number =>
  statSync(sharedData + work.path, { throwIfNoEntry: false })?.size ?? 0;
