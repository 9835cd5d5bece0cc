/** What a call costs when there is next to nothing to compute: JavaScript numbers in, a typed array out. */
import type { Suite } from "./suite.ts";

export const calls: Suite = {
  name: "calls",
  title: "One call",
  unit: "µs",
  contestants: ["hebb", "onnxruntime-web", "tfjs wasm", "jax-js", "onnxruntime-node", "PyTorch"],
  rows: [
    { name: "MLP 4-16-16-2, one row", work: { kind: "call", sizes: [4, 16, 16, 2] }, target: { ms: 0.015 } },
    { name: "MLP 48-64-64-12, one row", work: { kind: "call", sizes: [48, 64, 64, 12] } },
  ],
};
