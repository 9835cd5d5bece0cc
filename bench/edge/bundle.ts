/** How the workers of this folder are bundled: its packages are the peers, and hebb is the one that was built. */
import type { WorkerOptions } from "../../test/examples/edge-worker.ts";

export const bundle: NonNullable<WorkerOptions["bundle"]> = {
  alias: { hebb: "./dist/workerd/index.js", "hebb/safetensors": "./dist/workerd/safetensors.js" },
  define: { "import.meta.url": '"file:///worker.js"' },
  external: ["node:*"],
};
