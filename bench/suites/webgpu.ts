/** What is measured on a GPU: rows of the other suites, larger ones beside them. */
import type { Name } from "../contestants/index.ts";
import { calls } from "./calls.ts";
import { light } from "./light.ts";
import { models } from "./models.ts";
import { ops } from "./ops.ts";
import type { Row, Suite } from "./suite.ts";
import { training } from "./training.ts";

const every: readonly Name[] = ["hebb", "hebb webgpu", "onnxruntime-web webgpu", "tfjs webgpu", "jax-js webgpu"];
const readers: readonly Name[] = ["hebb", "hebb webgpu", "hebb auto", "onnxruntime-web webgpu"];
const trainers: readonly Name[] = ["hebb", "hebb webgpu", "hebb auto", "tfjs webgpu", "jax-js webgpu"];
const callers: readonly Name[] = [...readers, "tfjs webgpu", "jax-js webgpu"];

/** Rows by the beginnings of their names, without the targets, which are those of wasm. */
function rowsOf({ rows }: Suite, names: readonly string[]): Row[] {
  const chosen = rows.filter(({ name }) => names.some((start) => name.startsWith(start)));
  return chosen.map(({ name, work }) => ({ name, work }));
}

const attention = (heads: number, n: number, d: number): Row => ({
  name: `attention ${heads}×${n}×${d}`,
  work: { kind: "attention", heads, n, d },
});

const only = (suite: Suite, contestants: readonly Name[], rows: readonly Row[]): Suite => {
  const { name, title, unit, missing = [] } = suite;
  return { name, title: `${title} on WebGPU`, unit, contestants, rows, missing };
};

export const onWebGpu: readonly Suite[] = [
  only(ops, every, [
    ...rowsOf(ops, ["matmul 512³"]),
    { name: "matmul 1024³", work: { kind: "matmul", m: 1024, n: 1024, k: 1024, both: true } },
    ...rowsOf(ops, ["linear 64×784", "conv 3×3", "conv 7×7", "depthwise", "pointwise"]),
    attention(8, 128, 64),
    attention(8, 512, 64),
    ...rowsOf(ops, ["relu(x·w+b)+r, 1 Mi", "softmax 512", "sum over columns"]),
  ]),
  only(
    models,
    readers,
    rowsOf(models, ["mnist-cntk", "cifar-vit", "silero-vad-op16", "squeezenet1.1", "ultraface-slim"]),
  ),
  only(light, readers, rowsOf(light, ["SqueezeNet", "ShuffleNet", "ResNet-50"])),
  only(training, trainers, rowsOf(training, ["LeNet-5", "MLP"])),
  only(calls, callers, rowsOf(calls, ["MLP 48"])),
];

/** What an adapter that is a program can do in seconds; of the other rows it says nothing that these do not. */
const small = ["linear", "attention 8×128", "relu(", "softmax", "sum over", "mnist-cntk", "LeNet-5", "MLP"];

export const forSoftware = (suite: Suite): Suite => ({
  ...suite,
  rows: suite.rows.filter(({ name }) => small.some((start) => name.startsWith(start))),
  missing: [],
});
