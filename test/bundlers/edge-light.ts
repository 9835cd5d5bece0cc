/**
 * An edge function of Vercel's kind: bundled under the condition `edge-light`, kernels imported with `?module`, which its
 * build turns into a module of WebAssembly that the runtime has compiled. The runtime is Vercel's own, set to evaluate and
 * compile nothing.
 */
import { join } from "node:path";
import { build } from "esbuild";
import { root } from "../../scripts/build.mjs";
import { runScript } from "./bundler.ts";

/** Runs `entry` of a project on requests and returns what it answers to each. */
export async function answersOnEdge(project: string, entry: string, urls: readonly string[]): Promise<unknown[]> {
  const outfile = join(project, "edge-light.cjs");
  let kernels = "";
  await build({
    absWorkingDir: project,
    entryPoints: [entry],
    outfile,
    bundle: true,
    format: "cjs",
    target: "es2022",
    conditions: ["edge-light"],
    tsconfigRaw: "{}",
    plugins: [
      {
        name: "wasm-module",
        setup(b) {
          b.onResolve({ filter: /\.wasm\?module$/ }, async ({ path, ...rest }) => {
            const found = await b.resolve(path.replace("?module", ""), rest);
            kernels = found.path;
            return { ...found, namespace: "module" };
          });
          b.onLoad({ filter: /./, namespace: "module" }, () => ({ contents: "export default wasm_kernels;" }));
        },
      },
    ],
  });
  const host = join(root, "test/bundlers/edge-light.mjs");
  return JSON.parse(await runScript(project, host, [outfile, kernels, ...urls])) as unknown[];
}
