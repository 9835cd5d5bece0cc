/**
 * What the docs say is true: every `@example` of the public functions and classes, and every block of TypeScript in README
 * and docs/, is type-checked and run against the sources (`ts continued` goes
 * on with the block before). A line whose comment is JSON promises its value:
 *
 *     await tensor([1, 2]).mul(3).array(); // [3, 6]
 *
 * Examples of docstrings have the public names at hand; blocks of a page import them.
 */
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { root } from "../scripts/build.mjs";
import { docsOf, type Example, entries, namespaces, publicValues, run, typeErrors } from "./examples.ts";

const pages = ["README.md", ...readdirSync(join(root, "docs")).map((name) => `docs/${name}`)].filter((name) =>
  name.endsWith(".md"),
);

/** Fenced blocks of a page: the words behind the fence, and the code with each line where it stands in the page. */
function blocksOf(page: string): { info: string; lines: string[] }[] {
  const found: { info: string; lines: string[] }[] = [];
  let open = false;
  for (const [i, line] of readFileSync(join(root, page), "utf8").split("\n").entries()) {
    if (line.startsWith("```") && !open) found.push({ info: line.slice(3), lines: new Array<string>(i + 1).fill("") });
    else if (!line.startsWith("```") && open) found.at(-1)?.lines.push(line);
    if (line.startsWith("```")) open = !open;
  }
  return found;
}

/** The programs of a page: a block of `ts` begins one, a block of `ts continued` goes on with it. */
function programsOf(page: string): Example[] {
  const programs: { name: string; lines: string[] }[] = [];
  for (const { info, lines } of blocksOf(page)) {
    const first = lines.findIndex((line) => line !== "");
    if (info === "ts") programs.push({ name: `${page}:${first + 1}`, lines });
    if (info === "ts continued") programs.at(-1)?.lines.push(...lines.slice(programs.at(-1)?.lines.length));
  }
  return programs.map(({ name, lines }) => ({ name, source: lines.join("\n") }));
}

const rooms = ["tensor", "nn", "optim", "data", "train", "formats", "vision", "audio"];
const files = rooms.flatMap((room) =>
  readdirSync(join(root, "ts", room), { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".ts"))
    .map((name) => `ts/${room}/${name.replaceAll("\\", "/")}`),
);
const modules = new Map<string, Readonly<Record<string, unknown>>>();
for (const path of files) modules.set(path, await import(/* @vite-ignore */ join(root, path)));
const docs = files.flatMap((path) => docsOf(path, readFileSync(join(root, path), "utf8")));
const examples = [
  ...docs.flatMap(({ name, example }) => (example === null ? [] : [{ name, source: example, atHand: true }])),
  ...pages.flatMap(programsOf),
];

const home = process.cwd();
let folder = "";
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "hebb-docs-"));
  process.chdir(folder); // examples write files
});
afterAll(() => {
  process.chdir(home);
  rmSync(folder, { recursive: true, force: true });
});

describe("docstrings", () => {
  const shown = publicValues([...Object.values(entries), ...Object.values(namespaces)]);
  const isPublic = (path: string, symbol: string): boolean => shown.has(modules.get(path)?.[symbol]);

  test("every public function and class has one, with an example", () => {
    const own = docs.filter(({ path, symbol, member }) => member === null && isPublic(path, symbol));
    expect(own.length).toBeGreaterThan(80);
    expect(own.filter(({ text }) => text === "").map(({ name }) => name)).toEqual([]);
    expect(own.filter(({ example }) => example === null).map(({ name }) => name)).toEqual([]);
  });

  test("every public method has one", () => {
    const classes = new Set<unknown>();
    for (let each of shown) {
      while (typeof each === "function" && each !== Function.prototype) {
        classes.add(each);
        each = Object.getPrototypeOf(each); // Tensor's methods lie in its bases
      }
    }
    const own = docs.filter(({ path, symbol, member }) => {
      return member !== null && classes.has(modules.get(path)?.[symbol]);
    });
    expect(own.length).toBeGreaterThan(100);
    expect(own.filter(({ text }) => text === "").map(({ name }) => name)).toEqual([]);
  });

  test("a missing one is found", () => {
    const source = "/** A. */\nexport function a(): void {}\nexport class B {\n  c(): void {}\n  #d(): void {}\n}";
    expect(docsOf("x.ts", source).map(({ name, text }) => [name, text])).toEqual([
      ["x.ts: a", "A."],
      ["x.ts: B", ""],
      ["x.ts: B.c", ""],
    ]);
  });
});

describe("pages", () => {
  /** Blocks of `typescript` quote the file that their first line names. */
  const quotes = pages.flatMap((page) => blocksOf(page).filter(({ info }) => info === "typescript"));

  test("quote the sources as they are", () => {
    expect(quotes.length).toBeGreaterThan(0);
    for (const { lines } of quotes) {
      const [head, ...quoted] = lines.map((line) => line.trim()).filter((line) => line !== "");
      const source = readFileSync(join(root, head?.replace("// ", "") ?? ""), "utf8").split("\n");
      const known = new Set(source.map((line) => line.trim()));
      expect(quoted.filter((line) => line !== "…" && !known.has(line))).toEqual([]);
    }
  });

  test("link to files that are there", () => {
    for (const page of [...pages, "CONTRIBUTING.md"]) {
      const text = readFileSync(join(root, page), "utf8");
      const links = Array.from(text.matchAll(/\]\(([^)#:]+)\)/g), (match) => match[1] as string);
      expect(links.filter((link) => !existsSync(join(root, page, "..", link)))).toEqual([]);
    }
  });
});

describe("examples", () => {
  const wrong = (source: string): Example => ({ name: "wrong", source, atHand: true });

  test("have the right types", () => {
    // One program for all: with an error in it, so that none going unseen would show.
    expect(typeErrors([...examples, wrong("const x: string = tensor([1]).shape;")])).toEqual([
      expect.stringMatching(/^wrong:1: Type 'Shape' is not assignable to type 'string'/),
    ]);
  });

  test("with a wrong value are found", async () => {
    await expect(run(wrong("await tensor([1]).array(); // [2]"))).rejects.toThrow();
    await expect(run(wrong("tensor([[1], [1, 2]]);"))).rejects.toThrow("ragged");
    await run(wrong("tensor([1]).mul(2); // [2]"));
  });

  test.each(examples.map((example) => [example.name, example] as const))("%s", async (_, example) => {
    await run(example);
  });
});
