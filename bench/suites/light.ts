/** Large image networks of the ONNX backend suite, whose weights are one number each, so that their files are small. */
import { existsSync } from "node:fs";
import { join } from "node:path";

import { sharedData } from "../repository.ts";
import type { Row, Suite } from "./suite.ts";

interface Network {
  readonly name: string;
  readonly file: string;
  readonly input: string;
}

const networks: readonly Network[] = [
  { name: "ResNet-50", file: "light_resnet50.onnx", input: "gpu_0/data_0" },
  { name: "DenseNet-121", file: "light_densenet121.onnx", input: "data_0" },
  { name: "ShuffleNet", file: "light_shufflenet.onnx", input: "gpu_0/data_0" },
  { name: "Inception v1", file: "light_inception_v1.onnx", input: "data_0" },
  { name: "Inception v2", file: "light_inception_v2.onnx", input: "data_0" },
  { name: "SqueezeNet", file: "light_squeezenet.onnx", input: "data_0" },
];

const isHere = ({ file }: Network): boolean => existsSync(join(sharedData, "onnx/light", file));

const rowOf = ({ name, file, input }: Network): Row => ({
  name,
  work: { kind: "modelFile", path: `onnx/light/${file}`, feeds: { [input]: [1, 3, 224, 224] } },
});

export const light: Suite = {
  name: "light",
  title: "Large networks",
  unit: "ms",
  contestants: ["hebb", "hebb, plain build", "onnxruntime-web", "onnxruntime-node"],
  rows: networks.filter(isHere).map(rowOf),
  missing: networks.filter((network) => !isHere(network)).map(({ file }) => `../shared/data/onnx/light/${file}`),
};
