/** Finding examples in docstrings, checking their types and running them; see examples.test.ts. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import ts from "typescript";
import { expect } from "vitest";
import { root } from "../../scripts/build.mjs";
import * as audio from "../../ts/audio/index.ts";
import * as onnx from "../../ts/formats/onnx/index.ts";
import * as safetensors from "../../ts/formats/safetensors.ts";
import * as hebb from "../../ts/index.ts";
import * as vision from "../../ts/vision/index.ts";

/** The entries whose names the examples of docstrings have at hand; of two of one name, the first. */
export const entries: Readonly<Record<string, object>> = {
  hebb,
  "hebb/safetensors": safetensors,
  "hebb/vision": vision,
  "hebb/audio": audio,
};

/** The entries that they have at hand as one name each. */
export const namespaces: Readonly<Record<string, object>> = { onnx };

export interface Example {
  readonly name: string;
  readonly source: string;
  /** Whether the public names need no import. */
  readonly atHand?: boolean;
}

/** A declaration and its docstring. */
export interface Doc {
  readonly name: string;
  readonly path: string;
  readonly symbol: string;
  /** A method or accessor of `symbol`, or null for the symbol itself. */
  readonly member: string | null;
  /** Without its tags; "" where there is none. */
  readonly text: string;
  readonly example: string | null;
}

const isExported = (node: ts.HasModifiers): boolean =>
  node.modifiers?.some(({ kind }) => kind === ts.SyntaxKind.ExportKeyword) === true;

/** The exported functions, classes and constants of a file, and the public methods of its exported classes. */
export function docsOf(path: string, source: string): Doc[] {
  const file = ts.createSourceFile(path, source, ts.ScriptTarget.ES2022, true);
  const found: Doc[] = [];
  const add = (node: ts.Node, symbol: string, member: string | null): void => {
    const name = `${path}: ${symbol}${member === null ? "" : `.${member}`}`;
    if (found.some((doc) => doc.name === name)) return; // overloads share the first docstring
    const [comment] = ts.getJSDocCommentsAndTags(node).filter(ts.isJSDoc).slice(-1);
    const tag = comment?.tags?.find(({ tagName }) => tagName.text === "example");
    const example = tag === undefined ? null : (ts.getTextOfJSDocComment(tag.comment) ?? "");
    found.push({ name, path, symbol, member, text: ts.getTextOfJSDocComment(comment?.comment) ?? "", example });
  };
  for (const node of file.statements) {
    if (ts.isFunctionDeclaration(node) && isExported(node) && node.name) add(node, node.name.text, null);
    if (ts.isVariableStatement(node) && isExported(node)) {
      for (const { name } of node.declarationList.declarations) add(node, name.getText(), null);
    }
    if (!ts.isClassDeclaration(node) || !isExported(node) || !node.name) continue;
    add(node, node.name.text, null);
    for (const member of node.members) if (isPublicMethod(member)) add(member, node.name.text, member.name.getText());
  }
  return found;
}

function isPublicMethod(member: ts.ClassElement): member is ts.MethodDeclaration | ts.GetAccessorDeclaration {
  if (!ts.isMethodDeclaration(member) && !ts.isGetAccessor(member)) return false;
  const hidden = [ts.SyntaxKind.OverrideKeyword, ts.SyntaxKind.PrivateKeyword, ts.SyntaxKind.ProtectedKeyword];
  return ts.isIdentifier(member.name) && !member.modifiers?.some(({ kind }) => hidden.includes(kind));
}

/** Everything that namespaces show, namespaces within them included. */
export function publicValues(namespaces: readonly object[]): Set<unknown> {
  const found = new Set<unknown>();
  const visit = (namespace: object): void => {
    for (const value of Object.values(namespace)) {
      found.add(value);
      const inner = Object.prototype.toString.call(value) === "[object Module]";
      if (inner) visit(value as object);
    }
  };
  namespaces.forEach(visit);
  return found;
}

