import type { BuildOptions } from "esbuild";

export declare const root: string;
export declare const kernelParts: string[];
export declare function build(names?: string[], log?: (line: string) => void): Promise<boolean>;
export declare function pageOptions(given: Record<string, string>, wasmFolder?: string): BuildOptions;
export declare function runtimeOptions(
  runtime: string,
  outdir: string,
  wasmFolder: string,
  given: Record<string, string>,
): BuildOptions;
export declare function bundleProgram(entry: string, name: string, folder?: string): Promise<string>;
