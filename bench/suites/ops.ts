/** Single operations of the shapes that networks have; operands lie in the runtime's memory, the right one is a constant. */
import type { Matmul, Work } from "../work.ts";
import type { Row, Suite, Target } from "./suite.ts";

const matmul = (
  name: string,
  m: number,
  k: number,
  n: number,
  rest: Partial<Matmul> = {},
  target: Target = {},
): Row => ({
  name,
  work: { kind: "matmul", m, n, k, ...rest },
  target,
});

const conv2d = (
  name: string,
  x: readonly [number, number, number, number],
  o: number,
  k: number,
  padding: number,
  target: Target = {},
  groups = 1,
): Row => ({ name, work: { kind: "conv2d", x, o, k, padding, groups }, target });

const row = (name: string, work: Work): Row => ({ name, work });

export const ops: Suite = {
  name: "ops",
  title: "Operations",
  unit: "ms",
  contestants: ["hebb", "hebb, plain build", "onnxruntime-web", "tfjs wasm", "jax-js", "onnxruntime-node", "PyTorch"],
  rows: [
    matmul("matmul 512³", 512, 512, 512, { both: true }, { web: 1.7 }),
    matmul("matmul 480³", 480, 480, 480, { both: true }, { web: 1.7 }),
    matmul("linear 64×784→256", 64, 784, 256, { transposeB: true }),
    matmul("its gradient of x", 64, 256, 784),
    matmul("its gradient of w", 256, 64, 784, { transposeA: true, both: true }),
    matmul("linear 64×400→120", 64, 400, 120, { transposeB: true }),
    matmul("linear 64×128→10", 64, 128, 10, { transposeB: true }),
    matmul("linear 1×784→256", 1, 784, 256, { transposeB: true }),
    matmul("matmul 1×512 · 512×512", 1, 512, 512),
    conv2d("conv 3×3 64→64 at 56²", [1, 64, 56, 56], 64, 3, 1, { web: 2 }),
    conv2d("conv 3×3 256→256 at 14²", [1, 256, 14, 14], 256, 3, 1),
    conv2d("conv 7×7 3→64 at 112², valid", [1, 3, 112, 112], 64, 7, 0),
    conv2d("depthwise 3×3 256 at 28²", [1, 256, 28, 28], 256, 3, 1, { web: 1.5 }, 256),
    conv2d("pointwise 256→256 at 28²", [1, 256, 28, 28], 256, 1, 0, { web: 1.7 }),
    conv2d("LeNet-5 first, batch 64", [64, 1, 28, 28], 6, 5, 2),
    conv2d("LeNet-5 second, batch 64", [64, 6, 14, 14], 16, 5, 0),
    row("relu(x·w+b)+r, 1 Mi", { kind: "chain", activation: "relu", count: 1 << 20 }),
    row("silu(x·w+b)+r, 1 Mi", { kind: "chain", activation: "silu", count: 1 << 20 }),
    row("silu(x·w+b)+r, 4 Ki", { kind: "chain", activation: "silu", count: 1 << 12 }),
    row("softmax 64×10", { kind: "softmax", shape: [64, 10] }),
    row("softmax 512×512", { kind: "softmax", shape: [512, 512] }),
    row("sum of 1024×1024", { kind: "reduce", op: "sum", shape: [1024, 1024] }),
    row("sum over rows of 1024×1024", { kind: "reduce", op: "sum", shape: [1024, 1024], axis: 0 }),
    row("sum over columns of 1024×1024", { kind: "reduce", op: "sum", shape: [1024, 1024], axis: 1 }),
    row("max over columns of 1024×1024", { kind: "reduce", op: "max", shape: [1024, 1024], axis: 1 }),
  ],
};
