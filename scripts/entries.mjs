// The public entries: name of the bundle (and of the package's export) → source. "index" is the package itself.
// A further entry is a further row here and one in package.json's "exports".

export const entries = {
  index: "ts/index.ts",
  safetensors: "ts/formats/safetensors.ts",
};

/** The runtimes that `#platform` tells apart. */
export const platforms = ["browser", "bun", "deno", "node", "workerd"];