const atHandNames = new Map<string, unknown>();
const imports = Object.entries(entries)
  .map(([entry, space]) => {
    const names = Object.keys(space).filter((name) => !atHandNames.has(name));
    for (const name of names) atHandNames.set(name, space[name as keyof typeof space]);
    return `import { ${names.join(", ")} } from "${entry}";`;
  })
  .concat(Object.keys(namespaces).map((name) => `import * as ${name} from "hebb/${name}";`))
  .join(" ");
for (const [name, space] of Object.entries(namespaces)) atHandNames.set(name, space);

const options: ts.CompilerOptions = {
  ...ts.parseJsonConfigFileContent(ts.readConfigFile(join(root, "tsconfig.json"), ts.sys.readFile).config, ts.sys, root)
    .options,
  noUnusedLocals: false,
  noUnusedParameters: false,
  noEmit: true,
};

/** What the compiler has against examples, as `name:line: message`. */
export function typeErrors(examples: readonly Example[]): string[] {
  const folder = join(root, "test", "examples");
  const texts = new Map<string, string>();
  const named = new Map<string, string>();
  examples.forEach(({ name, source, atHand }, i) => {
    const path = join(folder, `example-${i}.ts`);
    texts.set(path, `${atHand === true ? imports : ""} export {};${source}`);
    named.set(path, name);
  });
  const wasm = join(folder, "wasm.d.ts");
  texts.set(wasm, 'declare module "hebb/hebb.wasm" { const module: WebAssembly.Module; export default module; }');
  const host = ts.createCompilerHost(options);
  const { getSourceFile, fileExists, readFile, directoryExists } = host;
  host.getSourceFile = (path, ...rest) => {
    const text = texts.get(path);
    return text === undefined ? getSourceFile(path, ...rest) : ts.createSourceFile(path, text, rest[0], true);
  };
  host.fileExists = (path) => texts.has(path) || fileExists(path);
  host.readFile = (path) => texts.get(path) ?? readFile(path);
  host.directoryExists = (path) => path === folder || directoryExists?.(path) === true;
  const program = ts.createProgram([...texts.keys()], options, host);
  return [...texts.keys()].flatMap((path) => {
    const file = program.getSourceFile(path);
    return [...program.getSyntacticDiagnostics(file), ...program.getSemanticDiagnostics(file)].map(
      ({ start = 0, messageText }) => {
        const line = 1 + (file?.getLineAndCharacterOfPosition(start).line ?? 0);
        return `${named.get(path) ?? path}:${line}: ${ts.flattenDiagnosticMessageText(messageText, "\n")}`;
      },
    );
  });
}

