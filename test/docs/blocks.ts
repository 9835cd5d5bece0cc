/**
 * The fenced blocks of the pages, by the words behind their fence:
 *
 *     ts                begins a program, which is type-checked and run in Node
 *     ts continued      goes on with the program before
 *     ts page           is type-checked and run in Chromium
 *     ts checked: why   is type-checked alone, for the reason given
 *     html page         is opened in Chromium
 *     typescript        quotes the file that its first line names
 *
 * Other words are for what is no program: shells, other languages, what is printed.
 */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { root } from "../../scripts/build.mjs";
import type { Example } from "./examples.ts";

export interface Block {
  readonly page: string;
  /** The words behind the fence. */
  readonly info: string;
  /** Empty lines, as many as stand before the code, and the code. */
  readonly lines: string[];
}

/** README and every page below docs/, as paths from the root. */
export const pages: readonly string[] = [
  "README.md",
  ...readdirSync(join(root, "docs"), { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".md"))
    .map((name) => `docs/${name.replaceAll("\\", "/")}`),
];

/** The blocks of a page, each line where it stands in the page. */
function blocksOf(page: string): Block[] {
  const found: Block[] = [];
  let open = false;
  for (const [i, line] of readFileSync(join(root, page), "utf8").split("\n").entries()) {
    if (!line.startsWith("```")) {
      if (open) found.at(-1)?.lines.push(line);
      continue;
    }
    if (!open) found.push({ page, info: line.slice(3), lines: new Array<string>(i + 1).fill("") });
    open = !open;
  }
  return found;
}

export const blocks: readonly Block[] = pages.flatMap(blocksOf);

/** The blocks of one kind as programs, those that are continued as one. */
export function programs(kind: string | RegExp): Example[] {
  const found: { name: string; lines: string[] }[] = [];
  let last: { name: string; lines: string[] } | null = null;
  for (const { page, info, lines } of blocks) {
    if (info === "ts continued") {
      last?.lines.push(...lines.slice(last.lines.length));
    } else if (typeof kind === "string" ? info === kind : kind.test(info)) {
      last = { name: `${page}:${1 + lines.findIndex((line) => line !== "")}`, lines: [...lines] };
      found.push(last);
    } else if (info.startsWith("ts")) last = null;
  }
  return found.map(({ name, lines }) => ({ name, source: lines.join("\n") }));
}
