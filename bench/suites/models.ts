/** Trained models of the shared data as they are, from their inputs to their results; one row a model. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

import { sharedData } from "../repository.ts";
import type { ModelFile } from "../work.ts";
import type { Mean, Row, Suite } from "./suite.ts";

interface Meta {
  readonly inputs: readonly string[];
  readonly ops: Readonly<Record<string, number>>;
}

function metaOf(id: string): Meta {
  return JSON.parse(readFileSync(join(sharedData, "models", id, "meta.json"), "utf8")) as Meta;
}

/** The model on the first inputs that came with it. */
function workOf(id: string): ModelFile {
  const files = metaOf(id).inputs.map((name, i) => [name, `models/${id}/test_data_set_0/input_${i}.pb`] as const);
  const given = files.filter(([, file]) => existsSync(join(sharedData, file)));
  return { kind: "modelFile", path: `models/${id}/model.onnx`, feeds: Object.fromEntries(given) };
}

function isConvolutional(id: string): boolean {
  return Object.keys(metaOf(id).ops).some((op) => op.includes("Conv"));
}

const folder = join(sharedData, "models");
const ids = existsSync(folder) ? readdirSync(folder).sort() : [];
const rows: Row[] = ids.map((id) => ({ name: id, work: workOf(id) }));
const means: Mean[] = [
  { name: "geometric mean", rows: ids, target: { web: 2.5, native: 1 } },
  { name: "geometric mean of convolutional ones", rows: ids.filter(isConvolutional), target: { web: 3, native: 1 } },
];

export const models: Suite = {
  name: "models",
  title: "Models",
  unit: "ms",
  contestants: ["hebb", "hebb, plain build", "onnxruntime-web", "onnxruntime-node"],
  rows,
  means,
  missing: ids.length === 0 ? ["../shared/data/models"] : [],
};
