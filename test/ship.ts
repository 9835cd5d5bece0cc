/** What a page ships: a program bundled and minified as its author would. */
import { gzipSync } from "node:zlib";
import { build } from "esbuild";

export interface Shipped {
  /** Loaded before the program's first line, or by the program in any case. */
  readonly first: string;
  /** Loaded when asked for. */
  readonly later: string;
}

/**
 * The scripts of a program, whose packages are looked up from the folder `from` of the repository `root`. `soon` names modules
 * that it is certain to import while it starts.
 */
export async function ship(root: string, from: string, source: string, soon: readonly string[] = []): Promise<Shipped> {
  const { outputFiles, metafile } = await build({
    stdin: { contents: source, resolveDir: from, loader: "js" },
    absWorkingDir: root,
    alias: { "hebb/onnx": "./dist/module/onnx.js", hebb: "./dist/module/index.js" },
    outdir: "build/size",
    bundle: true,
    minify: true,
    splitting: true,
    format: "esm",
    target: "es2022",
    platform: "browser",
    tsconfigRaw: "{}",
    metafile: true,
    logLevel: "silent",
    write: false,
  });
  const first = new Set<string>();
  const visit = (path: string): void => {
    if (first.has(path)) return;
    first.add(path);
    for (const { path: next, kind, external } of metafile.outputs[path]?.imports ?? []) {
      const certain = kind === "import-statement" || soon.some((name) => next.includes(`/${name}-`));
      if (certain && external !== true) visit(next);
    }
  };
  const entry = Object.entries(metafile.outputs).find(([, output]) => output.entryPoint === "<stdin>");
  if (entry === undefined) throw new Error("size: cannot bundle: no entry came out");
  visit(entry[0]);
  const textOf = (wanted: boolean): string =>
    outputFiles
      .filter(
        ({ path }) =>
          first.has(
            path
              .slice(root.length)
              .replace(/^[\\/]/, "")
              .replaceAll("\\", "/"),
          ) === wanted,
      )
      .map(({ text }) => text)
      .join("");
  return { first: textOf(true), later: textOf(false) };
}

/** Kilobytes (1,000 bytes) after `gzip -9`. */
export const gzip = (data: string | Uint8Array): number => gzipSync(data, { level: 9 }).length / 1000;
