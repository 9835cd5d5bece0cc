/** What reaches the page: programs as their authors would write them, bundled, minified and packed with gzip -9. */
import { readFileSync } from "node:fs";
import { join } from "node:path";

import { gzip, ship } from "../../test/ship.ts";
import { ceilings } from "../../test/sizes.ts";
import type { Plain } from "../report/result.ts";
import { root } from "../repository.ts";

interface Program {
  readonly runtime: string;
  readonly name: string;
  readonly source: string;
  readonly soon?: readonly string[];
  /** The WebAssembly it loads, as a path from the repository. */
  readonly wasm: string | null;
  /** Kilobytes to reach. */
  readonly most?: number;
}

const modules = "bench/node_modules";
const tfjsWasm = `${modules}/@tensorflow/tfjs-backend-wasm/dist/tfjs-backend-wasm-simd.wasm`;

const programs: readonly Program[] = [
  ...ceilings.map(({ name, source, soon = [], kernels = "hebb.wasm", kilobytes }) => ({
    runtime: "hebb",
    name,
    source,
    soon,
    wasm: `dist/${kernels}`,
    most: kilobytes,
  })),
  {
    runtime: "onnxruntime-web",
    name: "inference on wasm",
    source: `import { InferenceSession, Tensor } from "onnxruntime-web/wasm"; globalThis.all = [InferenceSession, Tensor];`,
    wasm: `${modules}/onnxruntime-web/dist/ort-wasm-simd-threaded.wasm`,
  },
  {
    runtime: "tfjs",
    name: "one product on wasm",
    source: `
      import { setBackend, matMul, tensor2d } from "@tensorflow/tfjs-core";
      import "@tensorflow/tfjs-backend-wasm";
      await setBackend("wasm");
      globalThis.y = matMul(tensor2d([[1]]), tensor2d([[2]]));`,
    wasm: tfjsWasm,
  },
  {
    runtime: "tfjs",
    name: "everything of the core, on wasm",
    source: `
      import * as tf from "@tensorflow/tfjs-core";
      import "@tensorflow/tfjs-backend-wasm";
      globalThis.tf = tf;`,
    wasm: tfjsWasm,
  },
  {
    runtime: "jax-js",
    name: "everything, kernels printed at run time",
    source: `import * as jax from "@jax-js/jax"; globalThis.jax = jax;`,
    wasm: null,
  },
];

export async function runSize(): Promise<Plain> {
  const rows: string[][] = [];
  for (const { runtime, name, source, soon, wasm, most } of programs) {
    const first = gzip((await ship(root, join(root, "bench"), source, soon)).first);
    const kernels = wasm === null ? 0 : gzip(readFileSync(join(root, wasm)));
    const total = first + kernels;
    const mark = most === undefined ? "" : `≤ ${most} ${total <= most ? "✓" : "✗"}`;
    rows.push([`${runtime}: ${name}`, first.toFixed(1), kernels.toFixed(1), total.toFixed(1), mark]);
  }
  return {
    kind: "plain",
    title: "Size",
    note: "Kilobytes (1,000 bytes) before the first result, after gzip -9.",
    header: ["", "script", "wasm", "together", "target"],
    rows,
  };
}
