import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

/** Node 20 has relaxed SIMD behind a flag, later versions have it without. */
const relaxed = Number(process.versions.node.split(".")[0]) < 21 ? ["--experimental-wasm-relaxed-simd"] : [];

export default defineConfig({
  plugins: [
    {
      name: "wgsl-as-text",
      enforce: "pre",
      load(id: string): string | undefined {
        if (!id.endsWith(".wgsl")) return undefined;
        return `export default ${JSON.stringify(readFileSync(id, "utf8"))};`;
      },
    },
  ],
  resolve: {
    alias: [
      { find: /^#platform$/, replacement: here("ts/platform/node.ts") },
      { find: /^hebb$/, replacement: here("ts/index.ts") },
      { find: /^hebb\/audio$/, replacement: here("ts/audio/index.ts") },
      { find: /^hebb\/vision$/, replacement: here("ts/vision/index.ts") },
      { find: /^hebb\/onnx$/, replacement: here("ts/formats/onnx/index.ts") },
      { find: /^hebb\/safetensors$/, replacement: here("ts/formats/safetensors.ts") },
    ],
  },
  test: {
    include: ["test/**/*.test.ts"],
    globalSetup: ["test/setup.ts"],
    pool: "forks",
    execArgv: relaxed,
    maxWorkers: 2,
    allowOnly: false,
    testTimeout: 60_000,
    hookTimeout: 240_000,
  },
});
