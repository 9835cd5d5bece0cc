/** Quantised layers as models bring them: weights are constants, inputs lie on the host. */
import type { Suite } from "./suite.ts";

export const quantized: Suite = {
  name: "quantized",
  title: "Quantised layers",
  unit: "ms",
  contestants: ["hebb", "hebb, plain build", "onnxruntime-web", "onnxruntime-node"],
  rows: [
    { name: "int8 matmul 512³", work: { kind: "matmulInteger", m: 512, n: 512, k: 512 } },
    { name: "int8 conv 3×3 64→64 at 56²", work: { kind: "convInteger", x: [1, 64, 56, 56], o: 64, k: 3, padding: 1 } },
    { name: "4-bit weights 1×2048 · 2048×2048", work: { kind: "matmulNBits", m: 1, n: 2048, k: 2048, block: 32 } },
    { name: "4-bit weights 16×2048 · 2048×2048", work: { kind: "matmulNBits", m: 16, n: 2048, k: 2048, block: 32 } },
  ],
};
