import type { BuildOptions } from "esbuild";

export declare function pageOptions(entryPoints: Record<string, string>, wasmFolder?: string): BuildOptions;
export declare function runtimeOptions(
  runtime: string,
  outdir: string,
  wasmFolder: string,
  entryPoints: Record<string, string>,
): BuildOptions;
