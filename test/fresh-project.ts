/**
 * A project in a directory of its own, outside the repository, where nothing is but what `npm install` of the packed archive
 * brings; and the programs of the pages in it, as a reader copies them.
 */
import { execFile, execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import ts from "typescript";
import { root } from "../scripts/build.mjs";
import { type Packed, pack } from "./packed.ts";

export interface FreshProject {
  readonly folder: string;
  readonly packed: Packed;
  remove(): void;
}

/** Installs the packed archive and what it depends on; no package runs a script. */
export function makeFreshProject(): FreshProject {
  const folder = mkdtempSync(join(tmpdir(), "hebb-fresh-"));
  const packed = pack(folder);
  writeFileSync(join(folder, "package.json"), JSON.stringify({ name: "fresh", private: true, type: "module" }));
  const args = ["install", "--ignore-scripts", "--no-audit", "--no-fund", "--prefer-offline", packed.archive];
  execFileSync("npm", args, { cwd: folder, stdio: "pipe", shell: process.platform === "win32" });
  return { folder, packed, remove: () => rmSync(folder, { recursive: true, force: true }) };
}

/** Writes sources as example-0.ts, …, compiles each to JavaScript beside it, and returns what the compiler has against them. */
export function compile(folder: string, sources: readonly string[]): string[] {
  const names = sources.map((source, i) => {
    const name = join(folder, `example-${i}.ts`);
    writeFileSync(name, source);
    return name;
  });
  const program = ts.createProgram(names, {
    target: ts.ScriptTarget.ES2022,
    module: ts.ModuleKind.NodeNext,
    moduleResolution: ts.ModuleResolutionKind.NodeNext,
    moduleDetection: ts.ModuleDetectionKind.Force,
    lib: [
      "lib.es2023.d.ts",
      "lib.dom.d.ts",
      "lib.dom.iterable.d.ts",
      "lib.dom.asynciterable.d.ts",
      "lib.esnext.disposable.d.ts",
    ],
    typeRoots: [join(root, "node_modules/@types")],
    types: ["node"],
    strict: true,
    skipLibCheck: false,
  });
  const { diagnostics } = program.emit();
  return [...ts.getPreEmitDiagnostics(program), ...diagnostics].map(({ file, start = 0, messageText }) => {
    const line = 1 + (file?.getLineAndCharacterOfPosition(start).line ?? 0);
    return `${file?.fileName.slice(folder.length + 1)}:${line}: ${ts.flattenDiagnosticMessageText(messageText, "\n")}`;
  });
}

/** Runs the n-th example by Node and returns the lines that it prints. */
export async function runExample(folder: string, n: number): Promise<string[]> {
  const { stdout } = await promisify(execFile)(process.execPath, [`example-${n}.js`], { cwd: folder });
  return stdout.split("\n").filter((line) => line !== "");
}
