// Writes the figures in README.md from the measurements in docs/benchmarks/: `node scripts/figures.mjs`, and so does
// `npm run bench -- --write`. Each row of the table names the command that measured it; test/docs/figures.test.ts fails
// when they are stale.

import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { withRegion } from "./region.mjs";

const root = fileURLToPath(new URL("..", import.meta.url));

/** What is shown: a row of a section of docs/benchmarks/<page>.md. Sizes are in rows, one a contestant. */
const wanted = [
  {
    page: "training",
    section: "Training steps, Chromium",
    row: "LeNet-5, batch 64, Adam",
    label: "training step: ",
    unit: "ms",
  },
  {
    page: "training",
    section: "Training steps, Chromium",
    row: "MLP 784-256-128-10, batch 64, Adam",
    label: "training step: ",
    unit: "ms",
  },
  { page: "ops", section: "Operations, Chromium", row: "conv 3×3 64→64 at 56²", unit: "ms" },
  { page: "ops", section: "Operations, Chromium", row: "matmul 512³", unit: "ms" },
  { page: "calls", section: "One call, Chromium", row: "MLP 4-16-16-2, one row", label: "one call: ", unit: "µs" },
  { page: "startup", section: "Start-up, Chromium", row: "import → first result, tiny MLP", unit: "ms" },
];

const peers = ["onnxruntime-web", "tfjs wasm", "jax-js"];

/** The tables of a page: section → row → column → cell. */
export function tablesOf(text) {
  const sections = new Map();
  let head = [];
  let rows = new Map();
  for (const line of text.split("\n")) {
    if (line.startsWith("## ")) {
      rows = new Map();
      sections.set(line.slice(3), rows);
      head = [];
    }
    if (!line.startsWith("|")) continue;
    const cells = line
      .split("|")
      .slice(1, -1)
      .map((cell) => cell.trim());
    if (head.length === 0) head = cells;
    else if (!cells.every((cell) => /^[-:]*$/.test(cell)))
      rows.set(cells[0], new Map(head.map((name, i) => [name, cells[i]])));
  }
  return sections;
}

/** A cell without what stands in brackets; "—" where a contestant has no figure. */
const figureOf = (cells, name) => (cells.get(name) || "—").replace(/ \(.*\)/, "");

function cellsOf(read, { page, section, row }) {
  const found = [...tablesOf(read(page))].find(([title]) => title.startsWith(section))?.[1].get(row);
  if (found === undefined) throw new Error(`figures: cannot find ${row} of ${section} in docs/benchmarks/${page}.md`);
  return found;
}

const line = (cells) => `| ${cells.join(" | ")} |`;

/** The text of the region; `read` gives the text of a page of measurements. */
export function figures(read) {
  const rows = wanted.map((item) => {
    const cells = cellsOf(read, item);
    const own = figureOf(cells, "hebb");
    const others = peers.map((name) => figureOf(cells, name));
    return line([
      `${item.label ?? ""}${item.row}, ${item.unit}`,
      own,
      ...others,
      `\`npm run bench -- --only ${item.page}\``,
    ]);
  });
  const sizes = tablesOf(read("size")).get("Size");
  const together = (start) => {
    const found = [...(sizes ?? [])].find(([name]) => name.startsWith(start))?.[1].get("together");
    if (found === undefined) throw new Error(`figures: cannot find ${start} in docs/benchmarks/size.md`);
    return found;
  };
  const size = ["hebb: inference:", "onnxruntime-web:", "tfjs: one product", "jax-js:"].map(together);
  return [
    line(["in Chromium, on one core", "hebb", ...peers, "measured by"]),
    line(["---", "---:", "---:", "---:", "---:", "---"]),
    ...rows,
    line(["shipped for inference, KB (gzip -9)", ...size, "`npm run bench -- --only size`"]),
  ].join("\n");
}

/** The text of a page of measurements of this repository. */
export function readPage(page) {
  const path = join(root, "docs/benchmarks", `${page}.md`);
  if (!existsSync(path)) throw new Error(`figures: cannot read docs/benchmarks/${page}.md: it is not there`);
  return readFileSync(path, "utf8");
}

/** Brings README.md up to date. */
export function writeFigures() {
  const readme = join(root, "README.md");
  writeFileSync(readme, withRegion(readFileSync(readme, "utf8"), "figures", figures(readPage)));
}

if (process.argv[1] === fileURLToPath(import.meta.url)) writeFigures();