/** What stands for each module that an example imports. */
async function use(name: string): Promise<unknown> {
  if (name in entries) return entries[name];
  if (name.replace(/^hebb\//, "") in namespaces) return namespaces[name.replace(/^hebb\//, "")];
  if (name === "hebb/hebb.wasm")
    return { default: await WebAssembly.compile(readFileSync(join(root, "dist/hebb.wasm"))) };
  return import(/* @vite-ignore */ name);
}

/** Throws unless the value, awaited, is what the docs promise. */
async function check(value: unknown, promised: unknown, line: string): Promise<void> {
  expectPromised(await plain(value), promised, line);
}

/** Throws unless a plain value is what the docs promise. */
export function expectPromised(value: unknown, promised: unknown, line: string): void {
  expect(near(value, promised), `${line}: got ${JSON.stringify(value)}`).toBe(true);
}

async function plain(value: unknown): Promise<unknown> {
  const own = await value;
  if (own instanceof hebb.Tensor) return own.array();
  return ArrayBuffer.isView(own) ? Array.from(own as Uint8Array) : own;
}

/** Numbers agree to six digits, everything else exactly. */
function near(value: unknown, promised: unknown): boolean {
  if (typeof promised === "number" && typeof value === "number") {
    return Math.abs(value - promised) <= 1e-6 * Math.max(1, Math.abs(promised));
  }
  if (typeof promised !== "object" || promised === null) return value === promised;
  if (typeof value !== "object" || value === null) return false;
  const [own, wanted] = [Object.entries(value), Object.entries(promised)];
  return own.length === wanted.length && wanted.every(([k, each]) => near((value as Record<string, unknown>)[k], each));
}

interface Edit {
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

/** The text with every promised value checked, imports as awaits, and `export default` as a result. */
function instrument(source: string): string {
  const file = ts.createSourceFile("example.ts", source, ts.ScriptTarget.ES2022, true);
  const edits: Edit[] = [];
  for (const node of file.statements) {
    const [start, end] = [node.getStart(), node.getEnd()];
    if (ts.isImportDeclaration(node)) {
      edits.push({ start, end, text: importText(node) });
    } else if (ts.isExportAssignment(node)) {
      edits.push({ start, end, text: `$result.default = ${node.expression.getText()};` });
    } else if (ts.isExpressionStatement(node)) {
      const value = promiseAfter(source, end);
      if (value === null) continue;
      const text = `await $check(${shownBy(node.expression).getText()}, ${value}, ${JSON.stringify(node.getText())});`;
      edits.push({ start, end, text });
    }
  }
  let text = source;
  for (const { start, end, text: next } of edits.reverse()) text = text.slice(0, start) + next + text.slice(end);
  return text;
}

function importText({ importClause, moduleSpecifier }: ts.ImportDeclaration): string {
  if (importClause === undefined || importClause.isTypeOnly) return "";
  const parts: string[] = [];
  if (importClause.name) parts.push(`default: ${importClause.name.text}`);
  const { namedBindings } = importClause;
  if (namedBindings && ts.isNamedImports(namedBindings)) {
    for (const { isTypeOnly, propertyName, name } of namedBindings.elements) {
      if (!isTypeOnly) parts.push(propertyName === undefined ? name.text : `${propertyName.getText()}: ${name.text}`);
    }
  }
  return `const { ${parts.join(", ")} } = await $use(${moduleSpecifier.getText()});`;
}

/** console.log(x) shows x. */
function shownBy(node: ts.Expression): ts.Expression {
  if (!ts.isCallExpression(node) || node.expression.getText() !== "console.log") return node;
  return node.arguments[0] ?? node;
}

/** The comment behind a statement if it is JSON. */
function promiseAfter(source: string, end: number): string | null {
  const comment = /^[ \t]*\/\/ (.*)/.exec(source.slice(end))?.[1];
  try {
    return comment === undefined ? null : JSON.stringify(JSON.parse(comment));
  } catch {
    return null;
  }
}

/** An example as the body of an async function over `$use`, `$check` and `$result`. */
export function bodyOf(source: string): string {
  const { outputText } = ts.transpileModule(instrument(source), {
    compilerOptions: { target: ts.ScriptTarget.ES2022, module: ts.ModuleKind.ESNext, verbatimModuleSyntax: true },
  });
  return outputText.replace(/^export \{\};$/m, "");
}

/** Runs an example; a worker that it exports is asked once. */
export async function run({ source, atHand }: Example): Promise<void> {
  const known = atHand === true ? Object.fromEntries(atHandNames) : {};
  const quiet = { ...console, log: () => {} };
  const scope = { ...known, console: quiet, $use: use, $check: check, $result: {} as { default?: Worker } };
  const body = `return (async () => {"use strict";\n${bodyOf(source)}\n})();`;
  await new Function(...Object.keys(scope), body)(...Object.values(scope));
  const worker = scope.$result.default;
  if (worker === undefined) return;
  try {
    await ask(worker);
  } finally {
    await hebb.init(); // with kernels that others find for themselves
  }
}

async function ask(worker: Worker): Promise<void> {
  const response = await worker.fetch(new Request("https://example.com/?x=1,2"));
  expect(response.status, await response.clone().text()).toBe(200);
}

interface Worker {
  fetch(request: Request): Promise<Response>;
}
