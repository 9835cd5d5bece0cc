// What the package consists of.

/** The public entries: name of the bundle (and of the package's export) → source. "index" is the package itself. */
export const entries = {
  audio: "ts/audio/index.ts",
  index: "ts/index.ts",
  onnx: "ts/formats/onnx/index.ts",
  safetensors: "ts/formats/safetensors.ts",
  vision: "ts/vision/index.ts",
};

/**
 * Modules that run in workers: one file each with everything inside, since bundlers of programs copy it as it is.
 */
export const workers = {
  worker: "ts/execution/worker/entry.ts",
};

/**
 * Modules that an index exports as a namespace: files of their own where programs are bundled again, since a bundler drops
 * what a page leaves out of a namespace only where the namespace is a file.
 */
export const namespaces = {
  data: "ts/data/index.ts",
  functional: "ts/nn/functional.ts",
  init: "ts/nn/init.ts",
  metrics: "ts/train/metrics.ts",
  nn: "ts/nn/index.ts",
  optim: "ts/optim/index.ts",
};

/** Commands, which are bundled for Node alone; package.json's "bin" names them. */
export const commands = {
  cli: "ts/cli/main.ts",
};

/** What stays a file of its own beside the kernels, for the bundles of the folder below. */
export const places = "ts/platform/places.ts";

/**
 * The folders of bundles, and the runtime whose adapter they hold. Divided ones are for bundlers, which drop what a program
 * leaves out where they can tell it apart; the others are loaded as they are, so of files they have few.
 */
export const folders = [
  { folder: "dist", runtime: "browser", divided: false },
  { folder: "dist/module", runtime: "browser", divided: true },
  { folder: "dist/bun", runtime: "bun", divided: false },
  { folder: "dist/deno", runtime: "deno", divided: false },
  { folder: "dist/node", runtime: "node", divided: false },
  { folder: "dist/workerd", runtime: "workerd", divided: true },
];

/** Packages that adapters load when they are needed, kept outside of the bundles of Node, Deno and Bun. */
export const packages = [
  "@cornerstonejs/codec-libjpeg-turbo-8bit",
  "@cornerstonejs/codec-openjpeg",
  "@cwasm/webp",
  "cli-progress",
  "tiff",
];

/** Files of assembly/ that hold nothing but constants, read by AssemblyScript and by TypeScript alike. */
export const tables = [
  "assembly/attention-routes.ts",
  "assembly/gemm-blocks.ts",
  "assembly/integer-blocks.ts",
  "assembly/kernels.ts",
  "assembly/lanes.ts",
  "assembly/matmul-routes.ts",
  "assembly/opcodes.ts",
  "assembly/recurrent-codes.ts",
  "assembly/team-block.ts",
];
