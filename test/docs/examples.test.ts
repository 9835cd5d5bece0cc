/**
 * What the docs say is true: every `@example` of the public functions and classes, and every block of TypeScript in README
 * and docs/ (blocks.ts), is type-checked and run against the sources. A line whose comment is JSON promises its value:
 *
 *     await tensor([1, 2]).mul(3).array(); // [3, 6]
 *
 * Examples of docstrings have the public names at hand; blocks of a page import them.
 */
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { root } from "../../scripts/build.mjs";
import { blocks, pages, programs } from "./blocks.ts";
import { docsOf, type Example, entries, namespaces, publicValues, run, typeErrors } from "./examples.ts";

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
  ...programs("ts"),
];
/** Examples that do not run here: in Chromium (pages.test.ts), or nowhere, for a reason that they give. */
const elsewhere = programs(/^ts (page|checked: .{10,})$/);

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

  test("every operation on tensors has an example", () => {
    const operations = ["Arithmetic", "Functions", "Movement", "Reduction"];
    const own = docs.filter(({ symbol, member }) => member !== null && operations.includes(symbol));
    expect(own.length).toBeGreaterThan(100);
    expect(own.filter(({ example }) => example === null).map(({ name }) => name)).toEqual([]);
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
  const quotes = blocks.filter(({ info }) => info === "typescript");

  test("hold code that is run, or say why not", () => {
    const known = /^$|^(ts( continued| page| checked: .{10,})?|html page|typescript|sh|python|toml|json)$/;
    expect(
      blocks
        .map(({ page, info }) => `${page}: ${info}`)
        .filter((each) => !known.test(each.split(": ").slice(1).join(": "))),
    ).toEqual([]);
  });

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
      const links = Array.from(text.matchAll(/\]\(([^)#:]+)(?:#[^)]*)?\)/g), (match) => match[1] as string);
      expect(links.filter((link) => !existsSync(join(root, page, "..", link)))).toEqual([]);
    }
  });
});

describe("examples", () => {
  const wrong = (source: string): Example => ({ name: "wrong", source, atHand: true });

  test("have the right types", () => {
    // One program for all: with an error in it, so that none going unseen would show.
    expect(typeErrors([...examples, ...elsewhere, wrong("const x: string = tensor([1]).shape;")])).toEqual([
      expect.stringMatching(/^wrong:1: Type 'Shape' is not assignable to type 'string'/),
    ]);
  }, 240_000);

  test("with a wrong value are found", async () => {
    await expect(run(wrong("await tensor([1]).array(); // [2]"))).rejects.toThrow();
    await expect(run(wrong("tensor([[1], [1, 2]]);"))).rejects.toThrow("ragged");
    await run(wrong("tensor([1]).mul(2); // [2]"));
  });

  test.each(examples.map((example) => [example.name, example] as const))("%s", async (_, example) => {
    await run(example);
  });
});
