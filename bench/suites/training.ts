/** One optimiser step: a fresh batch of JavaScript arrays goes in, the loss comes back as a number. */
import type { Suite } from "./suite.ts";

export const training: Suite = {
  name: "training",
  title: "Training steps",
  unit: "ms",
  contestants: ["hebb", "tfjs wasm", "jax-js", "PyTorch"],
  rows: [
    {
      name: "LeNet-5, batch 64, Adam",
      work: { kind: "train", model: "lenet5", batch: 64, optimizer: "adam", lr: 1e-3 },
      target: { native: 1 },
      slow: ["tfjs plain JS"],
    },
    {
      name: "MLP 784-256-128-10, batch 64, Adam",
      work: { kind: "train", model: "mlp", batch: 64, optimizer: "adam", lr: 1e-3 },
      target: { native: 1.5 },
    },
    {
      name: "CNN 1→8→16 stride 2, batch 16, SGD",
      work: { kind: "train", model: "cnn", batch: 16, optimizer: "sgd", lr: 0.01 },
      target: { ms: 3 },
      slow: ["tfjs plain JS"],
    },
  ],
};
