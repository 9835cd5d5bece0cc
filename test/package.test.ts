/** The package as npm would publish it: what lies in it, and whether every resolver finds its way through it. */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { checkPackage, createPackageFromTarballData } from "@arethetypeswrong/core";
import { publint } from "publint";
import { formatMessage } from "publint/utils";
import ts from "typescript";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { build, root } from "../scripts/build.mjs";
import { packages } from "../scripts/entries.mjs";
import { kinds, megabytes } from "./package-files.ts";
import { type Packed, pack, unpack } from "./packed.ts";

interface Manifest {
  readonly exports: Record<string, string | Record<string, string>>;
  readonly dependencies?: Record<string, string>;
  readonly optionalDependencies: Record<string, string>;
  readonly scripts: Record<string, string>;
}

const manifest = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as Manifest;
let folder = "";
let packed: Packed;
let files: string[] = [];

beforeAll(async () => {
  await build();
  mkdirSync(join(root, "build"), { recursive: true });
  folder = mkdtempSync(join(root, "build/package-"));
  packed = pack(folder);
  files = packed.files.map(({ path }) => path);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Every path that "exports" names. */
function targets(): string[] {
  return Object.values(manifest.exports)
    .flatMap((target) => (typeof target === "string" ? [target] : Object.values(target)))
    .map((path) => path.replace(/^\.\//, ""));
}

describe("the package", () => {
  test("holds what it names, its licence, and its changes", () => {
    expect(targets().filter((path) => !files.includes(path))).toEqual([]);
    expect(files).toEqual(expect.arrayContaining(["LICENSE", "README.md", "CHANGELOG.md", "package.json"]));
  });

  test("holds no file of a kind that nobody decided on, and some of every kind", () => {
    const all = Object.entries(kinds);
    expect(files.filter((path) => !all.some(([, pattern]) => pattern.test(path)))).toEqual([]);
    expect(all.filter(([, pattern]) => !files.some((path) => pattern.test(path))).map(([kind]) => kind)).toEqual([]);
    for (const stray of ["ts/index.ts", "dist/index.js.map", "dist/hebb.wat", ".npmrc", "binding.gyp", "dist/x.node"])
      expect(all.filter(([, pattern]) => pattern.test(stray))).toEqual([]);
  });

  test("names no source map and no folder of whoever built it", () => {
    const telling = ["sourceMappingURL", root.replace(/[\\/]$/, "")];
    const texts = files.map((path) => [path, readFileSync(join(root, path), "latin1")] as const);
    expect(texts.filter(([, text]) => telling.some((each) => text.includes(each))).map(([path]) => path)).toEqual([]);
  });

  test(`weighs at most ${megabytes.archive} MB, ${megabytes.unpacked} MB unpacked`, () => {
    const unpacked = packed.files.reduce((total, { size }) => total + size, 0);
    console.log(`the package: ${(packed.size / 1e6).toFixed(2)} MB, ${(unpacked / 1e6).toFixed(2)} MB unpacked`);
    expect(packed.size).toBeLessThanOrEqual(megabytes.archive * 1e6);
    expect(unpacked).toBeLessThanOrEqual(megabytes.unpacked * 1e6);
  });

  test("bundles import each other, the page's and the edge's nothing by name", () => {
    const scripts = files.filter((path) => /^dist\/([a-z]+\/)?[^/]+\.js$/.test(path));
    expect(scripts.length).toBeGreaterThan(10);
    for (const path of scripts) {
      const { importedFiles } = ts.preProcessFile(readFileSync(join(root, path), "utf8"));
      const names = importedFiles.map(({ fileName }) => fileName).filter((name) => !name.startsWith("./"));
      const known = (name: string): boolean =>
        name.startsWith("node:") || packages.some((each) => name === each || name.startsWith(`${each}/`));
      const above = (name: string): boolean => path.startsWith("dist/module/") && name === "../places.js";
      const allowed = /^dist\/(node|deno|bun)\//.test(path) ? known : above;
      expect(names.filter((name) => !allowed(name)).map((name) => `${path} imports ${name}`)).toEqual([]);
    }
  });

  test("depends on nothing, and brings what its adapters load on demand unless one leaves it out", () => {
    expect(manifest.dependencies).toBeUndefined();
    expect(Object.keys(manifest.optionalDependencies)).toEqual(packages);
  });

  test("holds the licences of the code that it took in", () => {
    expect(readFileSync(join(root, "dist/licenses.txt"), "utf8")).toMatch(/^fast-png 8\S+: MIT\n\n.*MIT License/ms);
  });

  test("publint finds nothing", async () => {
    const { messages, pkg } = await publint({ pkgDir: root, level: "suggestion", strict: true });
    expect(messages.map((message) => formatMessage(message, pkg, { color: false }))).toEqual([]);
  });

  test("the types are right for every ES module resolver", async () => {
    const entrypoints = Object.keys(manifest.exports).filter((name) => !/\.(wasm|json)$/.test(name));
    const result = await checkPackage(createPackageFromTarballData(readFileSync(packed.archive)), { entrypoints });
    expect(result.types).not.toBe(false);
    // The package is ES modules alone: node10 and require() are not served.
    const problems = ("problems" in result ? result.problems : []).filter(
      (problem) => !("resolutionKind" in problem && /^node10$|^node16-cjs$/.test(problem.resolutionKind)),
    );
    expect(problems).toEqual([]);
  });

  test("a TypeScript project sees the types of tensors", () => {
    const project = join(folder, "project");
    unpack(packed, project);
    writeFileSync(join(project, "package.json"), '{ "name": "project", "type": "module" }');
    const good = 'import { tensor } from "hebb";\nexport const shape: readonly number[] = tensor([1]).shape;\n';
    writeFileSync(join(project, "good.ts"), good);
    writeFileSync(join(project, "bad.ts"), good.replace("readonly number[]", "string"));
    const program = ts.createProgram([join(project, "good.ts"), join(project, "bad.ts")], {
      target: ts.ScriptTarget.ES2022,
      module: ts.ModuleKind.NodeNext,
      moduleResolution: ts.ModuleResolutionKind.NodeNext,
      lib: ["lib.es2023.d.ts", "lib.dom.d.ts", "lib.esnext.disposable.d.ts"],
      types: [],
      strict: true,
      noEmit: true,
    });
    const found = ts.getPreEmitDiagnostics(program).map(({ file, code, messageText }) => ({
      file: file?.fileName.slice(project.length + 1),
      code,
      text: ts.flattenDiagnosticMessageText(messageText, "\n"),
    }));
    expect(found).toEqual([expect.objectContaining({ file: "bad.ts", code: 2322 })]);
  });
});

describe.each(["package-lock.json", "bench/package-lock.json", "test/bundlers/package-lock.json"])("%s", (name) => {
  const lock = readFileSync(join(root, name), "utf8");

  test("names no address", () => {
    expect(lock).not.toContain('"resolved"');
    expect(lock).not.toMatch(/https?:\/\/[^"]*\.tgz/);
  });

  test("knows every platform's packages, without which npm 11 refuses to install", () => {
    const { packages } = JSON.parse(lock) as {
      packages: Record<string, { optionalDependencies?: Record<string, string> }>;
    };
    const known = new Set(Object.keys(packages).map((path) => path.replace(/^.*node_modules\//, "")));
    const wanted = Object.values(packages).flatMap(({ optionalDependencies = {} }) =>
      Object.keys(optionalDependencies),
    );
    expect(wanted.filter((dependency) => !known.has(dependency))).toEqual([]);
  });
});
