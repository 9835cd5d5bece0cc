// The public entries: name of the bundle (and of the package's export) → source. "index" is the package itself.
// A further entry is a further row here and one in package.json's "exports".

export const entries = {
  index: "ts/index.ts",
  safetensors: "ts/formats/safetensors.ts",
};

/** The runtimes with bundles of their own, beside the page. */
export const runtimes = ["bun", "deno", "node", "workerd"];

/** Files of assembly/ that hold nothing but constants, read by AssemblyScript and by TypeScript alike. */
export const tables = [
  "assembly/attention-routes.ts",
  "assembly/gemm-blocks.ts",
  "assembly/kernels.ts",
  "assembly/lanes.ts",
  "assembly/matmul-routes.ts",
  "assembly/opcodes.ts",
  "assembly/recurrent-codes.ts",
];
