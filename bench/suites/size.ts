/** What reaches the page: programs as their authors would write them, bundled, minified and packed with gzip -9. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { build } from "esbuild";

import { ceilings } from "../../test/sizes.ts";
import type { Plain } from "../report/result.ts";
import { root } from "../repository.ts";

interface Program {
  readonly runtime: string;
  readonly name: string;
  readonly source: string;
  /** The WebAssembly it loads, as a path from the repository. */
  readonly wasm: string | null;
  /** Kilobytes to reach. */
  readonly most?: number;
}

const modules = "bench/node_modules";
const tfjsWasm = `${modules}/@tensorflow/tfjs-backend-wasm/dist/tfjs-backend-wasm-simd.wasm`;

const programs: readonly Program[] = [
  ...ceilings.map(({ name, source, kilobytes }) => ({
    runtime: "hebb",
    name,
    source,
    wasm: "dist/hebb.wasm",
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

const packed = (data: string | Uint8Array): number => gzipSync(data, { level: 9 }).length / 1000;

async function script(source: string): Promise<{ first: number; later: number }> {
  const { outputFiles, metafile } = await build({
    stdin: { contents: source, resolveDir: join(root, "bench"), loader: "js" },
    absWorkingDir: root,
    alias: { hebb: "./dist/index.js" },
    outdir: "bench/build/size",
    bundle: true,
    minify: true,
    splitting: true,
    format: "esm",
    target: "es2022",
    platform: "browser",
    tsconfigRaw: "{}",
    metafile: true,
    write: false,
    logLevel: "silent",
  });
  const outputs = metafile.outputs;
  const statics = new Set<string>();
  const visit = (path: string): void => {
    if (statics.has(path)) return;
    statics.add(path);
    for (const { path: next, kind } of outputs[path]?.imports ?? []) if (kind === "import-statement") visit(next);
  };
  for (const [path, { entryPoint }] of Object.entries(outputs)) if (entryPoint === "<stdin>") visit(path);
  const textOf = (wanted: boolean): string =>
    outputFiles
      .filter(({ path }) => statics.has(path.slice(root.length).replaceAll("\\", "/")) === wanted)
      .map(({ text }) => text)
      .join("");
  return { first: packed(textOf(true)), later: packed(textOf(false)) };
}

export async function runSize(): Promise<Plain> {
  const rows: string[][] = [];
  for (const { runtime, name, source, wasm, most } of programs) {
    const { first } = await script(source);
    const kernels = wasm === null ? 0 : packed(readFileSync(join(root, wasm)));
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
